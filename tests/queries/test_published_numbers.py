"""The study's published numbers beside those of a warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.made import Made
from tests.queries.tensors import approx, by

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.queries.conftest import Ask


@pytest.fixture
def made() -> Made:
    """Return a warehouse that can reduce and cluster."""
    made = Made()
    made.reducer("umap-50")
    for slot in ("kmeans", "ac-known"):
        made.clusterer(slot)
    return made


def test_sizes_are_those_of_the_datasets(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """Images, classes and balance at the target level, exact but for the balance."""
    made.encoder("resnet50", "supervised")
    made.dataset("in9original", [f"c{i % 9}" for i in range(4050)])
    made.dataset("mnist", ["a"] * 127 + ["b"] * 100)
    made.dataset("unpublished", ["a", "b"])
    for dataset in ("in9original", "mnist", "unpublished"):
        made.cell("resnet50", dataset, "umap-50", "kmeans")
    rows = by(ask_of(made)("published_numbers"), "dataset", "quantity")
    assert {
        place: (row["published"], row["ours"], row["is_within"])
        for place, row in rows.items()
    } == {
        ("in9original", "n_samples"): (4050, 4050, True),
        ("in9original", "n_classes"): (9, 9, True),
        ("in9original", "imbalance"): (1, 1, True),
        ("mnist", "n_samples"): (10000, 227, False),
        ("mnist", "n_classes"): (10, 2, False),
        ("mnist", "imbalance"): (1.27, 1.27, True),
    }
    assert rows["mnist", "n_samples"]["difference"] == -9773


def test_correlations_are_those_of_knn_vs_ami(
    ask_of: Callable[[Made], Ask], made: Made
) -> None:
    """By backbone, clusterer and number of neighbours, over the study's encoders."""
    made.dataset("d", ["a", "b"])
    scores = [(0.1, 0.2), (0.2, 0.1), (0.3, 0.4), (0.4, 0.3), (0.5, 0.9)]
    for place, (accuracy, ami) in enumerate(scores):
        made.encoder(f"e{place}", backbone="ResNet-50", fine_tuned=place == 4)
        for k in (10, 30):
            said = {"accuracy": accuracy}
            made.probe(f"e{place}", "d", "d", said, k=k, temperature=0.07)
        made.probe(f"e{place}", "d", "d", {"accuracy": 0.5}, k=10, temperature=0.1)
        made.run(made.cell(f"e{place}", "d", "umap-50", "kmeans"), {"ami": ami})
    ask = ask_of(made)
    (row,) = ask("published_numbers", quantity="rho_knn_ami")
    assert (row["backbone"], row["clusterer"], row["k"]) == ("ResNet-50", "kmeans", 10)
    assert (row["published"], row["ours"], row["n"]) == (0.48, approx(0.6), 4)
    assert (row["difference"], row["is_within"]) == (approx(0.12), False)
    (same,) = (
        other["rho"]
        for other in ask("knn_vs_ami", k=10)
        if not other["is_overall"] and other["temperature"] == 0.07
    )
    assert row["ours"] == approx(same)


@pytest.mark.parametrize(
    ("amis", "ours", "is_within"),
    [
        ((0.9, 0.8, 0.9), 0.875, True),
        ((0.9, 0.8, 0.8), 0.85, False),
        ((0.9, None, 0.9), None, None),
    ],
)
def test_validation_counts_imagenet_twice(
    ask_of: Callable[[Made], Ask],
    made: Made,
    amis: tuple[float | None, ...],
    ours: float | None,
    *,
    is_within: bool | None,
) -> None:
    """The weighted mean over all three sets, or nothing; other grids do not count."""
    made.encoder("resnet50", "supervised")
    cells = []
    for name, ami in zip(("imagenet", "imagenette", "imagewoof"), amis, strict=True):
        dataset = f"{name}_validation"
        made.dataset(dataset, ["a", "b"])
        cell = made.cell("resnet50", dataset, "umap-50", "ac-known", 100)
        made.run(cell, {"ami": ami})
        cells.append(cell)
    made.grid("validation", cells)
    for grid, wanted in (("validation", 1), ("another", 0)):
        given = {"quantity": "validation_ami", "validation_grid": grid}
        rows = ask_of(made)("published_numbers", **given)
        assert len(rows) == wanted
        for row in rows:
            assert row["published"] == 0.880867
            assert row["ours"] == approx(ours)
            assert row["is_within"] == is_within
            assert row["n"] == sum(ami is not None for ami in amis)


def test_only_what_differs(ask_of: Callable[[Made], Ask], made: Made) -> None:
    """What is not within the tolerance can be asked for alone."""
    made.encoder("resnet50", "supervised")
    made.dataset("mnist", ["a", "b"])
    made.cell("resnet50", "mnist", "umap-50", "kmeans")
    ask = ask_of(made)
    assert {row["quantity"] for row in ask("published_numbers", is_within=False)} == {
        "n_samples",
        "n_classes",
        "imbalance",
    }
    assert ask("published_numbers", is_within=True) == []
