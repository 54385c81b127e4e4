"""The shipped search could have selected what the study did."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.declare import DeclaredCell

STEPS = 20 * 6
"""Encoders and slots of the study."""


@pytest.fixture
def selected(tmp_path: Path) -> Path:
    """Return a file with the recipe of the study under the name that the search has."""
    text = (data_folder("ingest") / "catalog" / "recipes.toml").read_text("utf-8")
    table = r"^\[recipe\.study-v5\.encoder\.[^]]*\]$[^[]*"
    tables = re.findall(table, text, flags=re.MULTILINE)
    file = tmp_path / "selected.toml"
    file.write_text("".join(tables).replace("study-v5", "search"), encoding="utf-8")
    return file


def of(grid: str, *files: Path) -> tuple[DeclaredCell, ...]:
    (read,), _ = read_grids([grid], files)
    return read.cells


def test_every_selected_setting_is_a_candidate(selected: Path) -> None:
    """Reducers in the first grid, settings in the others, for each of 20 encoders."""
    catalog = read_catalog()
    recipe = catalog.recipes["study-v5"]
    tried = {(c.encoder.name, c.reducer.name, c.clusterer.slot) for c in of("search")}
    lines = {
        (cell.encoder.name, cell.reducer.name, cell.clusterer.name)
        for grid in ("search-2", "search-3")
        for cell in of(grid, selected)
    }
    steps = 0
    for encoder in catalog.encoders.values():
        row = recipe.row(encoder) if "study" in encoder.tags else None
        for slot, step in (row or {}).items():
            # AC without K has the reducer of AC with it
            first = "ac-known" if slot == "ac-unknown" else slot
            assert (encoder.name, step.reducer, first) in tried
            assert (encoder.name, step.reducer, step.clusterer) in lines
            steps += 1
    assert steps == STEPS


def test_datasets_weights_and_seed_are_those_of_the_study(selected: Path) -> None:
    """Spectral clustering and affinity propagation skip ImageNet; the seed is 100."""
    small = {"imagenette_validation", "imagewoof_validation"}
    for cells in (of("search"), of("search-2", selected), of("search-3", selected)):
        for slot in {cell.clusterer.slot for cell in cells}:
            names = {c.dataset.name for c in cells if c.clusterer.slot == slot}
            skips = slot in ("spectral", "affinity")
            assert names == (small if skips else small | {"imagenet_validation"})
        assert {cell.seed for cell in cells} == {100}


def test_the_first_grid_tries_every_reducer() -> None:
    """Dimensions and shares of variance of the study, PaCMAP for one clusterer."""
    sizes = (2, 5, 10, 20, 50, 100, 200, 500)
    shares = ("0.70", "0.75", "0.80", "0.85", "0.90", "0.95", "0.98", "0.99")
    known = {"none", "zscore", *(f"pca-{s}" for s in (*sizes, *shares))}
    known |= {f"umap-{size}" for size in sizes}
    cells = of("search")
    for slot in ("kmeans", "ac-known", "hdbscan", "spectral", "affinity"):
        names = {cell.reducer.name for cell in cells if cell.clusterer.slot == slot}
        assert names == (known | {"pacmap-50"} if slot == "affinity" else known)
    assert len(cells) == 20 * (26 * (3 * 3 + 2 * 2) + 2)
