"""The table of hyper-parameters (A23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Return a recipe of two slots, one of which has an exception for a dataset."""
    made = Made()
    made.encoder("vit", backbone="ViT-B/16")
    made.encoder("rn", backbone="ResNet-50")
    made.reducer("umap-50", params={"n_components": 50})
    made.clusterer("kmeans", params={"n_init": 1})
    made.clusterer("hdbscan", params={"min_cluster_size": 5}, k_source="estimated")
    made.clusterer("hdbscan-min2", "hdbscan", params={"min_cluster_size": 2})
    for dataset in ("x", "y", "z"):
        made.dataset(dataset, ["a", "b"])
        for seed in (1, 2):
            made.cell("vit", dataset, "umap-50", "kmeans", seed)
            hdbscan = "hdbscan-min2" if dataset == "z" else "hdbscan"
            made.cell("vit", dataset, "umap-50", hdbscan, seed)
    made.grid("mine", [made.cell("rn", "x", "umap-50", "kmeans")])
    return made


def test_each_recipe_has_a_row_with_its_parameters(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Datasets and seeds make no rows; an exception does, and says for how many."""
    rows = ask_of(made)("hyperparameters", encoders=["vit"])
    assert [
        (
            row["slot"],
            row["clusterer"],
            row["clusterer_params"],
            row["k_source"],
            row["n_datasets"],
            row["n_datasets_total"],
        )
        for row in rows
    ] == [
        ("hdbscan", "hdbscan", '{"min_cluster_size": 5}', "estimated", 2, 3),
        ("hdbscan", "hdbscan-min2", '{"min_cluster_size": 2}', "labels", 1, 3),
        ("kmeans", "kmeans", '{"n_init": 1}', "labels", 3, 3),
    ]
    assert {(row["reducer"], row["reducer_params"]) for row in rows} == {
        ("umap-50", '{"n_components": 50}')
    }
    assert {row["backbone"] for row in rows} == {"ViT-B/16"}


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({}, 4),
        ({"grid": "mine"}, 1),
        ({"slots": ["hdbscan"]}, 2),
        ({"datasets": ["z"]}, 2),
        ({"encoders": ["rn"]}, 1),
    ],
)
def test_filters(
    ask_of: Callable[[Made], Ask], made: Made, params: dict[str, Any], n: int
) -> None:
    """Each leaves the rows that it names."""
    assert len(ask_of(made)("hyperparameters", **params)) == n
