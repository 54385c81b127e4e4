"""What a query selects becomes a catalog file, or an error that says why not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made
from zsc_wh.declare import read_catalog
from zsc_wh.errors import ConfigError
from zsc_wh.identity import canonical_json
from zsc_wh.results.recipe_file import COLUMNS, recipe_file
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.results.conftest import Store
    from zsc_wh.declare import Catalog

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

OWN = """
[reducer."two\\"s"]
kind = "pca"
n_components = 2
[clusterer.leaf]
kind = "hdbscan"
cluster_selection_method = "leaf"
slot = "hdbscan"
title = "Leaves"
[clusterer.twelve]
kind = "kmeans"
k = 12
standardise = "average-zscore"
dimension_correction = true
slot = "kmeans"
[clusterer.birch]
kind = "python"
estimator = "sklearn.cluster.Birch"
params = { threshold = 0.5, "branching factor" = [50, 1e-7] }
k_param = "n_clusters"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def recorded(catalog: Catalog) -> Made:
    """Return a warehouse that means what a catalog declares."""
    made = Made()
    for reducer in catalog.reducers.values():
        made.reducer(reducer.name, title=reducer.title, meaning=reducer.meaning)
        made.rows["reducer"][reducer.name] |= {
            "kind": reducer.kind,
            "params": canonical_json(reducer.params),
        }
    for clusterer in catalog.clusterers.values():
        made.clusterer(
            clusterer.name,
            clusterer.slot,
            kind=clusterer.kind,
            title=clusterer.title,
            meaning=clusterer.meaning,
            k=clusterer.k,
        )
        made.rows["clusterer"][clusterer.name] |= {
            "params": canonical_json(clusterer.params),
            "standardise": clusterer.standardise,
            "dimension_correction": clusterer.dimension_correction,
        }
    return made


def written(
    store: Store,
    made: Made,
    rows: Sequence[tuple[object, ...]],
    *,
    catalogs: Sequence[Path] = (),
    columns: Sequence[str] = COLUMNS,
    params: Mapping[str, str] | None = None,
) -> str:
    """Return the file of a query that answers with these rows."""
    warehouse = store(made)
    answer = Rows(tuple(columns), ("VARCHAR",) * len(columns), [*rows])
    warehouse.run_query = lambda *_: answer  # type: ignore[method-assign]
    warehouse.path = Path("a b.duckdb")
    warehouse.read = store(made).read  # type: ignore[method-assign]
    return recipe_file(warehouse, "mine", params or {}, [], catalogs, NOW)


def fault(store: Store, made: Made, *rows: tuple[object, ...], **options: Any) -> str:
    with pytest.raises(ConfigError) as error:
        written(store, made, rows, **options)
    return str(error.value)


def test_rows_become_recipes(store: Store, tmp_path: Path) -> None:
    """One line per slot, one table per encoder; the head says where they are from."""
    rows = [
        ("r", "e", "kmeans", "none", "kmeans"),
        ("r", "e.1", "kmeans", "pca-0.85", "kmeans"),
        ("r", "e", "hdbscan", "umap-50", "hdbscan-l1"),
        ("r", "e", "hdbscan", "umap-50", "hdbscan-l1"),
        ("q", "*", "kmeans", "zscore", "kmeans"),
    ]
    params = {"grid": "g", "slots": "a\nb"}
    text = written(store, recorded(read_catalog()), rows, params=params)
    assert text == (
        "# Written on 2026-01-02 at 03:04 UTC by\n"
        "#   zscwh --warehouse 'a b.duckdb' catalog recipes --from-query mine"
        " -p grid=g -p 'slots=a b'\n"
        "# Give this file with --catalog, and name its recipe in a [[study]]:\n"
        '#   recipes = "r"\n'
        "\n"
        "[recipe.r.encoder.e]\n"
        'kmeans = { reducer = "none", clusterer = "kmeans" }\n'
        'hdbscan = { reducer = "umap-50", clusterer = "hdbscan-l1" }\n'
        "\n"
        '[recipe.r.encoder."e.1"]\n'
        'kmeans = { reducer = "pca-0.85", clusterer = "kmeans" }\n'
        "\n"
        '[recipe.q.encoder."*"]\n'
        'kmeans = { reducer = "zscore", clusterer = "kmeans" }\n'
    )
    file = tmp_path / "r.toml"
    file.write_text(text, encoding="utf-8")
    assert list(read_catalog([file]).recipes["r"].rows) == ["e", "e.1"]


def test_what_no_catalog_has_is_declared_as_the_warehouse_has_it(
    store: Store, own: Path, tmp_path: Path
) -> None:
    """The file alone brings back entries of the same meaning, with slot and title."""
    catalog = read_catalog([own])
    rows = [
        ("r", "e", "hdbscan", 'two"s', "leaf"),
        ("r", "e", "kmeans", 'two"s', "twelve"),
        ("r", "e", "birch", "none", "birch"),
    ]
    file = tmp_path / "r.toml"
    text = written(store, recorded(catalog), rows)
    file.write_text(text, encoding="utf-8")
    again = read_catalog([file])
    assert again.reducers['two"s'].meaning == catalog.reducers['two"s'].meaning
    for name in ("leaf", "twelve", "birch"):
        made, before = again.clusterers[name], catalog.clusterers[name]
        assert (made.meaning, made.slot) == (before.meaning, before.slot)
    assert again.clusterers["leaf"].title == "Leaves"
    # with the catalog that has them, nothing is declared twice
    alone = written(store, recorded(catalog), rows, catalogs=[own])
    assert "[clusterer" in text
    assert "[clusterer" not in alone


def test_a_name_that_means_something_else_is_refused(store: Store, own: Path) -> None:
    """A recipe would run another clusterer than the one that was selected."""
    made = recorded(read_catalog([own]))
    other = own.with_name("other.toml")
    other.write_text(OWN.replace('"leaf"', '"eom"'), encoding="utf-8")
    row = ("r", "e", "hdbscan", "none", "leaf")
    assert fault(store, made, row, catalogs=[other]) == (
        f"query mine: the clusterer 'leaf' of the warehouse is not the one that "
        f"{other} declares. Ingest again as it is declared now, or rename one of them."
    )


def test_what_cannot_be_declared_is_refused(store: Store, own: Path) -> None:
    """Unknown names, kinds of other programs, parameters that are not ours."""
    made = recorded(read_catalog([own]))
    made.clusterer("louvain", kind="louvain")
    for name, why in {
        "nothing": ". Give the file that declares it with --catalog.",
        "louvain": ", and its kind 'louvain' is not known here. Give the file",
    }.items():
        said = fault(store, made, ("r", "e", "louvain", "none", name))
        assert f"the clusterer '{name}' is declared in no catalog{why}" in said
    made.rows["clusterer"]["leaf"]["params"] = '{"metric": "l1"}'
    said = fault(store, made, ("r", "e", "hdbscan", "none", "leaf"))
    assert "what the warehouse means by clusterer 'leaf' cannot be declared" in said
    made.rows["clusterer"]["leaf"]["params"] = '{"metrics": "l1"}'
    said = fault(store, made, ("r", "e", "hdbscan", "none", "leaf"))
    assert "clusterer.leaf.metrics: unknown key" in said


def test_rows_that_are_no_recipe_are_listed(store: Store) -> None:
    """Conflicts, empty cells and earlier versions are told at once, each with place."""
    said = fault(
        store,
        recorded(read_catalog()),
        ("r", "e", "kmeans", "none", "kmeans"),
        ("r", "e", "kmeans", "zscore", "kmeans"),
        ("r", "e", "hdbscan", None, None),
        ("r", "e@1", "kmeans", "none", "kmeans"),
        ("r", "f", "kmeans", 3, ""),
    )
    assert said.split("\n") == [
        "query mine: returns no recipe",
        "  r/e/kmeans: two rows differ: none + kmeans and zscore + kmeans",
        "  r/e/hdbscan: there is no reducer",
        "  r/e/hdbscan: there is no clusterer",
        "  r/e@1/kmeans: encoder 'e@1' is an earlier version of a name",
        "  r/f/kmeans: reducer '3' is not a name",
        "  r/f/kmeans: clusterer '' is not a name",
        "Ingest what is missing, or leave it out with the parameters of the query.",
    ]


def test_a_query_without_the_columns_is_refused(store: Store) -> None:
    """The columns are those of the list of recipes."""
    made = recorded(read_catalog())
    row = ("e", "none", "kmeans")
    said = fault(store, made, row, columns=("encoder", "reducer", "clusterer"))
    assert said.startswith("query mine: returns no column recipe, slot. A recipe file")


def test_an_earlier_declaration_is_refused(store: Store) -> None:
    """Its names say nothing of what they mean now."""
    row = ("r", "e", "kmeans", "none", "kmeans")
    said = fault(store, recorded(read_catalog()), row, params={"grid": "g@1"})
    assert "grid=g@1 asks for an earlier declaration, whose names may mean" in said


def test_no_rows_make_no_file(store: Store) -> None:
    """An empty file would be a recipe that selects nothing."""
    assert "query mine: returned no row" in fault(store, recorded(read_catalog()))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ("default", "e", "kmeans", "none", "kmeans"),
            r"query mine: recipe.default: the name is taken by .*recipes.toml",
        ),
        (
            ("r", "e", "kmeans", "none", "hdbscan"),
            r"query mine: recipe.r.encoder.e.kmeans.clusterer: 'hdbscan' takes the",
        ),
    ],
)
def test_what_a_catalog_would_refuse_is_not_written(
    store: Store, row: tuple[str, ...], said: str
) -> None:
    """The file is read once before it is written."""
    assert re.search(said, fault(store, recorded(read_catalog()), row))
