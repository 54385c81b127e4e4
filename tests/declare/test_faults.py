from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = """
name = "g"
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""

PIXELS = '[encoder.e]\nimage_size = 8\nloader = { kind = "pixels" }\n'

FAULTS = {
    "unknown table": ("[encodr.x]\n", "encodr", "did you mean 'encoder'?"),
    "unknown key": (
        '[reducer.r]\nkind = "umap"\nn_component = 5\n',
        "reducer.r.n_component",
        "did you mean 'n_components'?",
    ),
    "unknown kind": (
        '[clusterer.c]\nkind = "kmean"\n',
        "clusterer.c.kind",
        "did you mean 'kmeans'?",
    ),
    "kind missing": ("[clusterer.c]\n", "clusterer.c", "the key 'kind' is missing"),
    "wrong type": (
        '[reducer.r]\nkind = "umap"\nn_components = "5"\n',
        "reducer.r.n_components",
        "must be a whole number, not a string ('5')",
    ),
    "bool is not a number": (
        '[reducer.r]\nkind = "umap"\nn_components = true\n',
        "reducer.r.n_components",
        "must be a whole number, not true or false",
    ),
    "out of range": (
        '[reducer.r]\nkind = "pca"\nvariance = 1.5\n',
        "reducer.r.variance",
        "must be at most 1, not 1.5",
    ),
    "nan": (
        '[reducer.r]\nkind = "pca"\nvariance = nan\n',
        "reducer.r.variance",
        "must be a finite number, not nan",
    ),
    "unknown choice": (
        '[encoder.e]\nfamily = "sll"\nimage_size = 8\nloader = { kind = "pixels" }\n',
        "encoder.e.family",
        "did you mean 'ssl'?",
    ),
    "loader missing": (
        "[dataset.d]\n",
        "dataset.d",
        "the key 'loader' is missing",
    ),
    "loader kind unknown": (
        '[dataset.d]\nloader = { kind = "foldr", path = "x" }\n',
        "dataset.d.loader.kind",
        "did you mean 'folder'?",
    ),
    "loader key missing": (
        '[dataset.d]\nloader = { kind = "folder" }\n',
        "dataset.d.loader",
        "the key 'path' is missing",
    ),
    "image size missing": (
        '[encoder.e]\nloader = { kind = "pixels" }\n',
        "encoder.e",
        "the key 'image_size' is missing",
    ),
    "double name": (
        '[encoder.pixels]\nimage_size = 8\nloader = { kind = "pixels" }\n',
        "encoder.pixels",
        "the name is taken by",
    ),
    "name like a tag": (
        '[reducer."@r"]\nkind = "none"\n',
        'reducer."@r"',
        "a name must not be empty or hold '@'",
    ),
    "name like a version": (
        '[reducer."r@1"]\nkind = "none"\n',
        'reducer."r@1"',
        "NAME@1 stands for what a name meant before",
    ),
    "name that is a path": (
        '[reducer."a/r"]\nkind = "none"\n',
        'reducer."a/r"',
        "a slash",
    ),
    "name of nothing": (
        '[reducer.""]\nkind = "none"\n',
        'reducer.""',
        "must not be empty",
    ),
    "k for a method that finds it": (
        '[clusterer.c]\nkind = "hdbscan"\nk = 3\n',
        "clusterer.c.k",
        "this method finds K itself; drop the key",
    ),
    "k is not a number": (
        '[clusterer.c]\nkind = "kmeans"\nk = "many"\n',
        "clusterer.c.k",
        'must be a whole number or "labels", not a string',
    ),
    "two ways to say one thing": (
        '[reducer.r]\nkind = "pca"\nvariance = 0.5\nn_components = 3\n',
        "reducer.r",
        "variance",
    ),
    "unknown metric": (
        '[score.s]\nmetric = "silhouete"\nspace = "reduced"\n',
        "score.s.metric",
        "did you mean 'silhouette'?",
    ),
    "umap space without its reducer": (
        '[score.s]\nmetric = "silhouette"\nspace = "umap"\n',
        "score.s.reducer",
        "goes with the space umap",
    ),
    "unknown reducer of a score": (
        '[score.s]\nmetric = "silhouette"\nspace = "umap"\nreducer = "umap50"\n',
        "score.s.reducer",
        "did you mean 'umap-50'?",
    ),
    "a time in a table": (
        '[encoder.e]\nimage_size = 8\nloader = { kind = "random", name = "resnet18", '
        "options = { a = 2024-01-01 } }\n",
        "encoder.e.loader.options",
        "can hold strings, finite numbers",
    ),
    "preprocessing of one that sees no image": (
        "[encoder.e]\nmean = [0.5, 0.5, 0.5]\n"
        'loader = { kind = "embeddings", path = "x.npy" }\n',
        "encoder.e.mean",
        "has no meaning here: 'embeddings' prepares no image",
    ),
    "own preprocessing of no checkpoint": (
        f'{PIXELS}preprocessing = "checkpoint"\n',
        "encoder.e.preprocessing",
        "'pixels' has none; declare mean",
    ),
    "the checkpoint's own and another": (
        '[encoder.e]\npreprocessing = "checkpoint"\ncrop_fraction = 0.9\n'
        'loader = { kind = "timm", name = "resnet18" }\n',
        "encoder.e.crop_fraction",
        "drop the key",
    ),
    "mean of two colours": (
        f"{PIXELS}mean = [0.5, 0.5]\n",
        "encoder.e.mean",
        "must be three numbers, of red, green and blue",
    ),
    "mean without end": (
        f"{PIXELS}mean = [0.5, 0.5, inf]\n",
        "encoder.e.mean",
        "must be a finite number, not inf",
    ),
    "deviation of nothing": (
        f"{PIXELS}std = [0.5, 0.0, 0.5]\n",
        "encoder.e.std",
        "must be above 0",
    ),
    "unknown interpolation": (
        f'{PIXELS}interpolation = "bicubik"\n',
        "encoder.e.interpolation",
        "did you mean 'bicubic'?",
    ),
    "crop of more than there is": (
        f"{PIXELS}crop_fraction = 1.5\n",
        "encoder.e.crop_fraction",
        "must be at most 1, not 1.5",
    ),
    "unknown train set": (
        '[dataset.d]\nloader = { kind = "digits" }\ntrain = "digit"\n',
        "dataset.d.train",
        "no dataset 'digit'; did you mean 'digits'?",
    ),
    "its own train set": (
        '[dataset.d]\nloader = { kind = "digits" }\ntrain = "d"\n',
        "dataset.d.train",
        "a dataset cannot supply its own references",
    ),
    "unknown key of a subset": (
        '[dataset.d]\nloader = { kind = "digits" }\nsubset = { n = 5, sed = 1 }\n',
        "dataset.d.subset.sed",
        "did you mean 'seed'?",
    ),
    "subset of unknown size": (
        '[dataset.d]\nloader = { kind = "digits" }\nsubset = { seed = 1 }\n',
        "dataset.d.subset",
        "declare either n, or test_fraction",
    ),
    "unknown kind of probe": (
        '[probe.p]\nkind = "knm"\n',
        "probe.p.kind",
        "did you mean 'knn'?",
    ),
    "unknown key of a probe": (
        '[probe.p]\nkind = "knn"\ntemprature = 0.1\n',
        "probe.p.temprature",
        "did you mean 'temperature'?",
    ),
    "slot that is not text": (
        '[clusterer.c]\nkind = "hdbscan"\nslot = 1\n',
        "clusterer.c.slot",
        "must be a string, not a whole number (1)",
    ),
    "tags are texts": (
        '[reducer.r]\nkind = "none"\ntags = [1]\n',
        "reducer.r.tags",
        "must be a list, each item a string",
    ),
}

GRID_FAULTS = {
    "settings behind a name": (
        GRID.replace('"kmeans"', '"hdbscan:min_cluster_size=9"'),
        "cross[0].clusterers",
        "no clusterer 'hdbscan:min_cluster_size=9': declare [clusterer.NAME] with",
    ),
    "name like no other": (
        GRID.replace("[[cross]]", 'scores = ["zzz"]\n[[cross]]'),
        "scores",
        "no score 'zzz'; `zscwh catalog scores` lists what there is",
    ),
    "no cells": ('name = "g"\n', "", "declares neither [[cross]] nor [[study]]"),
    "name missing": (
        GRID.replace('name = "g"', ""),
        "",
        "the key 'name' is missing",
    ),
    "grid named like a version": (
        GRID.replace('"g"', '"g@1"'),
        "name",
        "must not hold '@'",
    ),
    "unknown grid key": (
        GRID + "\nclusterer = 1\n",
        "cross[0].clusterer",
        "clusterers",
    ),
    "unknown encoder": (
        GRID.replace('"pixels"', '"pixel"'),
        "cross[0].encoders",
        "did you mean 'pixels'?",
    ),
    "unknown tag": (
        GRID.replace('"none"', '"@umaps"'),
        "cross[0].reducers",
        "did you mean 'umap'?",
    ),
    "axis missing": (
        GRID.replace('reducers = ["none"]', ""),
        "cross[0]",
        "the key 'reducers' is missing",
    ),
    "bad seed": (
        "seeds = [-1]\n" + GRID,
        "seeds",
        "must be at least 0, not -1",
    ),
    "unknown score": (
        'scores = ["amy"]\n' + GRID,
        "scores",
        "did you mean 'ami'?",
    ),
    "unknown probe": (
        'probes = ["kn"]\n' + GRID,
        "probes",
        "did you mean 'knn'?",
    ),
    "map with too many dimensions": (
        'maps = ["umap-50"]\n' + GRID,
        "maps",
        "must have n_components = 2",
    ),
    "unknown dtype": (
        'dtype = "float16"\n' + GRID,
        "dtype",
        "must be one of float32, float64",
    ),
}


@pytest.mark.parametrize(("text", "key", "remedy"), FAULTS.values(), ids=FAULTS)
def test_catalog_fault_names_file_key_and_remedy(
    write_toml: Callable[[str], Path], text: str, key: str, remedy: str
) -> None:
    """A faulty catalog entry is refused with file, key and what to do."""
    path = write_toml(text)
    with pytest.raises(ConfigError) as caught:
        read_catalog([path])
    assert unnumbered(caught.value).startswith(f"{path}: {key}: ")
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "remedy"), GRID_FAULTS.values(), ids=GRID_FAULTS
)
def test_grid_fault_names_file_key_and_remedy(
    write_toml: Callable[[str], Path], text: str, key: str, remedy: str
) -> None:
    """A faulty grid is refused with file, key and what to do."""
    path = write_toml(text)
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    where = f"{path}: {key}" if key else str(path)
    assert unnumbered(caught.value).startswith(f"{where}: ")
    assert remedy in str(caught.value)


def test_all_faults_are_told_at_once(write_toml: Callable[[str], Path]) -> None:
    """One run of the checker lists every fault of a file."""
    path = write_toml(FAULTS["unknown key"][0] + FAULTS["kind missing"][0])
    with pytest.raises(ConfigError, match="2 faults") as caught:
        read_catalog([path])
    assert "n_component" in caught.value.what
    assert "'kind' is missing" in caught.value.what


def test_a_grid_is_read_on_after_a_fault_of_its_scores(
    write_toml: Callable[[str], Path],
) -> None:
    """A score whose reducer does not exist is a fault like any other in a grid too."""
    text = f'scores = ["s"]\n{GRID}{FAULTS["unknown reducer of a score"][0]}'
    with pytest.raises(ConfigError, match="did you mean 'umap-50'"):
        read_grids([str(write_toml(text))])


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"name = ", "is not valid TOML"), (b'name = "\xff"', "is not UTF-8 text")],
    ids=["syntax", "encoding"],
)
def test_unreadable_file_is_named(tmp_path: Path, content: bytes, fault: str) -> None:
    """A file that is no TOML is refused by its name."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=fault) as caught:
        read_grids([str(path)])
    assert caught.value.where == str(path)


def test_unknown_grid_offers_the_nearest_shipped_one() -> None:
    """A misspelt shipped grid is answered with the right name."""
    with pytest.raises(ConfigError, match="did you mean 'quickstart'") as caught:
        read_grids(["quikstart"])
    assert "Shipped grids: " in caught.value.hint
