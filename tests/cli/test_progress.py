"""What the line of a running ingest says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner

from zsc_wh.cli import cli
from zsc_wh.cli.progress import Display, _shown_by
from zsc_wh.errors import ZscError

if TYPE_CHECKING:
    from pathlib import Path

SUMMARY = cast("Any", SimpleNamespace(failed_tasks=0, cancelled_tasks=0))
WORK = cast("Any", SimpleNamespace(id="a", stage="reduce", title="e / d / umap"))


@pytest.mark.parametrize(
    ("left_s", "runs", "said"),
    [
        (0.0, True, "longer than forecast"),
        (0.9, True, "longer than forecast"),
        (1.0, True, "about 1 s left"),
        (100.0, True, "about 2 min left"),
        (0.0, False, "about 0 s left"),
    ],
)
def test_a_task_over_its_forecast_is_not_about_to_end(
    left_s: float, *, runs: bool, said: str
) -> None:
    """Where the forecast is used up, nobody knows how long it takes."""
    display = Display()
    if runs:
        display.started(WORK)
    line = display._line(display._started_at + 5, SUMMARY, left_s)
    assert line.startswith(f"0/0 tasks, 5 s, {said}: ")
    assert line.endswith("reduce e / d / umap") is runs


@pytest.mark.parametrize(
    ("scores", "query"),
    [
        (["davies_bouldin", "completeness"], "scores"),
        (["davies_bouldin", "ami"], "results"),
        ([], "results"),
    ],
)
def test_results_are_looked_up_where_the_scores_are(
    scores: list[str], query: str
) -> None:
    """A grid may have none of the scores that `results` has columns for."""
    grid = SimpleNamespace(scores=[SimpleNamespace(name=name) for name in scores])
    assert _shown_by(cast("Any", grid)) == query


def test_a_task_tells_its_rate_since_it_first_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an earlier ingest did, or loading took, is no part of it."""
    display, now = Display(), 1000.0
    monkeypatch.setattr("zsc_wh.cli.progress.time.monotonic", lambda: now)
    display.started(WORK)
    lines = []
    for done, now in ((4000, 1030.0), (4002, 1032.0), (9000, 1034.0)):
        display.progressed(WORK, done, 10_000)
        lines.append(display._line(now, SUMMARY, 9).rpartition(": ")[2])
    name = "reduce e / d / umap"
    assert lines == [
        f"{name} 4,000/10,000",
        f"{name} 4,002/10,000, 1.0 a second",
        f"{name} 9,000/10,000, 1,250 a second",
    ]


@pytest.mark.parametrize("command", ["plan", "ingest"])
def test_an_error_does_not_follow_a_live_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What shows the progress is removed before the error is told."""
    monkeypatch.chdir(tmp_path)
    table = 'loader = { kind = "manifest", path = "none.csv", levels = ["kind"] }'
    cross = 'datasets = ["d"]\nencoders = ["pixels"]\nreducers = ["none"]'
    (tmp_path / "grid.toml").write_text(
        f'name = "g"\n[dataset.d]\n{table}\n[[cross]]\n{cross}\n'
        'clusterers = ["kmeans"]\n'
    )
    shown: list[str] = []
    monkeypatch.setattr(Display, "clear", lambda _: shown.append("clear"))
    done = CliRunner().invoke(cli, [command, "grid.toml"])
    assert isinstance(done.exception, ZscError)
    assert shown == ["clear"]
