"""Several runs of one cell and seed: scores are their medians, each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.conftest import asking, stored
from tests.queries.made import Made
from zsc_wh.results.sides import Side, cells_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.conftest import Ask

RUNS = ({"ami": 0.1, "silhouette": 0.9}, {"ami": 0.7}, {"ami": 0.6, "silhouette": 0.5})
"""Loaded in this order: the first is neither median, and one lacks a score."""

COUNTED: dict[str, dict[str, Any]] = {
    "result_matrix": {},
    "results": {},
    "clusterer_ranks": {},
    "encoder_ranks": {},
    "ami_vs_silhouette": {"space": "reduced"},
    "silhouette_points": {"space": "reduced"},
    "level_scores": {},
    "ami_table": {},
    "silhouette_correlations": {"grouped_by": "pooled", "space": "reduced"},
}
"""Queries that say how many runs are behind a row."""


@pytest.fixture
def made() -> Made:
    """Return two encoders on one dataset; a cell of the first was run three times."""
    made = Made()
    made.dataset("photos", ["a", "b", "a", "b"])
    made.reducer("none")
    for clusterer in ("kmeans", "ward"):
        made.clusterer(clusterer)
    once = {("dino", "ward"): 0.2, ("mae", "kmeans"): 0.3, ("mae", "ward"): 0.4}
    for (encoder, clusterer), ami in once.items():
        made.encoder(encoder)
        made.run(
            made.cell(encoder, "photos", "none", clusterer),
            {"ami": ami, "silhouette": 0.2},
        )
    cell = made.cell("dino", "photos", "none", "kmeans")
    for minute, scores in enumerate(RUNS):
        made.run(cell, scores, minute=minute)
    made.run(cell, status="failed", minute=9)
    return made


def test_a_score_is_the_median_of_the_runs_that_have_it(
    made: Made, ask_of: Callable[[Made], Ask]
) -> None:
    """Each metric has its own median; runs that failed do not count."""
    (row,) = ask_of(made)("results", encoder="dino", clusterer="kmeans")
    assert (row["ami"], row["silhouette"], row["n_runs"]) == (0.6, 0.7, 3)


@pytest.mark.parametrize("query", COUNTED)
def test_the_runs_are_counted(
    made: Made, ask_of: Callable[[Made], Ask], query: str
) -> None:
    """Every row says how many runs are behind it: here six of four cells in all."""
    rows = ask_of(made)(query, **COUNTED[query])
    overall = [row for row in rows if row.get("is_overall", True)]
    assert sum(row["n_runs"] for row in overall) == 6


def test_compare_takes_the_median(made: Made, blank: Path, tmp_path: Path) -> None:
    """What is compared is what the queries show."""
    warehouse = stored(made, blank, tmp_path / "made.duckdb")
    shown = {
        tuple(row[name] for name in ("encoder", "clusterer")): row["ami"]
        for row in asking(warehouse)("results")
    }
    cells = cells_of(Side(warehouse), "ami")
    assert {
        (cell.names.encoder, cell.names.clusterer): cell.value for cell in cells
    } == shown
