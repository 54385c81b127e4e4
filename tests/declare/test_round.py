"""All faults of a file are told in one round, and none because of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """\
name = "a@b"                                    # name
dtype = "float16"                               # dtype
seeds = [-1]                                    # seeds
scores = ["amy", "unsound"]                     # scores
probes = "knn"                                  # probes
maps = ["pca-0.85"]                             # maps
weights = { vit = "x.pth", pixels = "y.pth" }   # weights.vit weights.pixels

[[cross]]
datasets = ["digit"]                            # cross[0].datasets
encoders = []                                   # cross[0].encoders
reducers = 3                                    # cross[0].reducers
clusterers = ["kmeans", "unsound"]
level = 1                                       # cross[0].level
sed = [0]                                       # cross[0].sed

[[cross]]                                       # cross[1]
datasets = ["digits"]
encoders = ["unsound", "pixel"]                 # cross[1].encoders
reducers = ["@umaps"]                           # cross[1].reducers
seeds = []                                      # cross[1].seeds

[[study]]
datasets = ["digits"]
encoders = ["pixels"]
recipes = ["study-v6"]                          # study[0].recipes
slots = []                                      # study[0].slots

[encoder.unsound]
family = "sll"                                  # encoder.unsound.family
mean = [1.0]                                    # encoder.unsound.mean
std = [1.0, 0.0, 1.0]                           # encoder.unsound.std
preprocessing = "study"                         # encoder.unsound.preprocessing
[encoder.unsound.loader]
kind = "embeddings"
path = 'a\tb'                                   # encoder.unsound.loader.path
aray = "x"                                      # encoder.unsound.loader.aray

[clusterer.unsound]
kind = "hdbscan"
k = 3                                           # clusterer.unsound.k
alpha = -1                                      # clusterer.unsound.alpha
slot = 1                                        # clusterer.unsound.slot

[score.unsound]
metric = "silhouete"                            # score.unsound.metric
space = "reduced"
subset = "al"                                   # score.unsound.subset
reducer = "umap-5"                              # score.unsound.reducer twice

[dataset.unsound]
loader = { kind = "foldr", path = 1 }           # dataset.unsound.loader.kind
expected = { n = 0 }                            # dataset.unsound.expected.n
subset = { sed = 1 }                            # dataset.unsound.subset dataset.unsound.subset.sed
train = "digit"                                 # dataset.unsound.train
tags = "x"                                      # dataset.unsound.tags

[reducer.unsound]
kind = "umapp"                                  # reducer.unsound.kind
title = 1                                       # reducer.unsound.title

[recipe.unsound]
titel = "x"                                     # recipe.unsound.titel
[recipe.unsound.encoder.pixels]
kmeans = { reducer = "umap-5", clusterer = "hdbscan" } # recipe.unsound.encoder.pixels.kmeans.reducer recipe.unsound.encoder.pixels.kmeans.clusterer
hdbscan = { reducer = 1, clusterer = "hdbscn" } # recipe.unsound.encoder.pixels.hdbscan.reducer recipe.unsound.encoder.pixels.hdbscan.clusterer
[[recipe.unsound.exception]]                    # recipe.unsound.exception[0]
clusterers = { hdbscn = "hdbscan", kmeans = 1 } # recipe.unsound.exception[0].clusterers.hdbscn recipe.unsound.exception[0].clusterers.kmeans
"""  # noqa: E501

FAULT = re.compile(r"\.toml(?::(\d+))?: ([^ ]+): ")


def _expected(text: str) -> list[tuple[int, str]]:
    """Return (line, key) of the faults that the comments of a file announce."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        keys = line.partition("# ")[2].split()
        if keys[1:] == ["twice"]:
            keys = [keys[0]] * 2
        found += [(number, key) for key in keys]
    return found


def _told(error: ConfigError) -> list[tuple[int, str]]:
    """Return (line, key) of the faults that an error lists."""
    matches = map(FAULT.search, error.what.splitlines()[1:])
    return [(int(match[1] or 0), match[2]) for match in matches if match]


def test_all_faults_of_a_grid_are_told_in_one_round(
    write_toml: Callable[[str], Path],
) -> None:
    """Of its own keys, its tables, its entries and the names in them."""
    with pytest.raises(ConfigError) as caught:
        read_grids([str(write_toml(GRID))])
    assert sorted(_told(caught.value)) == sorted(_expected(GRID))
    assert caught.value.what.startswith(f"{len(_expected(GRID))} faults")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[reducer.r]\nknd = 'umap'\n", "reducer.r"),
        (
            "[encoder.e]\nprepocessing = 'checkpoint'\n"
            "loader = { kind = 'timm', name = 'x' }\n",
            "encoder.e.prepocessing",
        ),
    ],
)
def test_a_misspelt_key_is_not_missing_as_well(
    write_toml: Callable[[str], Path], text: str, key: str
) -> None:
    """Who mends the one mends the other."""
    with pytest.raises(ConfigError) as caught:
        read_catalog([write_toml(text)])
    assert caught.value.where.endswith(f": {key}")
