"""A study varies the clusterer of a recipe, and needs recipes from other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declare import Clusterer, Grid

STUDY = """
name = "g"
[[study]]
datasets = "digits"
encoders = ["pixels", "resnet18_random"]
recipes = "mine"
slots = "SLOT"
vary = { VARY }
[recipe.mine.encoder.pixels]
hdbscan = { reducer = "none", clusterer = "hdbscan" }
ac-known = { reducer = "pca-50", clusterer = "ac-known-average-cosine" }
kmeans = { reducer = "none", clusterer = "twelve" }
[recipe.mine.encoder."*"]
hdbscan = { reducer = "umap-50", clusterer = "hdbscan-l1" }
ac-known = { reducer = "umap-50", clusterer = "ac-known" }
kmeans = { reducer = "none", clusterer = "twelve" }
[clusterer.twelve]
kind = "kmeans"
k = 12
slot = "kmeans"
"""


def read(write_toml: Callable[[str], Path], vary: str, slot: str = "hdbscan") -> Grid:
    path = write_toml(STUDY.replace("VARY", vary).replace("SLOT", slot))
    (grid,), _ = read_grids([str(path)])
    return grid


def of(grid: Grid, encoder: str) -> list[tuple[str, Clusterer]]:
    return [
        (cell.reducer.name, cell.clusterer)
        for cell in grid.cells
        if cell.encoder.name == encoder
    ]


def test_values_are_tried_in_all_combinations(
    write_toml: Callable[[str], Path],
) -> None:
    """The reducer is the recipe's; the catalog's names are kept where it has some."""
    vary = 'metric = ["euclidean", "l1"], cluster_selection_method = ["eom", "leaf"]'
    grid = read(write_toml, vary)
    names = [
        "hdbscan",
        "hdbscan:cluster_selection_method=leaf",
        "hdbscan-l1",
        "hdbscan:cluster_selection_method=leaf+metric=l1",
    ]
    assert [(r, c.name) for r, c in of(grid, "pixels")] == [("none", n) for n in names]
    assert [(r, c.name) for r, c in of(grid, "resnet18_random")] == [
        ("umap-50", name) for name in names
    ]
    last = of(grid, "pixels")[-1][1]
    assert (last.params["metric"], last.params["cluster_selection_method"]) == (
        "l1",
        "leaf",
    )
    assert last.title == "HDBSCAN, cluster selection method leaf, metric l1"


def test_variants_of_several_encoders_are_one(
    write_toml: Callable[[str], Path],
) -> None:
    """What differs in the recipes and is varied makes no second clusterer."""
    grid = read(write_toml, 'metric = "chebyshev", min_samples = 3')
    (_, one), (_, other) = of(grid, "pixels") + of(grid, "resnet18_random")
    assert one is other
    assert one.name == "hdbscan:min_samples=3+metric=chebyshev"


def test_another_slot_starts_from_what_was_selected(
    write_toml: Callable[[str], Path],
) -> None:
    """AC without K keeps linkage and metric of AC with K, each encoder its own."""
    vary = (
        'slot = "ac-unknown", distance_threshold = [0.71, 10, 0.5], '
        'standardise = "average-zscore", dimension_correction = true'
    )
    grid = read(write_toml, vary, "ac-known")
    assert [c.name for _, c in of(grid, "pixels")] == [
        "ac-unknown-average-cosine-0.71",
        "ac-unknown:linkage=average+metric=cosine+distance_threshold=10",
        "ac-unknown:linkage=average+metric=cosine+distance_threshold=0.5",
    ]
    assert [c.name for _, c in of(grid, "resnet18_random")] == [
        "ac-unknown:distance_threshold=0.71",
        "ac-unknown-ward-10",
        "ac-unknown:distance_threshold=0.5",
    ]
    for _, clusterer in of(grid, "pixels"):
        assert (clusterer.slot, clusterer.k_source) == ("ac-unknown", "estimated")


def test_a_given_number_of_clusters_stays(write_toml: Callable[[str], Path]) -> None:
    """What is not varied is as the recipe's clusterer has it."""
    ((_, clusterer),) = of(read(write_toml, "n_init = 3", "kmeans"), "pixels")
    assert (clusterer.k, clusterer.params["n_init"]) == (12, 3)
    assert clusterer.name == "kmeans:n_init=3+k=12"


