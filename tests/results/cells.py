"""Made-up warehouses whose cells are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.queries.made import Made

if TYPE_CHECKING:
    from collections.abc import Mapping


def made_up() -> Made:
    """Declare an encoder, two datasets, two reducers and a clusterer."""
    made = Made()
    made.encoder("e")
    for name in ("d", "other"):
        made.dataset(name, ["x", "y"])
    for name in ("none", "umap"):
        made.reducer(name)
    made.clusterer("kmeans")
    return made


def add_cells(
    made: Made,
    scores: Mapping[int, float | None],
    *,
    dataset: str = "d",
    reducer: str = "none",
) -> list[str]:
    """Add one closed cell a seed, with its AMI."""
    cells: list[str] = []
    cells += [made.cell("e", dataset, reducer, "kmeans", seed=seed) for seed in scores]
    for cell, ami in zip(cells, scores.values(), strict=True):
        made.run(cell, {"ami": ami})
    return cells
