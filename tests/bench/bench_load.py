"""Claim: a study of full size loads in 10 s, and a named query answers in 1 s.

A million scores from a thousand shards, every named query on them by itself, and the
report. A query is asked as the command line asks it: the file is opened, the names are
checked, all rows come back. Times are wall time and time on processors, which depends
less on who else uses the machine. Run with
``pytest -m bench -s tests/bench/bench_load.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.bench.full_size import N_SCORES, write_full_size
from tests.bench.machine import describe, spread
from zsc_wh.sqlfiles import queries
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHARDS = 1000
ROUNDS = 5


class Timed:
    """Wall time and the time on processors of each call, in seconds."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.cpus: list[float] = []

    def __call__(self, fn: Callable[..., object], *given: object) -> None:
        """Call, and take the times."""
        start, busy = time.perf_counter(), time.process_time()
        fn(*given)
        self.cpus.append(time.process_time() - busy)
        self.walls.append(time.perf_counter() - start)

    def __str__(self) -> str:
        return f"{spread(self.walls)} s, of processors {spread(self.cpus)} s"


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of shards with the study."""
    folder = tmp_path_factory.mktemp("full") / "shards"
    n_scores = write_full_size(folder, shards=SHARDS)
    sys.stdout.write(f"\n{n_scores} scores in {SHARDS} shards; {describe()}\n")
    return folder


@pytest.fixture(scope="module")
def full(shards: Path) -> Warehouse:
    """Return the study in a warehouse, loaded from the shards before."""
    warehouse = Warehouse(shards.parent / "full.duckdb")
    warehouse.load(shards)
    return warehouse


@pytest.mark.bench
def test_load_of_a_million_scores(shards: Path) -> None:
    """Print how long a first load takes, and another that finds nothing new."""
    first, again = Timed(), Timed()
    for number in range(3):
        warehouse = Warehouse(shards.parent / f"{number}.duckdb")
        warehouse.create()
        first(warehouse.load, shards)
        again(warehouse.load, shards)
        n_scores = warehouse.read("select count(*) from score").rows[0][0]
        n_done = warehouse.read("select count(*) from closed_run").rows[0][0]
        assert n_scores == n_done * N_SCORES
        warehouse.path.unlink()
    sys.stdout.write(f"load: {first}\nagain: {again}\n")


@pytest.mark.bench
def test_every_named_query(full: Warehouse) -> None:
    """Print how long each query takes, the slowest last."""
    cell = full.read("select min(cell_key) from closed_run").rows[0][0]
    timed = {}
    for name, query in queries().items():
        params = {param.name: cell for param in query.params if param.required}
        timed[name] = Timed()
        for _ in range(ROUNDS):
            timed[name](full.run_query, name, params)
    sys.stdout.write("\n")
    for name, times in sorted(timed.items(), key=lambda item: min(item[1].walls)):
        sys.stdout.write(f"{name:<20}{times}\n")


@pytest.mark.bench
def test_report(full: Warehouse, tmp_path: Path) -> None:
    """Print how long the page takes, and its size."""
    page, times = tmp_path / "page.html", []
    command = [sys.executable, "-m", "zsc_wh", "--warehouse", str(full.path), "report"]
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            [*command, "-o", str(page)], check=True, capture_output=True, timeout=600
        )
        times.append(time.perf_counter() - start)
    sys.stdout.write(f"\nreport: {spread(times)} s, {page.stat().st_size} bytes\n")
