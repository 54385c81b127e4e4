"""The time that is left: it falls while nothing is heard, and learns from what ran."""

from __future__ import annotations

from typing import Any

import pytest

from zsc_wh.engine.remaining import TimeLeft
from zsc_wh.work import Cost


def tasks(
    seconds: float, n: int, kind: str = "cluster kmeans", **more: Any
) -> dict[str, Cost]:
    """Return costs of equal tasks."""
    return {f"{kind} {i}": Cost(kind, seconds, 0.0, 0, 0, **more) for i in range(n)}


def test_it_is_the_sum_over_the_slots() -> None:
    """Ten tasks of ten seconds take fifty on two cores."""
    assert TimeLeft(tasks(10, 10), 2).seconds(0) == pytest.approx(50)


def test_the_longest_task_is_not_shared() -> None:
    """More cores do not make one task shorter."""
    assert TimeLeft(tasks(10, 1), 8).seconds(0) == pytest.approx(10)


@pytest.mark.parametrize(("cores", "seconds"), [(1, 20), (2, 30), (8, 30)])
def test_what_takes_several_cores_leaves_fewer(cores: int, seconds: float) -> None:
    """The time of the others is divided by what is left of two cores."""
    left = TimeLeft(tasks(10, 2, "embed timm", cores=cores) | tasks(10, 2), 2)
    assert left.seconds(0) == pytest.approx(seconds)


def test_what_needs_the_gpu_takes_turns() -> None:
    """However many cores there are."""
    left = TimeLeft(tasks(10, 5, "embed timm", gpu=True) | tasks(10, 2), 8)
    assert left.seconds(0) == pytest.approx(50)
    left.started(["embed timm 0"], 0)
    assert left.seconds(4) == pytest.approx(46)


def test_it_never_rises_while_a_task_runs() -> None:
    """A task that takes longer than its forecast counts as about to end."""
    left = TimeLeft(tasks(10, 1) | tasks(1, 20, "score labels"), 2)
    left.started(["cluster kmeans 0"], 0)
    seen = [left.seconds(now) for now in range(60)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(10)  # the twenty that wait


def test_it_learns_how_fast_this_machine_is() -> None:
    """After tasks that took three times their forecast, the others are longer too."""
    left = TimeLeft(tasks(100, 3), 1)
    left.started(["cluster kmeans 0"], 0)
    left.ended("cluster kmeans 0", 300)
    assert left.seconds(300) == pytest.approx(600, rel=0.02)


def test_kinds_are_learned_apart() -> None:
    """A slow clusterer says nothing of a reducer."""
    left = TimeLeft(tasks(100, 1) | tasks(100, 1, "reduce umap"), 1)
    left.started(["cluster kmeans 0"], 0)
    left.ended("cluster kmeans 0", 300)
    assert left.seconds(300) == pytest.approx(100)


def test_progress_counts_more_than_a_forecast() -> None:
    """Half done in fifty seconds leaves fifty, whatever was forecast."""
    left = TimeLeft(tasks(1000, 1), 1)
    left.started(["cluster kmeans 0"], 0)
    left.progressed("cluster kmeans 0", 0.1, 10)
    left.progressed("cluster kmeans 0", 0.5, 50)
    assert left.seconds(50) == pytest.approx(50)


def test_compilation_is_counted_once_a_worker() -> None:
    """The first task of a kind in each worker also loads and compiles."""
    forecasts = {f"r{i}": Cost("reduce umap", 1.0, 12.0, 0, 0) for i in range(4)}
    left = TimeLeft(forecasts, 2)
    assert left.seconds(0) == pytest.approx((4 + 2 * 12) / 2)
    for name in ("r0", "r1"):
        left.started([name], 0)
    for name in ("r0", "r1"):
        left.ended(name, 13)
    assert left.seconds(13) == pytest.approx(1, rel=0.05)


def test_what_does_not_run_leaves() -> None:
    """A cancelled task takes no time; one that never was forecast neither."""
    left = TimeLeft(tasks(10, 2), 1)
    left.ended("cluster kmeans 0", 0)
    left.ended("unknown", 0)
    assert left.seconds(0) == pytest.approx(10)
    left.ended("cluster kmeans 1", 0)
    assert left.seconds(0) == 0


def test_tasks_that_run_together_share_their_time() -> None:
    """Their forecasts add up to one task; each counts as what it took of it."""
    left = TimeLeft(tasks(10, 3), 1)
    names = [f"cluster kmeans {i}" for i in range(3)]
    left.started(names, 0)
    assert left.seconds(0) == pytest.approx(30)
    assert left.seconds(10) == pytest.approx(20)
    for name in names[:2]:
        left.progressed(name, 0.1, 3)
        left.progressed(name, 0.5, 15)
    left.returned(names[2])
    assert left.seconds(30) == pytest.approx(10)
    for name in names[:2]:
        left.ended(name, 60, 30)
    assert left.seconds(60) == pytest.approx(10 * 62 / 22)
