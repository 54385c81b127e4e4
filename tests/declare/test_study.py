from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.declare import read_grids

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declare import Grid

STUDY = """
name = "g"
seeds = [1]
scores = ["ami"]
[[study]]
datasets = ["digits", "faces"]
encoders = ["pixels", "resnet18_random"]
recipes = ["mine", "default"]
[recipe.mine.encoder.pixels]
kmeans = { reducer = "none", clusterer = "kmeans" }
hdbscan = { reducer = "umap-50", clusterer = "hdbscan" }
[[recipe.mine.exception]]
datasets = ["@tiny"]
clusterers = { hdbscan = "hdbscan-min2" }
[dataset.faces]
loader = { kind = "folder", path = "faces" }
tags = ["tiny"]
"""


def read(write_toml: Callable[[str], Path], text: str) -> Grid:
    (grid,), _ = read_grids([str(write_toml(text))])
    return grid


def steps(grid: Grid, dataset: str, encoder: str) -> list[tuple[str, str]]:
    return [
        (cell.reducer.name, cell.clusterer.name)
        for cell in grid.cells
        if (cell.dataset.name, cell.encoder.name) == (dataset, encoder)
    ]


def test_each_encoder_follows_its_row(write_toml: Callable[[str], Path]) -> None:
    """The reducer and the clusterer of a cell are those of the encoder's row."""
    assert steps(read(write_toml, STUDY), "digits", "pixels") == [
        ("none", "kmeans"),
        ("umap-50", "hdbscan"),
    ]


def test_first_recipe_with_a_row_counts(write_toml: Callable[[str], Path]) -> None:
    """An encoder without a row in the first recipe follows the next one, alone."""
    grid = read(write_toml, STUDY)
    assert len(steps(grid, "digits", "resnet18_random")) == 6
    assert len(steps(grid, "digits", "pixels")) == 2


def test_an_exception_is_for_its_datasets(write_toml: Callable[[str], Path]) -> None:
    """A tag selects the datasets of an exception, which exchanges a clusterer."""
    assert steps(read(write_toml, STUDY), "faces", "pixels") == [
        ("none", "kmeans"),
        ("umap-50", "hdbscan-min2"),
    ]


def test_slots_select_of_a_row(write_toml: Callable[[str], Path]) -> None:
    """Only the named slots are run, a single one may be written as a text."""
    text = STUDY.replace("recipes =", 'slots = "hdbscan"\nrecipes =')
    assert steps(read(write_toml, text), "digits", "pixels") == [("umap-50", "hdbscan")]


def test_an_encoder_can_follow_the_row_of_another(
    write_toml: Callable[[str], Path],
) -> None:
    """A declared recipe stands for the name of the encoder."""
    text = STUDY.replace('"resnet18_random"', '"e"') + (
        '[encoder.e]\nrecipe = "pixels"\nimage_size = 8\nloader = { kind = "pixels" }\n'
    )
    grid = read(write_toml, text)
    assert steps(grid, "digits", "e") == steps(grid, "digits", "pixels")


def test_seeds_and_level_of_a_study_go_before_those_of_the_grid(
    write_toml: Callable[[str], Path],
) -> None:
    """A study has seeds and a label level of its own, as a cross has."""
    text = STUDY.replace("recipes =", 'seeds = [5, 6]\nlevel = "genus"\nrecipes =')
    grid = read(write_toml, text)
    assert {(c.seed, c.level) for c in grid.cells} == {(5, "genus"), (6, "genus")}


def test_a_cell_of_a_cross_and_of_a_study_is_one(
    write_toml: Callable[[str], Path],
) -> None:
    """Tables of both kinds are united, and a cell that both declare stands once."""
    cross = (
        '[[cross]]\ndatasets = "digits"\nencoders = "pixels"\n'
        'reducers = ["none", "pca-50"]\nclusterers = "kmeans"\n'
    )
    alone = len(read(write_toml, STUDY).cells)
    assert len(read(write_toml, STUDY + cross).cells) == alone + 1
