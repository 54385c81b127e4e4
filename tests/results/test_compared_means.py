"""What a comparison comes to."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from tests.results.cells import add_cells, made_up
from zsc_wh.results.compared_means import by_dataset, by_name, summary
from zsc_wh.results.comparing import compare
from zsc_wh.results.sides import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.made import Made
    from zsc_wh.results.comparing import Compared
    from zsc_wh.warehouse import Warehouse


@pytest.fixture
def found(store: Callable[[Made], Warehouse]) -> list[Compared]:
    """Compare two seeds: two cells of one dataset, one of another, one without."""
    made = made_up()
    add_cells(made, {1: 0.5, 2: 0.6})
    add_cells(made, {1: 0.5, 2: 0.8}, reducer="umap")
    add_cells(made, {1: 0.4, 2: 0.3}, dataset="other")
    add_cells(made, {1: 0.4, 2: None}, dataset="other", reducer="umap")
    warehouse = store(made)
    return compare(Side(warehouse, seed=1), Side(warehouse, seed=2), "ami")


def test_datasets_have_equal_weight(found: list[Compared]) -> None:
    """The mean is one of datasets, whatever the number of their cells."""
    total = summary(found)
    assert total["difference_pp"] == pytest.approx(fmean([20, -10]))
    assert (total["n_compared"], total["n_one_sided"]) == (3, 1)
    assert (total["n_datasets"], total["n_unknown"]) == (2, 3)
    # of two datasets no resample goes beyond them
    assert (total["low"], total["high"]) == pytest.approx((-10, 20), abs=1)


def test_each_name_has_its_cells(found: list[Compared]) -> None:
    """The best first; one dataset has no interval, pairs without a score no part."""
    rows = {row["subject"]: row for row in by_name(found)}
    assert [*rows] == ["e", "umap", "none", "kmeans"]
    assert rows["umap"]["difference_pp"] == pytest.approx(30)
    assert rows["umap"]["low"] is None
    assert rows["none"]["difference_pp"] == pytest.approx(0)
    datasets = by_dataset(found)
    assert [(row["dataset"], row["n_pairs"]) for row in datasets] == [
        *(("d", 2), ("other", 1)),
    ]
    assert (datasets[0]["a"], datasets[0]["b"]) == pytest.approx((0.5, 0.7))


def test_nothing_to_compare() -> None:
    """Without a pair there are counts of nothing, and no mean."""
    assert summary([])["difference_pp"] is None
    assert by_name([]) == by_dataset([]) == []