@pytest.mark.parametrize(
    ("vary", "fault"),
    [
        ("metric = []", "vary.metric: is empty: nothing would be run"),
        ('kind = "kmeans"', "vary.kind: cannot vary: declare another clusterer"),
        ('title = ["a", "b"]', "vary.title: cannot vary: declare another clusterer"),
        ('metrik = "l1"', "vary.metrik: unknown key; did you mean 'metric'?"),
        ('metric = ["l1", "l3"]', "vary.metric: must be one of euclidean, "),
        ("min_cluster_size = 1", "vary.min_cluster_size: must be at least 2, not 1"),
        ("k = 3", "vary.k: this method finds K itself; drop the key"),
    ],
)
def test_a_fault_is_told_once_for_all_encoders(
    write_toml: Callable[[str], Path], vary: str, fault: str
) -> None:
    """A wrong key or value is told where it stands, however often it is tried."""
    with pytest.raises(ConfigError) as error:
        read(write_toml, vary)
    assert f"mine.toml: study[0].{fault}" in unnumbered(error.value)
    assert str(error.value).count("study[0]") == 1


def test_a_clusterer_of_another_slot_does_not_stand_for_a_variant(
    write_toml: Callable[[str], Path],
) -> None:
    """A winner has to fit the slot of its recipe, whatever else does the same."""
    text = STUDY.replace("VARY", "min_samples = 3").replace("SLOT", "hdbscan")
    text += '[clusterer.mine]\nkind = "hdbscan"\nmin_samples = 3\nslot = "own"\n'
    (grid,), _ = read_grids([str(write_toml(text))])
    ((_, clusterer),) = of(grid, "pixels")
    assert (clusterer.name, clusterer.slot) == ("hdbscan:min_samples=3", "hdbscan")


def test_a_name_can_be_taken(write_toml: Callable[[str], Path]) -> None:
    """A variant does not take the name of a clusterer that does something else."""
    text = STUDY.replace("VARY", "min_samples = 3").replace("SLOT", "hdbscan")
    text += '[clusterer."hdbscan:min_samples=3"]\nkind = "hdbscan"\nslot = "hdbscan"\n'
    with pytest.raises(ConfigError, match=r"study\[0\].vary: needs the name"):
        read_grids([str(write_toml(text))])


def test_combinations_count_towards_the_limit(
    write_toml: Callable[[str], Path],
) -> None:
    """Too many cells are refused before any is made."""
    values = ", ".join(map(str, range(2, 400)))
    vary = f"min_cluster_size = [{values}], min_samples = [{values}]"
    with pytest.raises(ConfigError, match="1 x 2 x 158,404 x 1 = 316,808 cells"):
        read(write_toml, vary)


def test_a_needed_recipe_is_asked_for_once(
    write_toml: Callable[[str], Path], tmp_path: Path
) -> None:
    """A grid says how to write the file that declares its recipe."""
    path = write_toml(
        'name = "g"\nneeds = { later = "run this" }\n[[study]]\ndatasets = "digits"\n'
        'encoders = "pixels"\nrecipes = "later"\n'
    )
    with pytest.raises(ConfigError) as error:
        read_grids([str(path)])
    assert unnumbered(error.value).removeprefix(str(path)) == (
        ": needs.later: the recipe 'later' is not declared; a file given with "
        "--catalog has to. To write it: run this"
    )
    own = tmp_path / "own.toml"
    step = 'kmeans = { reducer = "none", clusterer = "kmeans" }'
    own.write_text(f'[recipe.later.encoder."*"]\n{step}\n', encoding="utf-8")
    (grid,), _ = read_grids([str(path)], [own])
    assert len(grid.cells) == 1


def test_how_to_write_a_needed_recipe_is_a_string(
    write_toml: Callable[[str], Path],
) -> None:
    """A wrong type is a fault of its key, and the recipe is not missing as well."""
    text = STUDY.replace("vary = { VARY }", "").replace("SLOT", "hdbscan")
    path = write_toml(text.replace("[[study]]", "needs = { mine = 1 }\n[[study]]", 1))
    with pytest.raises(ConfigError, match=r"needs\.mine: must be a string"):
        read_grids([str(path)])
