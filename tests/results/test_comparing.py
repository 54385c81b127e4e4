from __future__ import annotations

from statistics import stdev
from typing import TYPE_CHECKING

import pytest
from scipy.stats import t, ttest_ind

from tests.queries.made import Made, key
from tests.results.cells import add_cells, made_up
from zsc_wh.errors import QueryError
from zsc_wh.results.comparing import Compared, Side, compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.results.conftest import Store

A, B = (0.50, 0.53, 0.47), (0.56, 0.61)

_TYPES = ("float32", "float64")


def _one(amis: Sequence[float | None], **names: str) -> Made:
    made = made_up()
    add_cells(made, dict(enumerate(amis)), **names)
    return made


def _compared(store: Store, a: Made, b: Made) -> list[Compared]:
    return compare(Side(store(a)), Side(store(b)), "ami")


def test_a_side_is_the_mean_over_its_seeds(store: Store) -> None:
    """The difference is that of the means, b minus a."""
    (row,) = _compared(store, _one(A), _one(B))
    assert (row.n_a, row.n_b) == (3, 2)
    assert row.a == pytest.approx(0.50)
    assert row.difference == pytest.approx(0.085)


@pytest.mark.parametrize("shift", [0.0, 0.06, 0.07, 0.2])
def test_the_verdict_is_that_of_students_test(store: Store, shift: float) -> None:
    """Within noise is what the two-sample t-test does not reject at 5 %."""
    b = [value + shift - 0.06 for value in B]
    (row,) = _compared(store, _one(A), _one(b))
    assert row.within_noise == (ttest_ind(A, b).pvalue > 0.05)
    assert row.noise_from == "cell"


def test_the_spread_is_pooled_within_the_sides(store: Store) -> None:
    """A difference between the sides is no noise."""
    (row,) = _compared(store, _one(A), _one([0.9, 0.92]))
    pooled = ((2 * stdev(A) ** 2 + stdev([0.9, 0.92]) ** 2) / 3) ** 0.5
    assert row.noise_sd == pytest.approx(pooled)


def test_without_seeds_the_recipe_tells(store: Store) -> None:
    """Cells of the same reducer and clusterer lend their spread."""
    made = _one([0.5])
    add_cells(made, {0: 0.2, 1: 0.3}, dataset="other")
    add_cells(made, {0: 0.2, 1: 0.9}, dataset="other", reducer="umap")
    row = _compared(store, made, _one([0.6]))[0]
    assert (row.names.dataset, row.noise_from) == ("d", "recipe")
    assert row.noise_sd == pytest.approx(stdev([0.2, 0.3]))
    assert row.within_noise


def test_without_the_recipe_the_clusterer_tells(store: Store) -> None:
    """The last to ask are all cells of the clusterer."""
    made = _one([0.5])
    add_cells(made, {0: 0.2, 1: 0.9}, dataset="other", reducer="umap")
    row = _compared(store, made, _one([0.6]))[0]
    assert row.noise_from == "clusterer"
    assert row.noise_sd == pytest.approx(stdev([0.2, 0.9]))


@pytest.mark.parametrize(("b", "verdict"), [(0.5, True), (0.6, None)])
def test_without_any_seeds_only_equality_is_known(
    store: Store, b: float, verdict: bool | None
) -> None:
    """Equal scores are within any noise; of others nothing is known."""
    (row,) = _compared(store, _one([0.5]), _one([b]))
    assert (row.within_noise, row.noise_sd, row.noise_from) == (verdict, None, None)


def test_where_seeds_change_nothing_any_difference_counts(store: Store) -> None:
    """A spread of zero leaves no room."""
    (row,) = _compared(store, _one([0.5, 0.5]), _one([0.5, 0.5 + 2e-6]))
    assert row.within_noise
    (row,) = _compared(store, _one([0.5, 0.5]), _one([0.6, 0.6]))
    assert row.within_noise is False


def test_a_cell_of_one_side_is_a_row(store: Store) -> None:
    """The missing side has no value and no seeds."""
    a, b = _compared(store, _one([0.5]), _one([0.6], reducer="umap"))
    assert (a.a, a.b, a.n_b, a.difference, a.within_noise) == (0.5, None, 0, None, None)
    assert (b.a, b.b, b.n_a) == (None, 0.6, 0)


def test_an_undefined_score_is_no_score(store: Store) -> None:
    """Seeds without a value do not count."""
    (row,) = _compared(store, _one([0.5, None]), _one([None]))
    assert (row.a, row.n_a, row.b, row.n_b) == (0.5, 1, None, 0)


def test_seeds_are_judged_by_the_other_seeds(store: Store) -> None:
    """The two that are compared do not tell their own noise."""
    warehouse = store(_one([0.1, 0.9, 0.50, 0.52]))
    (row,) = compare(Side(warehouse, seed=0), Side(warehouse, seed=1), "ami")
    assert (row.a, row.b, row.n_a, row.n_b) == (0.1, 0.9, 1, 1)
    assert row.noise_sd == pytest.approx(stdev([0.50, 0.52]))
    assert not row.redeclared


