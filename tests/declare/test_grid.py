from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import needed, read_catalog, read_grids, shipped_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """
name = "g"
seeds = [0, 1]
scores = ["ami", "silhouette_umap"]
[[cross]]
datasets = "digits"
encoders = ["pixels"]
reducers = ["none", "@none-twice"]
clusterers = ["kmeans", "hdbscan"]
[[cross]]
datasets = "digits"
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
seeds = [1]
[reducer.again]
kind = "none"
zscore = true
tags = ["none-twice"]
"""


def test_cross_product_holds_every_cell_once(
    write_toml: Callable[[str], Path],
) -> None:
    """Crosses are united; a cell that two of them declare is one cell."""
    (grid,), _ = read_grids([str(write_toml(GRID))])
    named = {(c.reducer.name, c.clusterer.name, c.seed) for c in grid.cells}
    assert len(grid.cells) == len(named) == 2 * 2 * 2
    assert {name for name, _, _ in named} == {"none", "again"}


def test_a_grid_brings_the_reducers_of_its_umap_scores(
    write_toml: Callable[[str], Path],
) -> None:
    """The UMAP space of a score is resolved when the grid is read."""
    (grid,), _ = read_grids([str(write_toml(GRID))])
    assert list(grid.umap_reducers) == ["umap-50"]


@pytest.mark.parametrize("axis", ["datasets", "encoders", "reducers", "clusterers"])
def test_a_cross_of_nothing_is_a_fault(
    write_toml: Callable[[str], Path], axis: str
) -> None:
    """An axis without a name would give no cell, and no word about it."""
    path = write_toml(re.sub(f"{axis} = .*", f"{axis} = []", GRID, count=1))
    with pytest.raises(
        ConfigError, match=f"is empty.*; name one or more {axis}"
    ) as caught:
        read_grids([str(path)])
    assert unnumbered(caught.value.where) == f"{path}: cross[0].{axis}"


def test_defaults_are_part_of_the_identity(write_toml: Callable[[str], Path]) -> None:
    """A parameter left out and the same parameter spelt out are one reducer."""
    short = '[reducer.a]\nkind = "umap"\n[reducer.b]\nkind = "umap"\nmin_dist = 0.0\n'
    catalog = read_catalog([write_toml(short)])
    assert catalog.reducers["a"].key == catalog.reducers["b"].key


def test_whole_numbers_mean_the_same_as_floats(
    write_toml: Callable[[str], Path],
) -> None:
    """1 and 1.0 are one value where a number is asked for."""
    text = "".join(
        f'[reducer.{name}]\nkind = "umap"\nmin_dist = {value}\n'
        for name, value in (("a", "0"), ("b", "0.0"))
    )
    catalog = read_catalog([write_toml(text)])
    assert catalog.reducers["a"].key == catalog.reducers["b"].key


def test_paths_never_enter_the_identity(tmp_path: Path) -> None:
    """The same encoder declared in two folders is one encoder."""
    text = '[encoder.e]\nloader = { kind = "embeddings", path = "PATH" }\n'
    keys = set()
    for name in ("one", "two"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text.replace("PATH", f"{name}.npy"), encoding="utf-8")
        keys.add(read_catalog([path]).encoders["e"].key)
    assert len(keys) == 1


@pytest.mark.parametrize("name", shipped_grids())
def test_shipped_grids_are_sound(name: str) -> None:
    """Every grid that comes with the package can be read, unless it needs a recipe."""
    if needed(shipped_grids()[name]):
        with pytest.raises(ConfigError, match=r"^[^\n]*: needs\.[^\n]*$"):
            read_grids([name])
    else:
        (grid,), _ = read_grids([name])
        assert grid.cells


def test_quickstart_is_large_enough_to_show_something() -> None:
    """The quick start has three encoders, four reducers and six clusterers."""
    (grid,), _ = read_grids(["quickstart"])
    assert len(grid.cells) >= 72
