"""Versions as a user has them: ingest, edit, ingest, forget, prune, ingest."""

from __future__ import annotations

import csv
import io
import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zsc_wh
from zsc_wh.work import STAGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

pytestmark = pytest.mark.slow

WAREHOUSE = "zscwh.duckdb"

SPOTS = """
[dataset.spots]
loader = { kind = "embeddings", path = "spots.npz", labels = "y_true" }
"""


@pytest.fixture(scope="module")
def ingested(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest one clusterer of two datasets, and return the folder."""
    make_grid, zscwh = module_grid
    grid = make_grid(clusterers=["kmeans"])
    text = grid.read_text(encoding="utf-8")
    text = text.replace('datasets = ["blobs"]', 'datasets = ["blobs", "spots"]')
    text = text.replace(', "pca-0.90"', "").replace("\n[encoder", f"{SPOTS}\n[encoder")
    grid.write_text(text, encoding="utf-8")
    arrays = dict(np.load(grid.parent / "blobs.npz"))
    arrays["embeddings"] = arrays["embeddings"][:, ::-1].copy()
    np.savez(grid.parent / "spots.npz", **arrays)
    zscwh("ingest", grid)
    return grid.parent


@pytest.fixture
def folder(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of that folder."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _change(**changes: Any) -> None:
    """Change the arrays of the blobs, and keep what they were."""
    arrays = dict(np.load("blobs.npz"))
    shutil.copy("blobs.npz", "before.npz")
    for name, (index, value) in changes.items():
        arrays[name][index] = value
    np.savez("blobs.npz", **arrays)


def _put_back() -> None:
    shutil.copy("before.npz", "blobs.npz")


def _ingest(zscwh: Command) -> dict[str, int]:
    """Ingest, and return the executed tasks by stage, where there are any."""
    said = zscwh("ingest", "tiny.toml").stderr
    rows = re.findall(rf"^({'|'.join(STAGES)}) +(\d+)", said, re.MULTILINE)
    assert rows or "0 cells executed" in said
    return {stage: int(count) for stage, count in rows}


def _coverage(zscwh: Command) -> list[tuple[str, str, str, str]]:
    rows = csv.DictReader(io.StringIO(zscwh("query", "coverage", "-f", "csv").stdout))
    return [(r["grid"], r["subject"], r["cells"], r["closed"]) for r in rows]


def _freed(zscwh: Command) -> dict[str, tuple[int, int]]:
    """Prune, and return files and rows by kind."""
    rows = csv.DictReader(io.StringIO(zscwh("prune", "--yes", "-f", "csv").stdout))
    freed = {row["kind"]: (int(row["files"]), int(row["rows"])) for row in rows}
    return {kind: counts for kind, counts in freed.items() if any(counts)}


def _amis() -> list[tuple[str, float]]:
    rows = zsc_wh.open(WAREHOUSE).read("select dataset, ami from result order by all")
    return [(dataset, ami) for dataset, ami in rows.rows]


BOTH = [("tiny", "blobs", "2", "2"), ("tiny", "spots", "2", "2")]


def test_what_has_results_is_not_pruned(folder: Path, zscwh: Command) -> None:
    """After labels and features changed, all that was computed is still there."""
    first = _amis()
    _change(y_true=(0, 1))
    assert _ingest(zscwh).keys() == {"score"}
    _change(embeddings=(0, 9.0))
    assert _ingest(zscwh) != {}
    assert _freed(zscwh) == {}
    assert _ingest(zscwh) == {}
    ami = zscwh("query", "results", "-p", "dataset=blobs@1", "-f", "csv").stdout
    found = [float(row["ami"]) for row in csv.DictReader(io.StringIO(ami))]
    assert sorted(found) == sorted(ami for name, ami in first if name == "blobs")


def test_a_forgotten_labelling_is_freed_and_nothing_runs_again(
    folder: Path, zscwh: Command
) -> None:
    """The runs are those of now; only scores against the old labels are gone."""
    first = _amis()
    _change(y_true=(0, 1))
    _ingest(zscwh)
    now = _amis()
    said = zscwh("forget", "--dataset", "blobs@1", "--yes").stderr
    assert "2 of them go by other names too and keep their runs; 2 scores" in said
    freed = _freed(zscwh)
    assert freed["names"] == (0, 1)
    assert "unused arrays" not in freed
    assert _ingest(zscwh) == {}
    assert _amis() == now
    assert zsc_wh.open(WAREHOUSE).audit() == []
    _put_back()
    assert _ingest(zscwh).keys() == {"score"}
    assert _amis() == first
    assert _coverage(zscwh) == BOTH


def test_forgotten_features_are_freed_and_can_come_back(
    folder: Path, zscwh: Command
) -> None:
    """What is left of the old declaration does not stand for the whole of it."""
    first = _amis()
    _change(embeddings=(0, 9.0))
    _ingest(zscwh)
    zscwh("forget", "--dataset", "blobs@1", "--yes")
    freed = _freed(zscwh)
    # embedding and reduction, each with its note
    assert freed["unused arrays"] == (4, 2)
    assert freed["cut grids"] == (0, 1)
    assert freed["names"] == (0, 2)
    assert _ingest(zscwh) == {}
    _put_back()
    assert _ingest(zscwh)["cluster"] == 2
    assert _amis() == first
    assert _coverage(zscwh) == BOTH
    assert zsc_wh.open(WAREHOUSE).audit() == []


def test_a_declaration_that_never_ran_is_freed(folder: Path, zscwh: Command) -> None:
    """Of a grid that was mended before it had a result nothing is left."""
    _change(embeddings=(0, 9.0))
    zscwh("ingest", "tiny.toml", "--limit", "0")
    assert _coverage(zscwh)[0] == ("tiny", "blobs", "2", "0")
    _put_back()
    assert _ingest(zscwh) == {}
    freed = _freed(zscwh)
    assert freed.keys() == {"names", "cut grids", "cells", "things"}
    assert freed["cells"] == (0, 2)
    assert _ingest(zscwh) == {}
    opened = zsc_wh.open(WAREHOUSE)
    assert opened.read("select count(*) from cell").rows == [(4,)]
    assert opened.read("select count(*) from dataset").rows == [(2,)]


KILLED = """
import os, signal, sys
from pathlib import Path
import zsc_wh
from zsc_wh.upkeep import pruning

pruning.Heap.remove = lambda heap: os.kill(os.getpid(), signal.SIGKILL)
pruning.prune(zsc_wh.open(Path("zscwh.duckdb")))
"""


def test_a_killed_prune_is_finished_by_the_next(folder: Path, zscwh: Command) -> None:
    """Rows are gone and files are left: nothing is lost and nothing runs again."""
    _change(embeddings=(0, 9.0))
    _ingest(zscwh)
    zscwh("forget", "--dataset", "blobs@1", "--yes")
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=folder, check=False)
    assert done.returncode == -signal.SIGKILL
    opened = zsc_wh.open(WAREHOUSE)
    assert opened.audit() == []
    names = "select count(*) from name_version where label like '%@%'"
    assert opened.read(names).rows == [(0,)]
    assert _freed(zscwh) == {"unused arrays": (4, 0)}
    assert _ingest(zscwh) == {}
    assert _coverage(zscwh) == BOTH
