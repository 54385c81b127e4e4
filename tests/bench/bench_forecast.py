"""Claim: measured peaks of memory are at most 1.3 times what was forecast.

Run with ``pytest -m bench -s tests/bench/bench_forecast.py``. Every task of a grid runs
in a process of its own, so that what it takes is not hidden by what ran before. The
images of CIFAR-10, as an image folder, are looked for at ``$ZSCWH_DATA/cifar10/test``.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.machine import describe
from zsc_wh.declare import read_grids
from zsc_wh.engine.executor import LocalPool
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.recorded import read_recorded
from zsc_wh.engine.schedule import Scheduler
from zsc_wh.records import Status
from zsc_wh.store import Store
from zsc_wh.warehouse import Warehouse
from zsc_wh.work import Cell, Embedding, Reduction, Session, Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.engine.executor import Event
    from zsc_wh.records import Outcome, Rows
    from zsc_wh.work import JointTask, Task, Work

MOST = 1.3
"""Measured peak over forecast that is claimed, and the factor that is counted."""
PLENTY = 2**45
"""A limit of memory that stops nothing."""
IMAGES = "ZSCWH_DATA"
CIFAR10 = """
name = "cifar10"
scores = ["@standard", "silhouette_original", "silhouette"]
[dataset.images]
loader = { kind = "folder", path = "${ZSCWH_DATA}/cifar10/test" }
subset = { n = 2000, seed = 0 }
train = "images_train"
[dataset.images_train]
loader = { kind = "folder", path = "${ZSCWH_DATA}/cifar10/train" }
subset = { n = 2000, seed = 0 }
[reducer.fifty]
kind = "pca"
n_components = 50
[[cross]]
datasets = ["images"]
encoders = ["pixels", "resnet18_random"]
reducers = ["none", "pca-0.85", "fifty", "umap-50", "pacmap-50"]
clusterers = ["kmeans", "spectral", "ac-known", "affinity", "hdbscan"]
"""


class FreshPool:
    """Runs one task at a time, each in a new process."""

    slots = 1

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pool: LocalPool | None = None

    def submit(self, task_id: str, task: Task | JointTask) -> None:
        """Start a task."""
        self.close()
        self._pool = LocalPool(1, self._root, memory_limit=PLENTY)
        self._pool.submit(task_id, task)

    def gather(self, timeout_s: float) -> list[Event]:
        """Wait for the task."""
        return self._pool.gather(timeout_s) if self._pool is not None else []

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


class Measured:
    """Compares the forecast of every task with what it took."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._costs: dict[str, tuple[int, float]] = {}
        self.ratios: dict[str, list[float]] = {}

    def started(self, works: Sequence[Work]) -> None:
        """Forecast as the scheduler does: what is made by now is known."""
        together = works[0].joint_cost(works, self._sizes) if len(works) > 1 else None
        for work in works:
            cost = work.cost(self._sizes)
            seconds = cost.seconds + cost.warm_up_s
            self._costs[work.id] = (together or cost).peak_bytes, seconds

    def returned(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Never be called: nothing is limited."""
        pytest.fail(f"{works}: {outcome.reason}")

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Pay no heed."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Print both."""
        if outcome.status is not Status.DONE:
            pytest.fail(f"{work.title}: {outcome.reason}")
        size, seconds = self._costs[work.id]
        peak, wall_s = outcome.peak_bytes or 0, outcome.wall_s or 0.0
        ratio = size / max(peak, 1)
        self.ratios.setdefault(work.stage, []).append(ratio)
        sys.stdout.write(
            f"{work.stage:<8}{size / 2**20:>8.0f}{peak / 2**20:>8.0f} MiB{ratio:>6.2f}"
            f"{seconds:>9.1f}{wall_s:>8.1f} s  {work.title}\n"
        )
        sys.stdout.flush()

    def tick(self) -> None:
        """Do nothing."""


@pytest.mark.bench
@pytest.mark.parametrize("name", ["quickstart", "cifar10"])
def test_forecast_and_peak_of_every_task(name: str, tmp_path: Path) -> None:
    """Print forecast and measured memory and time of each task, and the ratios."""
    grid = name
    if name == "cifar10":
        if not (Path(os.environ.get(IMAGES, "")) / "cifar10" / "test").is_dir():
            pytest.skip(f"no images of CIFAR-10 at ${IMAGES}/cifar10/test")
        file = tmp_path / "cifar10.toml"
        file.write_text(CIFAR10, encoding="utf-8")
        grid = str(file)
    grids, _ = read_grids([grid])
    warehouse, store = Warehouse(tmp_path / "z.duckdb"), Store(tmp_path / "store")
    plan = make_plan(grids, read_recorded(warehouse), store)
    threads = len(os.sched_getaffinity(0))
    session = Session(store, plan.levels, {}, {}, device="cpu", threads=threads)
    sizes = Sizes(store, grows=True, clusters=session.n_clusters, cores=threads)
    measured = Measured(sizes)
    executor = FreshPool(store.root)
    sys.stdout.write(f"\n{name}; {describe()}\nstage   forecast    peak\n")
    scheduler = Scheduler(
        plan.graph,
        executor,
        session,
        sizes,
        memory_limit=PLENTY,
        listener=measured,
        emit=_forget,
    )
    try:
        scheduler.run()
    finally:
        executor.close()
    for stage, ratios in measured.ratios.items():
        inside = sum(1 / MOST <= ratio <= MOST for ratio in ratios)
        sys.stdout.write(
            f"{stage}: forecast / peak {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}), {inside} of {len(ratios)} "
            f"within a factor of {MOST}\n"
        )
    assert {
        kind.stage for kind in (Embedding, Reduction, Cell)
    } <= measured.ratios.keys()
    assert min(map(min, measured.ratios.values())) >= 1 / MOST


def _forget(rows: Rows) -> None:
    """Keep no rows: only the costs count here."""
