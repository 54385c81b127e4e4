"""Cells whose clusterer can compute on a GPU."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.devices import DEVICES
from zsc_wh.declare import read_grids
from zsc_wh.engine.plan import Plan, make_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.errors import ConfigError
from zsc_wh.store import Store
from zsc_wh.work import Cell, Session, Sizes

if TYPE_CHECKING:
    from pathlib import Path

GRID = """
name = "devices"
scores = ["ami"]
[dataset.some]
loader = { kind = "digits" }
subset = { n = 40, seed = 1 }
[[cross]]
datasets = ["some"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans", "ac-known", "affinity"]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Return the plan of a grid that nothing is recorded of."""
    (tmp_path / "devices.toml").write_text(GRID, encoding="utf-8")
    grids, _ = read_grids([str(tmp_path / "devices.toml")])
    return make_plan(grids, Recorded(), Store(tmp_path / "store"))


@pytest.fixture
def session(plan: Plan, tmp_path: Path) -> Session:
    """Return the state of an ingest in which nothing was done."""
    return Session(Store(tmp_path / "store"), plan.levels, {}, {})


@pytest.mark.parametrize("worth_s", [0.0, 1e9])
def test_a_long_propagation_goes_to_the_gpu(
    plan: Plan, session: Session, monkeypatch: pytest.MonkeyPatch, worth_s: float
) -> None:
    """It then leaves the cores to others; what cannot use one stays where it is."""
    monkeypatch.setattr("zsc_wh.work.sizes.WORTH_S", worth_s)
    session.kernel_device = "cuda"
    sizes = Sizes(session.store, cores=4, device="cuda")
    on_gpu = {
        cell.clusterer.kind
        for cell in plan.graph.of(Cell)
        if cell.impossible is None and cell.cost(sizes).gpu
    }
    assert on_gpu == (set() if worth_s else {"affinity"})
    for cell in plan.graph.of(Cell):
        if cell.impossible is None:
            cost, task = cell.cost(sizes), cell.task(session)
            assert task.device == ("cuda" if cost.gpu else None)
            assert cost.alone == ({"gpu"} if cost.gpu else cost.alone - {"gpu"})


@pytest.mark.parametrize("device", DEVICES)
def test_a_run_says_on_which_device_it_clustered(
    plan: Plan, session: Session, device: str
) -> None:
    """With the version of torch; the clusters are those of the processor."""
    (cell,) = (e for e in plan.graph.of(Cell) if e.clusterer.kind == "affinity")
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    session.store.put(cell.needs()[0].key, X, lambda _sha256: {})
    task = cell.task(session)
    ours, theirs = (
        each.run(session.store, lambda _done, _total: None).rows
        for each in (task, replace(task, device=device))
    )
    (run,) = theirs["run"]
    assert run["device"] == device
    assert "torch" in json.loads(run["versions"])
    assert "torch" not in json.loads(ours["run"][0]["versions"])
    assert theirs["assignment"][0]["labels"] == ours["assignment"][0]["labels"]


def test_a_gpu_that_is_not_here_is_told_before_it_clusters(plan: Plan) -> None:
    """Where a clusterer would use it; K-Means needs none."""
    cells = plan.graph.of(Cell)
    with pytest.raises(ConfigError, match="there is no device 'cuda:99' here"):
        Cell.check(cells, device="cuda:99")
    others = [cell for cell in cells if cell.clusterer.kind != "affinity"]
    Cell.check(others, device="cuda:99")
