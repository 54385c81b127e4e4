"""Clusterers in a study, where each encoder has a recipe of its own in every slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask

RECIPES = {
    "dino": {"kmeans": ("umap-50", "kmeans"), "spectral": ("none", "spectral-nn10")},
    "mae": {"kmeans": ("pca-0.90", "kmeans"), "spectral": ("pca-0.80", "spectral")},
    "net": {"kmeans": ("umap-50", "kmeans"), "spectral": ("none", "spectral-nn50")},
}
AMI = {
    ("dino", "kmeans"): 0.5,
    ("dino", "spectral"): 0.6,
    ("mae", "kmeans"): 0.3,
    ("mae", "spectral"): 0.2,
    ("net", "kmeans"): 0.7,
    ("net", "spectral"): 0.8,
}


def in_study(made: Made, dataset: str) -> list[str]:
    """Declare the recipes of all encoders on a dataset, and return their cells."""
    made.dataset(dataset, ["a", "b"], group="far")
    cells: list[str] = []
    for encoder, slots in RECIPES.items():
        made.encoder(encoder, "supervised" if encoder == "net" else "ssl")
        made.embedding(encoder, dataset)
        made.probe(
            encoder, dataset, dataset, {"accuracy": AMI[encoder, "kmeans"]}, k=20
        )
        for slot, (reducer, clusterer) in slots.items():
            made.reducer(reducer)
            made.clusterer(clusterer, slot=slot)
            cells.append(made.cell(encoder, dataset, reducer, clusterer))
            ami = AMI[encoder, slot]
            made.run(cells[-1], {"ami": ami, "silhouette_umap": ami})
    return cells


@pytest.fixture
def made() -> Made:
    """Make a study in which the encoders have different variants of one slot."""
    made = Made()
    in_study(made, "air")
    return made


SUMMARIES = ("clusterer_ranks", "ami_vs_silhouette", "silhouette_points", "knn_vs_ami")


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_clusterer_of_a_study_is_its_slot(
    ask_of: Callable[[Made], Ask], made: Made, name: str
) -> None:
    """Variants of one slot are one clusterer where no encoder has two of them."""
    rows = ask_of(made)(name)
    assert {row["clusterer"] for row in rows} == {"kmeans", "spectral"}


def test_slots_are_ranked_against_each_other(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Each encoder is a block, whatever the variants and reducers of its recipes."""
    rows = ask_of(made)("clusterer_ranks")
    ranks = {row["clusterer"]: row["mean_rank"] for row in rows}
    assert ranks == pytest.approx({"spectral": 4 / 3, "kmeans": 5 / 3})
    assert {(row["n_blocks"], row["block"]) for row in rows} == {(3, "recipe")}


def test_encoders_of_a_study_are_complete(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """The recipes of one slot are a pair that all encoders have."""
    ask = ask_of(made)
    deltas = {row["encoder"]: row["delta_pp"] for row in ask("delta_ami")}
    assert deltas == pytest.approx({"dino": -20.0, "mae": -50.0})
    ranks = {row["encoder"]: row["mean_rank"] for row in ask("encoder_ranks")}
    assert ranks == {"net": 1.0, "dino": 2.0, "mae": 3.0}


def test_a_filter_takes_the_slot(ask_of: Callable[[Made], Ask], made: Made) -> None:
    """A clusterer is asked for by the name that it is shown under."""
    rows = ask_of(made)("silhouette_points", clusterer="spectral", space="umap")
    assert {(row["encoder"], row["reducer"]) for row in rows} == {
        (encoder, slots["spectral"][0]) for encoder, slots in RECIPES.items()
    }


def test_variants_of_a_cross_product_are_told_apart(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Where an encoder has two variants of a slot on one dataset, names count."""
    made.cell("dino", "air", "none", "spectral-nn50")
    rows = ask_of(made)("silhouette_points", space="umap")
    assert {row["clusterer"] for row in rows} == {
        "kmeans",
        "spectral",
        "spectral-nn10",
        "spectral-nn50",
    }


def test_each_grid_and_dataset_is_judged_by_itself(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """A cross product elsewhere leaves the study of a grid or a dataset as it is."""
    cells = in_study(made, "cars")
    made.grid("study", cells)
    made.cell("dino", "cars", "none", "spectral-nn50")
    ask = ask_of(made)
    by_slot = {"kmeans", "spectral"}
    of_grid = ask("clusterer_ranks", grid="study")
    assert {row["clusterer"] for row in of_grid} == by_slot
    of_dataset = ask("clusterer_ranks", dataset="air")
    assert {row["clusterer"] for row in of_dataset} == by_slot
    crossed = ask("clusterer_ranks", dataset="cars")
    assert {row["clusterer"] for row in crossed} > by_slot
