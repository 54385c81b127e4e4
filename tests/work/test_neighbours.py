"""Neighbours are found once for all reductions that start from the same ones."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.devices import DEVICES
from zsc_wh.declare import read_grids
from zsc_wh.engine.plan import Plan, make_plan
from zsc_wh.engine.preflight import check_plan
from zsc_wh.engine.recorded import Recorded
from zsc_wh.errors import MissingExtraError
from zsc_wh.reducers import METHODS
from zsc_wh.sizes import Shape
from zsc_wh.spaces.neighbours import exact_neighbours
from zsc_wh.store import Store
from zsc_wh.work import Embedding, Neighbours, Reduction, Session, Sizes

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.records import Rows
    from zsc_wh.work import Work

GRID = """
name = "shared"
scores = ["ami"]
seeds = [0, 1]
[dataset.some]
loader = { kind = "digits" }
subset = { n = 60, seed = 1 }
{reducers}
[[cross]]
datasets = ["some"]
encoders = ["pixels"]
reducers = [{names}]
clusterers = ["kmeans"]
"""
SHARING = {
    "two": "engine = 'manifolds'\nn_components = 2",
    "ten": "engine = 'manifolds'\nn_components = 10\nn_neighbors = 9",
    "exact": "neighbours = 'exact'\nn_components = 2\nmin_dist = 0.1",
}
OTHERS = {
    "scaled": "engine = 'manifolds'\nn_components = 2\nzscore = true",
    "angle": "engine = 'manifolds'\nn_components = 2\nmetric = 'arccos'",
    "many": "engine = 'manifolds'\nn_components = 2\nn_neighbors = 34",
    "own": "n_components = 2",
}


def planned(folder: Path, reducers: dict[str, str]) -> Plan:
    """Return the plan of a grid of UMAPs."""
    folder.mkdir(exist_ok=True)
    declared = "\n".join(
        f"[reducer.{name}]\nkind = 'umap'\n{text}" for name, text in reducers.items()
    )
    text = GRID.replace("{reducers}", declared)
    text = text.replace("{names}", ", ".join(f'"{name}"' for name in reducers))
    (folder / "shared.toml").write_text(text, encoding="utf-8")
    grids, _ = read_grids([str(folder / "shared.toml")])
    return make_plan(grids, Recorded(), Store(folder / "store"))


def test_both_engines_any_dimension_count_and_seed_share_one(tmp_path: Path) -> None:
    """Six reductions wait for one search among the samples of their embedding."""
    graph = planned(tmp_path, SHARING).graph
    (found,) = graph.of(Neighbours)
    (embedding,) = graph.of(Embedding)
    assert len(graph.of(Reduction)) == 6
    assert found.k == 32
    assert found.needs() == (embedding,)
    for reduction in graph.of(Reduction):
        assert reduction.needs() == (embedding, found)


def test_what_is_scaled_otherwise_has_neighbours_of_its_own(tmp_path: Path) -> None:
    """And so have those who want more; a library that searches itself wants none."""
    graph = planned(tmp_path, SHARING | OTHERS).graph
    assert {each.name for each in graph.of(Neighbours)} == {
        "32 neighbours",
        "32 z-scored neighbours",
        "32 neighbours by angle",
        "64 neighbours",
    }
    own = [each for each in graph.of(Reduction) if each.reducer.name == "own"]
    assert [each.neighbours for each in own] == [None, None]


def test_a_reduction_reads_what_the_search_has_stored(tmp_path: Path) -> None:
    """It is that of the embedding; the row says how it was made."""
    plan = planned(tmp_path, {"two": SHARING["two"]})
    store = Store(tmp_path / "store")
    session = Session(store, plan.levels, {}, {}, threads=2)
    (embedding,), (found,) = plan.graph.of(Embedding), plan.graph.of(Neighbours)
    reduction = plan.graph.of(Reduction)[0]

    def run(work: Work) -> Rows:
        return work.task(session).run(store, lambda _done, _total: None).rows

    run(embedding)
    (row,) = run(found)["neighbours"]
    assert (row["zscore"], row["metric"]) == (False, "euclidean")
    assert (row["n"], row["k"], row["threads"]) == (60, 32, 2)
    assert {"faiss-cpu", "numpy"} <= json.loads(row["versions"]).keys()
    features = np.asarray(store.load(embedding.key))
    stored: Any = store.load(found.key)
    np.testing.assert_array_equal(stored, exact_neighbours(features, 32))

    changed = stored.copy()
    changed["index"] = stored["index"][::-1]
    asked = reduction.reducer.params
    expected = METHODS["umap"].fit(features, asked, reduction.seed, neighbours=changed)
    store.put(found.key, changed, lambda _sha256: {})
    (row,) = run(reduction)["reduction"]
    np.testing.assert_array_equal(store.load(reduction.key), expected.array)
    assert "manifolds-rs" in json.loads(row["versions"])


@pytest.mark.parametrize("worth_s", [0.0, 1e9])
def test_a_long_search_goes_to_the_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth_s: float
) -> None:
    """The task as its cost, which then leaves the cores to others."""
    monkeypatch.setattr("zsc_wh.work.sizes.WORTH_S", worth_s)
    plan = planned(tmp_path, {"two": SHARING["two"]})
    store = Store(tmp_path / "store")
    (found,) = plan.graph.of(Neighbours)
    session = Session(store, plan.levels, {}, {}, kernel_device="cuda")
    cost = found.cost(Sizes(store, cores=4, device="cuda"))
    assert cost.alone == ({"gpu"} if not worth_s else {"cores"})
    task = found.task(session)
    assert task.device == ("cuda" if not worth_s else None)


@pytest.mark.parametrize("device", DEVICES)
def test_the_row_says_on_which_device_it_was_searched(
    tmp_path: Path, device: str
) -> None:
    """Torch in place of faiss; the array is the same."""
    plan = planned(tmp_path, {"two": SHARING["two"]})
    store = Store(tmp_path / "store")
    session = Session(store, plan.levels, {}, {})
    (embedding,), (found,) = plan.graph.of(Embedding), plan.graph.of(Neighbours)
    embedding.task(session).run(store, lambda _done, _total: None)
    task = replace(found.task(session), device=device)
    (row,) = task.run(store, lambda _done, _total: None).rows["neighbours"]
    assert row["device"] == device
    assert "torch" in json.loads(row["versions"])
    features = np.asarray(store.load(embedding.key))
    stored: Any = store.load(found.key)
    np.testing.assert_array_equal(stored, exact_neighbours(features, 32))


@pytest.mark.parametrize("cores", [1, 4])
def test_what_the_threads_of_a_search_cost(tmp_path: Path, cores: int) -> None:
    """Several are for it alone; the memory is that of its arrays."""
    plan = planned(tmp_path, {"two": SHARING["two"]})
    (found,), reduction = plan.graph.of(Neighbours), plan.graph.of(Reduction)[0]
    sizes = Sizes(Store(tmp_path / "store"), cores=cores)
    for work in (found, reduction):
        assert work.cost(sizes).cores == cores
    assert found.cost(sizes).disk_bytes == 60 * 32 * 8
    asked = reduction.reducer.params
    seconds = METHODS["umap"].seconds(Shape(60, 3072), asked)
    assert reduction.cost(sizes).seconds == pytest.approx(seconds / cores, rel=0.5)
    assert reduction.cost(sizes).kind == "reduce umap by manifolds-rs"


def test_a_missing_extra_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grids without the engine do not ask for it."""

    def lacking(name: str) -> Any:
        return None if name == "manifolds_rs" else find_spec(name)

    monkeypatch.setattr("zsc_wh.installed.find_spec", lacking)
    plan = planned(tmp_path, {"own": OTHERS["own"], "exact": SHARING["exact"]})
    check_plan(plan, [])
    with pytest.raises(
        MissingExtraError,
        match="manifolds-rs, which engine = 'manifolds' needs, is not installed",
    ) as caught:
        check_plan(planned(tmp_path, SHARING), [])
    assert "[manifolds]" in (caught.value.hint or "")
