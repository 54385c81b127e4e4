"""What the line of a running ingest says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from zsc_wh.cli.progress import Display

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
