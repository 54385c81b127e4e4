"""All scores of the cells, in long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def ask(ask_of: Callable[[Made], Ask]) -> Ask:
    """Return a cell of two label levels with two runs, and one without a score."""
    made = Made()
    made.encoder("dino")
    made.dataset("photos", ["a", "b", "a"])
    made.level("photos", "kind", 1, n_classes=2)
    made.reducer("none")
    for name in ("kmeans", "hdbscan"):
        made.clusterer(name)
    cells = [made.cell("dino", "photos", "none", c) for c in ("kmeans", "hdbscan")]
    made.grid("mine", cells)
    for value in (0.2, 0.6):
        run = made.run(cells[0], {"ami": 0.5, "silhouette": value}, labels=[0, 1, 0])
        made.level_score(run, "kind", 0.9)
        made.level_score(run, "class", value, "completeness")
    made.run(cells[1], {"ami_clustered": None}, labels=[-1, -1, -1])
    return ask_of(made)


def test_every_score_has_a_row(ask: Ask) -> None:
    """The median over the runs; at the level that is judged, and no other."""
    rows = ask("scores", grid="mine")
    shown = ("clusterer", "level", "metric", "space", "subset", "value", "n_runs")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("hdbscan", "class", "ami", "labels", "clustered", None, 0),
        ("kmeans", "class", "ami", "labels", "all", 0.5, 2),
        ("kmeans", "class", "completeness", "labels", "all", 0.4, 2),
        ("kmeans", "class", "silhouette", "reduced", "all", 0.4, 2),
    ]
    assert rows[0]["reason"] == "undefined"


def test_one_metric_alone(ask: Ask) -> None:
    """It may be one that no other query shows."""
    (row,) = ask("scores", metric="completeness")
    assert row["value"] == 0.4
