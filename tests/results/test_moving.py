"""Which clusters of two cells meet, and what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made
from zsc_wh.errors import QueryError
from zsc_wh.results.moving import moves

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.warehouse import Warehouse

ONE: list[int | None] = [0, 0, 0, 1, 1, 1, -1, -1, None]
OTHER: list[int | None] = [5, 5, 7, 7, 7, 7, -1, 5, 5]


@pytest.fixture
def cells(store: Callable[[Made], Warehouse]) -> tuple[Warehouse, list[str]]:
    """Return a warehouse, two cells of one dataset and one of another."""
    made = Made()
    made.encoder("e")
    made.dataset("d", [*"aabbbbcca"])
    made.dataset("far", [*"aabbbbcca"], content="far")
    made.rows["listing"]["far"]["sample_ids"] = [f"far{place}" for place in range(9)]
    made.reducer("none")
    for name in ("kmeans", "hdbscan"):
        made.clusterer(name)
    found: list[str] = []
    for dataset, clusterer, labels in (
        ("d", "kmeans", ONE),
        ("d", "hdbscan", OTHER),
        ("far", "kmeans", OTHER),
    ):
        cell = made.cell("e", dataset, "none", clusterer)
        made.run(cell, labels=labels)
        found.append(cell)
    return store(made), found


def test_clusters_are_matched_so_that_most_samples_stay(
    cells: tuple[Warehouse, list[str]],
) -> None:
    """Noise stands for noise; a sample that one side could not read does not count."""
    warehouse, (one, other, _) = cells
    found = moves(warehouse, one, other)
    assert found.shared == {(0, 5): 2, (0, 7): 1, (1, 7): 3, (-1, -1): 1, (-1, 5): 1}
    assert found.matched == {(0, 5), (1, 7), (-1, -1)}
    assert (found.n_samples, found.n_moved) == (8, 2)
    assert found.labels[0, 7] == "b"
    assert found.sizes(1) == {5: 3, 7: 4, -1: 1}
    assert moves(warehouse, one, one).agreement == 1
    assert moves(warehouse, one, one).n_moved == 0


def test_samples_of_two_datasets_never_meet(
    cells: tuple[Warehouse, list[str]],
) -> None:
    """Cells without a common sample cannot be compared so."""
    warehouse, (one, _, far) = cells
    with pytest.raises(QueryError, match="no sample in common"):
        moves(warehouse, one, far)
