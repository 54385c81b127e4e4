"""Faults of the machine are no results: the next ingest tries again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

FULL = """
import errno
import os
from pathlib import Path

class Clusterer:
    def fit_predict(self, x, y=None):
        if Path("full").exists():
            Path("tries").open("a").write("x")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return (x[:, 0] > x[:, 0].mean()).astype(int)
"""

CLUSTERER = """
[clusterer.own]
kind = "python"
estimator = "own:Clusterer"
"""


def _runs(folder: Path) -> int:
    rows = zsc_wh.open(folder / "zscwh.duckdb").run_sql("select count(*) from run").rows
    return int(rows[0][0])


def test_a_full_disk_stops_an_ingest_and_is_no_result(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """One task meets it, the others are not begun, and the same command goes on."""
    (tmp_path / "own.py").write_text(FULL, encoding="utf-8")
    grid = make_grid(clusterers=("own",))
    with grid.open("a", encoding="utf-8") as file:
        file.write(CLUSTERER)
    (tmp_path / "full").touch()
    done = zscwh("ingest", grid, "--jobs", "1", code=1)
    assert "No space left on device" in done.stderr
    assert "the same command runs them" in done.stderr
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "x"
    assert _runs(tmp_path) == 0
    (tmp_path / "full").unlink()
    zscwh("ingest", grid)
    assert _runs(tmp_path) == 3


@pytest.mark.parametrize("lost", ["*.npy", "*.json"])
def test_a_store_that_was_deleted_is_made_again(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path, lost: str
) -> None:
    """Whole or in part, for cells that still need it."""
    zscwh("ingest", make_grid(clusterers=("kmeans",)))
    store = tmp_path / "zscwh.duckdb.store"
    for path in store.glob(f"??/{lost}"):
        path.unlink()
    zscwh("ingest", make_grid(clusterers=("kmeans", "hdbscan")))
    assert _runs(tmp_path) == 6
    shutil.rmtree(store)
    zscwh("ingest", make_grid(clusterers=("kmeans", "hdbscan", "ac-known")))
    assert _runs(tmp_path) == 9
