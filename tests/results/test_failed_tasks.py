from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.queries.conftest import stored
from tests.queries.made import START, Made
from zsc_wh.results.failed_tasks import Failed, failed_tasks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

    Fill = Callable[[Made], Warehouse]
    Ask = Callable[..., list[Failed]]

CELL = "e / d / none / kmeans (seed 1)"


@pytest.fixture
def fill(tmp_path: Path, empty_warehouse_file: Path) -> Fill:
    """Return a function that stores made-up rows."""
    return lambda made: stored(made, empty_warehouse_file, tmp_path / "made.duckdb")


@pytest.fixture
def ask(fill: Fill) -> Ask:
    """Return a function that stores made-up rows and asks what is blocked."""
    return lambda made, grid=None: [
        task for task in failed_tasks(fill(made), grid) if task.status == "blocked"
    ]


@pytest.fixture
def made() -> Made:
    """Declare one cell in a grid."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["x", "y"])
    made.reducer("none")
    made.clusterer("kmeans")
    made.grid("mine", [made.cell("e", "d", "none", "kmeans")])
    return made


def _keys(made: Made) -> dict[str, str]:
    """Return the keys of the one cell and of its arrays."""
    (cell,) = made.rows["cell"].values()
    return {
        "embed": cell["embedding_key"],
        "reduce": cell["reduction_key"],
        "cluster": cell["cell_key"],
        "score": cell["cell_key"],
        "probe": cell["embedding_key"],
    }


def _blocked(made: Made, stage: str, subject: str, key: str | None = None) -> None:
    made.task(
        stage,
        key or _keys(made)[stage],
        None,
        status="blocked",
        subject=subject,
    )


SUBJECTS = {
    "embed": "e / d",
    "reduce": "e / d / umap (seed 1)",
    "cluster": CELL,
    "score": f"{CELL} against labels",
    "probe": "e / d / knn (class)",
}


@pytest.mark.parametrize("stage", SUBJECTS)
def test_a_task_of_any_stage_is_told(ask: Ask, made: Made, stage: str) -> None:
    """Stage, what it was for, and why not."""
    _blocked(made, stage, SUBJECTS[stage])
    found = Failed(stage, SUBJECTS[stage], "blocked", "it was blocked")
    assert ask(made) == [found]
    assert ask(made, "mine") == [found]


def test_scores_of_an_array_are_told(ask: Ask, made: Made) -> None:
    """Their title says more than the array, which is made already."""
    key = made.embedding("e", "d")
    _blocked(made, "score", "distances in e / d / none", key)
    assert [each.stage for each in ask(made)] == ["score"]


@pytest.mark.parametrize("status", ["done", "failed"])
def test_only_the_newest_execution_counts(ask: Ask, made: Made, status: str) -> None:
    """A mended declaration has another key, and the same title."""
    _blocked(made, "embed", "e / d")
    made.task("embed", "f" * 64, 1.0, status=status, subject="e / d")
    newest = list(made.rows["task"].values())[-1]
    newest["started_at"] = START + timedelta(hours=1)
    assert ask(made) == []
    newest["started_at"] = START - timedelta(hours=1)
    assert len(ask(made)) == 1


def test_what_was_made_for_another_grid_is_not_told(ask: Ask, made: Made) -> None:
    """It can have another title there."""
    _blocked(made, "embed", "e / d")
    _blocked(made, "cluster", CELL)
    made.embedding("e", "d")
    assert [each.stage for each in ask(made)] == ["cluster"]
    (cell,) = made.rows["cell"]
    made.run(cell, status="failed")
    assert [each.stage for each in ask(made)] == ["cluster"]
    made.run(cell)
    assert ask(made) == []


def test_what_only_an_earlier_declaration_wants_is_not_told(
    ask: Ask, made: Made
) -> None:
    """Unless that one is asked for."""
    made.encoder("dropped")
    made.clusterer("spare")
    old = made.cell("dropped", "d", "none", "spare")
    same = made.cell("e", "d", "none", "kmeans")
    spare = made.cell("e", "d", "none", "spare")
    made.grid("edited", [old, same, spare])
    made.grid("edited", [same], day=1)
    dropped = made.rows["cell"][old]["embedding_key"]
    _blocked(made, "embed", "dropped / d", dropped)
    _blocked(made, "cluster", "e / d / none / spare (seed 1)", spare)
    assert ask(made) == []
    assert [each.stage for each in ask(made, "edited@1")] == ["embed", "cluster"]


def test_what_a_train_set_lacks_is_told(ask: Ask, made: Made) -> None:
    """It has no cell, and its embedding no row until it is made."""
    _blocked(made, "embed", "e / train", "f" * 64)
    _blocked(made, "embed", "e / d2", "e" * 64)
    assert ask(made) == []
    (of_encoder,) = (
        row for row in made.rows["grid_name"].values() if row["kind"] == "encoder"
    )
    made.rows["grid_name"]["train"] = of_encoder | {"dataset": "train"}
    assert [each.subject for each in ask(made)] == ["e / train"]


def test_what_was_not_needed_after_all_is_not_told(ask: Ask, made: Made) -> None:
    """Every cell that it blocked has a result, brought from elsewhere."""
    made.clusterer("spare")
    spare = made.cell("e", "d", "none", "spare")
    made.grid("other", [spare])
    _blocked_first(made)
    made.run(next(iter(made.rows["cell"])))
    assert len(ask(made)) == 1
    made.run(spare)
    assert ask(made) == []


def _blocked_first(made: Made) -> None:
    """Block the embedding of the first cell."""
    first = next(iter(made.rows["cell"].values()))
    _blocked(made, "embed", "e / d", first["embedding_key"])


@pytest.mark.parametrize("stage", SUBJECTS)
def test_what_failed_under_a_name_that_is_gone_is_not_told(
    fill: Fill, made: Made, stage: str
) -> None:
    """Its cell goes by another name now, and failed or was done under that one."""
    made.task(stage, _keys(made)[stage], 1.0, status="failed", subject=SUBJECTS[stage])
    assert [task.stage for task in failed_tasks(fill(made))] == [stage]
    made.encoder("renamed", content="e", day=1)
    made.grid("mine", [made.cell("renamed", "d", "none", "kmeans")], day=1)
    assert failed_tasks(fill(made)) == []
