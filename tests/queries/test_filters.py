"""The filters that all analyses share: the same ones, and each of them filters.

The warehouse has two halves that have nothing in common. A filter for the one has to
answer exactly as a warehouse that holds nothing else does.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.conftest import asking_frozen, stored
from tests.queries.made import Made, key
from zsc_wh.sqlfiles import macros, queries

if TYPE_CHECKING:
    from pathlib import Path

    from tests.queries.conftest import Ask

ANALYSES = sorted(
    name for name, query in queries().items() if "compared_cell" in query.reads
)
FILTERING = {"filtered_cell"} | {
    name for name, macro in macros().items() if "filtered_cell" in macro.reads
}
"""Macros that read the compared cells by their filter."""

# each with what the first half alone has
FILTERS: dict[str, object] = {
    "grid": "a",
    "datasets": ["a data", "more"],
    "domain_group": "a group",
    "encoders": ["a 0", "a 1", "a 2"],
    "families": ["ssl", "random"],
    "backbone": "a backbone",
    "fine_tuned": "without",
    "reducers": ["a none"],
    "clusterers": ["a kmeans", "a ward"],
    "seeds": [1, 7],
}
# without a filter, what is asked for leaves nothing out
ALL: dict[str, dict[str, Any]] = {
    "within_noise": {"min_seeds": 1},
    "delta_ami": {"baseline": "a 0"},
    "knn_vs_ami": {"families": None, "fine_tuned": "with"},
    "probe_points": {"families": None, "fine_tuned": "with"},
    "dataset_variants": {"variants": ["a data", "b data", "a data@1"]},
}


def half(
    made: Made,
    name: str,
    family: str,
    seed: int,
    *,
    fine_tuned: bool,
    reducers: tuple[str, ...] = ("none",),
) -> None:
    """Declare a grid whose names and scores nothing else has."""
    data = f"{name} data"
    made.dataset(data, ["x", "y"], group=f"{name} group")
    cells = []
    for place in range(3):
        encoder = f"{name} {place}"
        backbone = f"{name} backbone"
        made.encoder(encoder, family, backbone=backbone, fine_tuned=fine_tuned)
        made.probe(encoder, data, data, {"accuracy": place / (2 + seed)}, k=20)
        for index, clusterer in enumerate((f"{name} kmeans", f"{name} ward")):
            made.clusterer(clusterer, k_source="estimated")
            for more, reducer in enumerate(reducers):
                made.reducer(f"{name} {reducer}")
                cell = made.cell(
                    encoder, data, f"{name} {reducer}", clusterer, seed=seed
                )
                ami = (place + index + more / 2) / (3 + seed)
                made.run(cell, {"ami": ami, "silhouette": ami / 2})
                cells.append(cell)
    parts = [key("encoder", f"{name} {place}") for place in (0, 1)]
    loader = json.dumps({"kind": "concat", "parts": parts})
    made.rows["encoder"][f"{name} 2"]["loader"] = loader
    made.grid(name, cells)


@pytest.fixture(scope="module")
def ask_a(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return a way to ask a warehouse that has the first half alone."""
    made = Made()
    half(made, "a", "ssl", 1, fine_tuned=False)
    return asking_frozen(stored(made, blank, tmp_path_factory.mktemp("a") / "a.duckdb"))


