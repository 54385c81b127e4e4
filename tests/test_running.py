"""Grids are planned and run from Python as from the command line."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import zsc_wh
from zsc_wh.cli import cli
from zsc_wh.engine import ingest as engine
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

GRID = """
name = "small"
scores = ["ami"]

[clusterer.broken]
kind = "python"
estimator = "sklearn.cluster.Birch"
params = { threshold = -1.0 }

[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans", "broken"]
"""

SCRIPT = """
import json, zsc_wh

planned = zsc_wh.plan("small.toml", warehouse="made.duckdb")
lines = []
done = zsc_wh.ingest(
    "small.toml", warehouse="made.duckdb", jobs=1, progress=lines.append
)
after = zsc_wh.plan("small.toml", warehouse="made.duckdb", retry="failed", limit=0)
print(json.dumps([planned.counts, done.counts, done.failed, done.cells.to_dicts(),
                  after.counts, lines, repr(planned), zsc_wh.open("made.duckdb")
                  .query("results")["clusterer"].to_list()]))
"""
"""As somebody writes it who knows nothing of processes: without a guard."""


def test_a_script_without_a_guard_runs_a_grid(tmp_path: Path) -> None:
    """Workers do not run it again; a cell that fails is counted, and says why."""
    (tmp_path / "small.toml").write_text(GRID, encoding="utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    planned, counts, failed, cells, after, lines, shown, results = json.loads(
        done.stdout
    )
    assert planned == {"to run": 2}
    assert shown.startswith("grid small: 2 cells")
    assert counts == {"done": 1, "failed": 1}
    assert failed
    by_name = {cell["clusterer"]: cell for cell in cells}
    assert (by_name["kmeans"]["status"], by_name["kmeans"]["reason"]) == ("done", None)
    assert by_name["broken"]["status"] == "failed"
    assert "threshold" in by_name["broken"]["reason"]
    assert {cell["state"] for cell in cells} == {"to run"}
    assert after == {"done": 1, "left for later": 1}
    assert lines[0] == shown
    assert any(line.startswith("failed: cluster pixels / digits") for line in lines)
    assert results == ["kmeans"]


@pytest.mark.parametrize("name", ["plan", "ingest"])
def test_options_are_those_of_the_command_line(name: str) -> None:
    """Each has its parameter; the table of a plan is in the result as frames."""
    renamed = {"only": "cell"}
    shown = {"cells", "embeddings", "fmt", "output", "wide", "columns", "help"}
    options = {
        renamed.get(str(option.name), str(option.name))
        for option in cli.commands[name].params
    }
    parameters = {*inspect.signature(getattr(zsc_wh, name)).parameters}
    assert parameters - {"warehouse", "progress"} == options - shown


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"retry": "some"}, "neither 'failed' nor 'all'"),
        ({"limit": -1, "jobs": 0}, "limit = -1 is below 0; jobs = 0 is below 1"),
        ({"timeout": math.nan}, "not a number of seconds"),
        ({"memory_limit": "5x"}, "not a valid size"),
        ({"data": "nowhere"}, "no such folder"),
    ],
)
def test_a_wrong_argument_is_told(wrong: dict[str, Any], message: str) -> None:
    """Before anything is read, as the command line tells it."""
    with pytest.raises(ConfigError, match=message):
        zsc_wh.ingest("quickstart", **wrong)


def test_no_grid_is_told() -> None:
    """There is none by default."""
    with pytest.raises(ConfigError, match="name at least one grid"):
        zsc_wh.plan()


def test_an_interrupt_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A loop over grids ends with Ctrl-C; what is done was kept by then."""
    stopped = SimpleNamespace(interrupted=True)
    monkeypatch.setattr(engine, "ingest", lambda *_: stopped)
    with pytest.raises(KeyboardInterrupt):
        zsc_wh.ingest("quickstart", warehouse=tmp_path / "none.duckdb")