def test_two_seeds_alone_tell_no_noise(store: Store) -> None:
    """Without other seeds there is no verdict."""
    warehouse = store(_one([0.1, 0.9]))
    (row,) = compare(Side(warehouse, seed=0), Side(warehouse, seed=1), "ami")
    assert (row.noise_sd, row.within_noise) == (None, None)


def test_shared_cells_are_counted_once(store: Store) -> None:
    """Grids that share seeds have one spread over all of them."""
    made = made_up()
    cells = add_cells(made, {0: 0.4, 1: 0.5, 2: 0.9})
    made.grid("few", cells[:2])
    made.grid("many", cells)
    warehouse = store(made)
    (row,) = compare(Side(warehouse, grid="few"), Side(warehouse, grid="many"), "ami")
    assert row.noise_sd == pytest.approx(stdev([0.4, 0.5, 0.9]))
    assert (row.n_a, row.n_b) == (2, 3)


@pytest.mark.parametrize(("factor", "verdict"), [(0.99, True), (1.01, False)])
@pytest.mark.parametrize("order", [1, -1])
def test_copies_in_another_file_are_counted_once(
    store: Store, order: int, factor: float, verdict: bool
) -> None:
    """Files that agree in the cells they share have one spread over all of them."""
    shared = {0: 0.4, 1: 0.5, 2: 0.9, 3: None}
    few, many = made_up(), made_up()
    add_cells(few, shared)
    add_cells(many, shared | {4: 0.6})
    limit = t.ppf(0.975, 3) * stdev([0.4, 0.5, 0.9, 0.6]) * 2**0.5
    add_cells(few, {0: 0.0}, dataset="other")
    add_cells(many, {0: factor * limit}, dataset="other")
    row = _compared(store, *(few, many)[::order])[1]
    assert (row.names.dataset, row.within_noise) == ("other", verdict)


def _two_types(made: Made) -> list[str]:
    """Add a cell in each floating point type, under the same names."""
    cells = [made.cell("e", "d", "none", "kmeans", dtype=t) for t in _TYPES]
    for cell, ami in zip(cells, (0.5, 0.7), strict=True):
        made.run(cell, {"ami": ami})
    return [*cells]


def test_grids_that_differ_in_their_type_are_compared(store: Store) -> None:
    """Where each side has one type, it is what is compared."""
    made = made_up()
    for name, cell in zip(("single", "double"), _two_types(made), strict=True):
        made.grid(name, [cell])
    warehouse = store(made)
    (row,) = compare(
        Side(warehouse, grid="single"), Side(warehouse, grid="double"), "ami"
    )
    assert (row.a, row.b, row.names.dtype, row.redeclared) == (0.5, 0.7, None, True)


def test_types_are_not_mixed(store: Store) -> None:
    """Where a side has both types, they are different cells."""
    made = made_up()
    _two_types(made)
    rows = _compared(store, made, _one([0.5]))
    assert [(row.names.dtype, row.a, row.b) for row in rows] == [
        ("float32", 0.5, 0.5),
        ("float64", 0.7, None),
    ]


def test_another_meaning_of_a_name_is_told(store: Store) -> None:
    """Names are compared, and a name whose key differs is marked."""
    other = made_up()
    other.clusterer("kmeans", content="new")
    add_cells(other, {0: 0.5})
    (row,) = _compared(store, _one([0.5]), other)
    assert row.redeclared


def test_another_number_of_clusters_is_another_meaning(store: Store) -> None:
    """K is no part of the clusterer, and yet cells that differ in it are not alike."""
    other = made_up()
    other.dataset("d", ["x", "y", "z"], content="d")
    add_cells(other, {0: 0.5})
    rows = compare(Side(store(_one([0.5]))), Side(store(other)), "silhouette")
    assert [row.redeclared for row in rows] == [True]


@pytest.mark.parametrize(
    ("side", "metric", "said"),
    [
        ({"grid": "loos"}, "ami", "no grid 'loos'; did you mean 'loose'"),
        ({"grid": "empty"}, "ami", "no cell is closed in grid 'empty'"),
        ({"seed": 7}, "ami", "no closed cell has the seed 7.*the seeds 0, 1"),
        ({}, "amo", "no score 'amo'; did you mean 'ami'"),
    ],
)
def test_mistakes_are_answered(
    store: Store, side: dict[str, object], metric: str, said: str
) -> None:
    """What is not there is named."""
    made = _one([0.5, 0.6])
    made.grid("empty", [made.cell("e", "d", "umap", "kmeans")])
    warehouse = store(made)
    with pytest.raises(QueryError, match=said):
        compare(Side(warehouse, **side), Side(warehouse), metric)  # type: ignore[arg-type]


def test_a_score_of_a_grid_can_be_compared(store: Store) -> None:
    """A name that only a grid declares means the score that it declares."""
    made = _one([0.5])
    made.rows["grid_score"]["mine"] = {
        "grid_key": key("grid"),
        "score": "mine",
        "metric": "ami",
        "space": "labels",
        "subset": "all",
    }
    warehouse = store(made)
    (row,) = compare(Side(warehouse), Side(warehouse), "mine")
    assert row.a == 0.5
