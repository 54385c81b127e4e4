from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask
    from tests.queries.study import Study


def test_one_row_per_closed_cell(study: Study, ask_study: Ask) -> None:
    """Cells without a closing run have no row; the scores are those of the run."""
    rows = ask_study("results")
    closing = [
        row for row in study.made.rows["run"].values() if row["status"] == "done"
    ]
    assert {row["cell_key"] for row in rows} == {row["cell_key"] for row in closing}
    assert len(rows) == len(closing)
    scored = sorted(row["ami"] for row in rows if row["ami"] is not None)
    known = study.scores["ami"][~np.isnan(study.scores["ami"])]
    np.testing.assert_allclose(scored, np.sort(known))


def test_clusters_beyond_the_classes(ask_of: Callable[[Made], Ask]) -> None:
    """Those found less the classes, noise being no cluster; NULL without labels."""
    made = Made()
    made.encoder("e")
    made.reducer("none")
    made.clusterer("c")
    made.dataset("many", ["x", "y", "x", "y"])
    made.dataset("few", ["x", "y", "z", "x"])
    made.dataset("unlabelled", [None] * 4)
    for dataset, labels in {
        "many": [0, 1, 2, -1],
        "few": [0, 0, -1, -1],
        "unlabelled": [0, 1, 2, 2],
    }.items():
        made.run(made.cell("e", dataset, "none", "c"), labels=labels)
    rows = {row["dataset"]: row for row in ask_of(made)("results")}
    excess = {name: row["n_excess_clusters"] for name, row in rows.items()}
    assert excess == {"many": 1, "few": -2, "unlabelled": None}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("encoder", "mae"),
        ("dataset", "unlabelled"),
        ("reducer", "umap-50"),
        ("clusterer", "kmeans"),
        ("seed", 2),
    ],
)
def test_each_filter_filters(ask_study: Ask, column: str, value: object) -> None:
    """A filter leaves exactly the rows that have its value."""
    everything = ask_study("results")
    assert ask_study("results", **{column: value}) == [
        row for row in everything if row[column] == value
    ]
