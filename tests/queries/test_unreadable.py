"""Samples that could not be read: listed, and left out of maps and assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

BROKEN = "image-00001.png"


@pytest.fixture
def made() -> Made:
    """Make three embeddings of four samples, two of them without the second."""
    made = Made()
    made.dataset("pets", ["cat", "dog", "cat", "dog"], ignored=["b.txt", "a.db"])
    made.dataset("clean", ["cat", "dog"], ignored=[])
    made.reducer("none")
    made.reducer("umap-2")
    made.clusterer("kmeans")
    for encoder in ("dino", "mae", "pixels"):
        made.encoder(encoder)
        made.embedding(encoder, "pets")
        made.cell(encoder, "pets", "none", "kmeans")
    made.unreadable("dino", "pets", {1: "truncated", 3: "empty"})
    made.unreadable("mae", "pets", {1: "truncated"})
    cell = made.cell("mae", "pets", "none", "kmeans")
    made.run(cell, {"ami": 0.5}, labels=[0, None, -1, 1])
    made.projection("mae", "pets", [(0, 0), (None, None), (2, 2), (3, 3)])
    made.grid("mae only", [cell])
    return made


@pytest.mark.parametrize(
    ("params", "want"),
    [
        ({}, [(BROKEN, "truncated", 2, 3), ("image-00003.png", "empty", 1, 3)]),
        ({"grid": "mae only"}, [(BROKEN, "truncated", 1, 1)]),
        ({"encoder": "mae"}, [(BROKEN, "truncated", 1, 1)]),
        ({"dataset": "clean"}, []),
    ],
)
def test_samples_are_named_with_what_is_wrong(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, object],
    want: list[tuple[object, ...]],
) -> None:
    """Each sample comes with its reason and the encoders that miss it, of how many."""
    columns = ("sample_id", "reason", "n_encoders", "n_encoders_total")
    rows = ask_of(made)("unreadable", **params)
    assert [tuple(row[column] for column in columns) for row in rows] == want


def test_samples_without_names_are_listed_too(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A dataset may have no names of samples; then there is the index."""
    made.rows["dataset_name"]["pets"]["listing_key"] = None
    rows = ask_of(made)("unreadable")
    assert [(row["sample_index"], row["sample_id"]) for row in rows] == [
        (1, None),
        (3, None),
    ]


@pytest.mark.parametrize(
    ("params", "files"),
    [
        ({}, ["a.db", "b.txt"]),
        ({"grid": "mae only"}, ["a.db", "b.txt"]),
        ({"grid": "x"}, []),
        ({"dataset": "clean"}, []),
    ],
)
def test_files_that_are_no_images_are_listed(
    ask_of: Callable[[Made], Ask],
    made: Made,
    params: dict[str, object],
    files: list[str],
) -> None:
    """What a folder holds beside its images has a row a file."""
    assert [row["file"] for row in ask_of(made)("ignored", **params)] == files


def test_an_unreadable_sample_has_no_cluster(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Its row stays, with its label; NULL is not the cluster of noise."""
    ask = ask_of(made)
    (result,) = ask("results")
    rows = ask("assignments", cell=result["cell_key"])
    assert [(row["cluster"], row["label"]) for row in rows] == [
        (0, "cat"),
        (None, "dog"),
        (-1, "cat"),
        (1, "dog"),
    ]
    assert result["noise_fraction"] == pytest.approx(1 / 3)


def test_a_map_leaves_unreadable_samples_out(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A sample without coordinates is not drawn; the others keep their names."""
    ask = ask_of(made)
    (cell,) = ask("projected_cells")
    rows = ask("projection", cell=cell["cell_key"])
    assert [(row["sample_id"], row["x"], row["cluster"]) for row in rows] == [
        ("image-00000.png", 0.0, 0),
        ("image-00002.png", 2.0, -1),
        ("image-00003.png", 3.0, 1),
    ]
