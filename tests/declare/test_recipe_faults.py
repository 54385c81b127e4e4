from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = """
[recipe.r.encoder.pixels]
kmeans = { reducer = "none", clusterer = "kmeans" }
[[recipe.r.exception]]
datasets = ["digits"]
clusterers = { hdbscan = "hdbscan-min2" }
"""
STUDY = """
name = "g"
[[study]]
datasets = "digits"
encoders = "pixels"
recipes = "r"
"""
LINE = '{ reducer = "none", clusterer = "kmeans" }'

FAULTS = {
    "no rows": ("[recipe.r]\n", "recipe.r", "the key 'encoder' is missing"),
    "unknown key": (
        RECIPE + '[recipe.r.exeption]\na = "b"\n',
        "recipe.r.exeption",
        "did you mean 'exception'?",
    ),
    "row that is not a table": (
        '[recipe.r.encoder]\npixels = "kmeans"\n',
        "recipe.r.encoder.pixels",
        "must hold lines SLOT = { reducer",
    ),
    "step that is not a table": (
        RECIPE.replace(LINE, '"kmeans"'),
        "recipe.r.encoder.pixels.kmeans",
        "must be { reducer",
    ),
    "row without a line": (
        "[recipe.r.encoder.pixels]\n",
        "recipe.r.encoder.pixels",
        "must hold lines SLOT = {",
    ),
    "step without a clusterer": (
        RECIPE.replace(', clusterer = "kmeans"', ""),
        "recipe.r.encoder.pixels.kmeans",
        "the key 'clusterer' is missing",
    ),
    "unknown key of a step": (
        RECIPE.replace("reducer =", 'redcer = "none", reducer ='),
        "recipe.r.encoder.pixels.kmeans.redcer",
        "did you mean 'reducer'?",
    ),
    "unknown reducer": (
        RECIPE.replace('"none"', '"umap50"'),
        "recipe.r.encoder.pixels.kmeans.reducer",
        "no reducer 'umap50'; did you mean 'umap-50'?",
    ),
    "unknown clusterer": (
        RECIPE.replace('"kmeans"', '"kmean"'),
        "recipe.r.encoder.pixels.kmeans.clusterer",
        "no clusterer 'kmean'; did you mean 'kmeans'?",
    ),
    "clusterer of another slot": (
        RECIPE.replace("kmeans = {", "hdbscan = {"),
        "recipe.r.encoder.pixels.hdbscan.clusterer",
        "'kmeans' takes the slot 'kmeans', not 'hdbscan'; of that: hdbscan, ",
    ),
    "slot of no clusterer": (
        RECIPE.replace("kmeans = {", "kmean = {"),
        "recipe.r.encoder.pixels.kmean.clusterer",
        "not 'kmean'; no clusterer does",
    ),
    "exception for nothing": (
        RECIPE.replace('datasets = ["digits"]\n', ""),
        "recipe.r.exception[0]",
        "the key 'datasets' is missing",
    ),
    "exchange of unknown for known": (
        RECIPE.replace("{ hdbscan =", "{ hdbscn ="),
        "recipe.r.exception[0].clusterers.hdbscn",
        "did you mean 'hdbscan'?",
    ),
    "exchange of known for unknown": (
        RECIPE.replace('"hdbscan-min2"', '"hdbscan-min-2"'),
        "recipe.r.exception[0].clusterers.hdbscan",
        "did you mean 'hdbscan-min2'?",
    ),
    "exchange across slots": (
        RECIPE.replace('"hdbscan-min2"', '"affinity"'),
        "recipe.r.exception[0].clusterers.hdbscan",
        "'affinity' takes the slot 'affinity', not 'hdbscan'",
    ),
    "exchange for no text": (
        RECIPE.replace('"hdbscan-min2"', "2"),
        "recipe.r.exception[0].clusterers.hdbscan",
        "must be a string, not a whole number (2)",
    ),
}

STUDY_FAULTS = {
    "unknown recipe": (
        STUDY.replace('"r"', '"defalt"'),
        "study[0].recipes",
        "no recipe 'defalt'; did you mean 'default'?",
    ),
    "encoder without a row": (
        STUDY.replace('"pixels"', '"resnet18_random"'),
        "study[0].encoders",
        "the encoder 'resnet18_random' follows the row 'resnet18_random', which the "
        "recipe 'r' lacks",
    ),
    "how to mend it": (
        STUDY.replace('"pixels"', '"resnet18_random"'),
        "study[0].encoders",
        'add "default" to recipes',
    ),
    "row of nearly that name": (
        STUDY.replace('"pixels"', '"e"')
        + '[encoder.e]\nrecipe = "pixel"\nimage_size = 8\n'
        'loader = { kind = "pixels" }\n',
        "study[0].encoders",
        "did you mean 'pixels'?",
    ),
    "unknown slot": (
        STUDY + 'slots = ["kmean"]\n',
        "study[0].slots",
        "the row of 'pixels' in the recipe 'r' has no slot 'kmean'; did you mean "
        "'kmeans'?",
    ),
    "key of a cross": (
        STUDY + 'clusterers = "kmeans"\n',
        "study[0].clusterers",
        "unknown key",
    ),
    "recipes missing": (
        STUDY.replace('recipes = "r"\n', ""),
        "study[0]",
        "the key 'recipes' is missing",
    ),
    "no recipe": (
        STUDY.replace('"r"', "[]"),
        "study[0].recipes",
        "is empty: nothing would be run; name one or more recipes",
    ),
    "no dataset": (
        STUDY.replace('"digits"', "[]"),
        "study[0].datasets",
        "is empty: nothing would be run; name one or more datasets",
    ),
    "no encoder": (
        STUDY.replace('"pixels"', "[]"),
        "study[0].encoders",
        "is empty: nothing would be run; name one or more encoders",
    ),
    "no slot": (
        STUDY + "slots = []\n",
        "study[0].slots",
        "must name a slot; leave the key out for all of the row",
    ),
    "bad seed": (
        STUDY + "seeds = []\n",
        "study[0].seeds",
        "is empty: nothing would be run",
    ),
}


@pytest.mark.parametrize(("text", "key", "remedy"), FAULTS.values(), ids=FAULTS)
def test_recipe_fault_names_file_key_and_remedy(
    write_toml: Callable[[str], Path], text: str, key: str, remedy: str
) -> None:
    """A faulty recipe is refused with file, key and what to do."""
    path = write_toml(text)
    with pytest.raises(ConfigError) as caught:
        read_catalog([path])
    assert unnumbered(caught.value).startswith(f"{path}: {key}: ")
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "remedy"), STUDY_FAULTS.values(), ids=STUDY_FAULTS
)
def test_study_fault_names_file_key_and_remedy(
    write_toml: Callable[[str], Path], text: str, key: str, remedy: str
) -> None:
    """A study that cannot be followed is refused with file, key and what to do."""
    path = write_toml(text + RECIPE)
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    assert unnumbered(caught.value).startswith(f"{path}: {key}: ")
    assert remedy in str(caught.value)


def test_all_faults_of_a_recipe_are_told_at_once(
    write_toml: Callable[[str], Path],
) -> None:
    """Every wrong name of a recipe is listed, not the first alone."""
    text = RECIPE.replace('"none"', '"umap50"').replace('"kmeans"', '"kmean"')
    with pytest.raises(ConfigError, match="2 faults") as caught:
        read_catalog([write_toml(text)])
    assert "'umap-50'" in caught.value.what
    assert "'kmeans'" in caught.value.what
