from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

CLASSES = ("cat", None, "dog", "cat", "dog", "cat")
POINTS = [(float(place), -float(place)) for place in range(6)]


@pytest.fixture
def made() -> Made:
    """Make two cells of one embedding with two projections, and one without any."""
    made = Made()
    for encoder in ("drawn", "undrawn"):
        made.encoder(encoder)
    made.dataset("pets", CLASSES)
    for reducer in ("none", "umap-2"):
        made.reducer(reducer)
    for clusterer in ("kmeans", "hdbscan"):
        made.clusterer(clusterer)
    for encoder in ("drawn", "undrawn"):
        made.embedding(encoder, "pets")
        for clusterer, ami in (("kmeans", 0.4), ("hdbscan", 0.8)):
            cell = made.cell(encoder, "pets", "none", clusterer)
            made.run(cell, {"ami": ami}, labels=[0, 1, 1, 0, -1, 0])
    made.projection("drawn", "pets", [(9.0, 9.0)] * 6, seed=7)
    made.projection("drawn", "pets", POINTS, seed=1)
    return made


def test_cells_that_can_be_drawn_best_first(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """One row per closed cell with a projection, that of its own seed before others."""
    rows = ask_of(made)("projected_cells")
    assert [(row["encoder"], row["clusterer"], row["ami"]) for row in rows] == [
        ("drawn", "hdbscan", 0.8),
        ("drawn", "kmeans", 0.4),
    ]
    assert {(row["projection"], row["projection_seed"]) for row in rows} == {
        ("umap-2", 1)
    }


def test_samples_carry_place_label_and_cluster(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Every sample has its coordinates, its class name or NULL, and its cluster."""
    ask = ask_of(made)
    cell = ask("projected_cells", clusterer="kmeans")[0]["cell_key"]
    rows = ask("projection", cell=cell[:12])
    assert [(row["x"], row["y"]) for row in rows] == POINTS
    assert tuple(row["label"] for row in rows) == CLASSES
    assert [row["cluster"] for row in rows] == [0, 1, 1, 0, -1, 0]
    assert rows[2]["sample_id"] == "image-00002.png"


def test_another_projection_can_be_named(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """The key of a projection chooses it."""
    ask = ask_of(made)
    cell = ask("projected_cells")[0]["cell_key"]
    other = made.reduction("drawn", "pets", "umap-2", seed=7)
    rows = ask("projection", cell=cell, projection=other)
    assert {(row["x"], row["y"]) for row in rows} == {(9.0, 9.0)}


@pytest.mark.parametrize(
    ("most", "kept"),
    [(6, [0, 1, 2, 3, 4, 5]), (3, [0, 2, 4]), (4, [0, 2, 4]), (1, [0]), (0, [0])],
)
def test_thinning_keeps_every_kth_sample(
    ask_of: Callable[[Made], Ask], made: Made, most: int, kept: list[int]
) -> None:
    """Too many samples are thinned out evenly, the first one always kept."""
    ask = ask_of(made)
    cell = ask("projected_cells")[0]["cell_key"]
    rows = ask("projection", cell=cell, max_points=most)
    assert [row["sample_index"] for row in rows] == kept


def test_a_dataset_without_labels_can_be_drawn(ask_of: Callable[[Made], Ask]) -> None:
    """Without labels the silhouette chooses the cell and every label is NULL."""
    made = Made()
    made.encoder("e")
    made.dataset("folder", n=2)
    for reducer in ("none", "umap-2"):
        made.reducer(reducer)
    made.embedding("e", "folder")
    for clusterer, silhouette in (("kmeans", 0.1), ("spectral", 0.2)):
        made.clusterer(clusterer)
        cell = made.cell("e", "folder", "none", clusterer)
        made.run(cell, {"silhouette": silhouette}, labels=[0, 1])
    made.projection("e", "folder", [(0, 0), (1, 1)])
    ask = ask_of(made)
    best = ask("projected_cells")[0]
    assert (best["clusterer"], best["ami"]) == ("spectral", None)
    rows = ask("projection", cell=best["cell_key"])
    assert [row["label"] for row in rows] == [None, None]
