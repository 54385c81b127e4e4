from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.queries.made import Made
from tests.queries.study import CLUSTERERS, DATASETS, ENCODERS, REDUCERS, Study
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.mark.parametrize("metric", ["ami", "silhouette_umap"])
def test_values_are_medians_over_seeds(
    study: Study, ask_study: Ask, metric: str
) -> None:
    """Every declared combination has a row, with the median of its runs or NULL."""
    rows = ask_study("result_matrix", metric=metric, labelled=True)
    medians = study.medians(metric)
    assert len(rows) == medians.size
    names = (list(ENCODERS), list(DATASETS), list(REDUCERS), list(CLUSTERERS))
    for row in rows:
        columns = ("encoder", "dataset", "reducer", "clusterer")
        place = tuple(
            known.index(row[column])
            for known, column in zip(names, columns, strict=True)
        )
        value = np.nan if row["value"] is None else row["value"]
        np.testing.assert_allclose(value, medians[place], atol=1e-12)


@pytest.mark.parametrize(
    ("labelled", "datasets"),
    [
        (False, {"unlabelled"}),
        (True, set(DATASETS)),
        (None, {*DATASETS, "unlabelled"}),
    ],
)
def test_labelled_chooses_datasets(
    ask_study: Ask, labelled: bool | None, datasets: set[str]
) -> None:
    """Datasets with and without labels can be told apart."""
    rows = ask_study("result_matrix", metric="silhouette", labelled=labelled)
    assert {row["dataset"] for row in rows} == datasets


def test_the_state_says_why_a_value_is_missing(ask_of: Callable[[Made], Ask]) -> None:
    """States of all cells behind a value are named: statuses, or missing."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["a", "b"])
    made.reducer("none")
    made.clusterer("kmeans")
    cells = [made.cell("e", "d", "none", "kmeans", seed=seed) for seed in range(4)]
    made.run(cells[0], {"ami": 0.4})
    made.run(cells[1], {"ami": 0.6}, status="not_converged")
    made.run(cells[2], status="failed", shard=1)
    made.run(cells[2], status="oom", shard=2)
    (row,) = ask_of(made)("result_matrix")
    assert row["value"] == pytest.approx(0.5)
    assert row["state"] == "done, missing, not_converged, oom"
    assert (row["n_runs"], row["n_cells"]) == (2, 4)


def test_an_unknown_metric_is_refused(ask_study: Ask) -> None:
    """A metric that the view does not hold is an error."""
    with pytest.raises(QueryError, match="'metric' cannot be"):
        ask_study("result_matrix", metric="accuracy")