@pytest.fixture(scope="module")
def ask_both(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return a way to ask a warehouse that has both halves."""
    made = Made()
    half(made, "a", "ssl", 1, fine_tuned=False)
    half(made, "b", "supervised", 2, fine_tuned=True)
    return asking_frozen(stored(made, blank, tmp_path_factory.mktemp("b") / "b.duckdb"))


@pytest.mark.parametrize("name", ANALYSES)
def test_all_analyses_take_the_same_filters(name: str) -> None:
    """Behind their own, with one type and one help; defaults are those of the query."""
    params = queries()[name].params[-len(FILTERS) :]
    first = queries()[ANALYSES[0]].params[-len(FILTERS) :]
    assert [param.name for param in params] == list(FILTERS)
    for ours, theirs in zip(params, first, strict=True):
        for fact in ("type", "help", "names", "choices", "required"):
            assert getattr(ours, fact) == getattr(theirs, fact), (ours.name, fact)


@pytest.mark.parametrize("name", sorted(queries()))
def test_filters_and_ranks_have_one_home(name: str) -> None:
    """What reads the compared cells reads them by their filter; ranks are a macro."""
    sql = queries()[name].sql
    assert "compared_cell" not in sql
    if name in ANALYSES:
        assert any(f"{macro}(" in sql for macro in FILTERING)
    else:
        assert "filtered_cell(" not in sql
    assert "rank() over" not in sql.replace("average_rank", "")


# it compares reducers, of which a half has one
OF_ONE_REDUCER = [name for name in ANALYSES if name != "reducer_effects"]


@pytest.mark.parametrize("name", OF_ONE_REDUCER)
def test_each_filter_filters(ask_a: Ask, ask_both: Ask, name: str) -> None:
    """It leaves what a warehouse has that holds nothing else."""
    given = ALL.get(name, {})
    wanted = ask_a(name, **given)
    assert wanted
    # with both halves no block is complete, so that some compare nothing
    assert ask_both(name, **given) != wanted
    for filtered, chosen in FILTERS.items():
        assert ask_both(name, **given | {filtered: chosen}) == wanted, filtered


def test_each_filter_filters_reducers(blank: Path, tmp_path: Path) -> None:
    """Of reducers the filter leaves out those that are compared, not the baseline."""
    asks = []
    for halves in ("a", "ab"):
        made = Made()
        for name in halves:
            is_a = name == "a"
            family, seed = ("ssl", 1) if is_a else ("supervised", 2)
            reducers = ("none", "more")
            half(made, name, family, seed, fine_tuned=not is_a, reducers=reducers)
        asks.append(asking_frozen(stored(made, blank, tmp_path / f"{halves}.duckdb")))
    ask, ask_both = asks
    given = {"base_reducer": "a none"}
    wanted = ask("reducer_effects", **given)
    assert [row["n_pairs"] for row in wanted] == [6]
    for filtered, chosen in (FILTERS | {"reducers": ["a more"]}).items():
        assert ask_both("reducer_effects", **given | {filtered: chosen}) == wanted
    for filtered, chosen in {"reducers": ["b more"], "seeds": [2]}.items():
        assert ask_both("reducer_effects", **given | {filtered: chosen}) == []


@pytest.fixture(scope="module")
def ask_renewed(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return a way to ask a warehouse in which all names mean something else by now."""
    made = Made()
    half(made, "a", "ssl", 1, fine_tuned=False)
    made.dataset("a data", ["x", "y"], group="a group", content="new", day=1)
    made.reducer("a none", content="new", day=1)
    for place in range(3):
        made.encoder(f"a {place}", content=f"new {place}", day=1)
    made.clusterer("other", k_source="estimated")
    made.grid("a", [made.cell("a 1", "a data", "a none", "other")], day=1)
    return asking_frozen(
        stored(made, blank, tmp_path_factory.mktemp("new") / "new.duckdb")
    )


@pytest.mark.parametrize("name", OF_ONE_REDUCER)
def test_a_version_in_any_list_brings_it_back(
    ask_renewed: Ask, ask_a: Ask, name: str
) -> None:
    """What names meant before is asked for by label, in whichever filter."""
    own = ALL.get(name, {})
    then = own | {"baseline": "a 0@1"} if "baseline" in own else own
    wanted = len(ask_a(name, **own))
    for filters in (
        {"datasets": ["a data@1"]},
        {"encoders": ["a 0@1", "a 1@1", "a 2@1"]},
        {"reducers": ["a none@1"]},
        {"clusterers": ["a kmeans", "a ward", "other@1"]},
    ):
        assert len(ask_renewed(name, **then | filters)) == wanted, filters
