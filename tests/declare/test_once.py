"""A fault is reported once: what names a faulty entry is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declare.told import unnumbered
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CROSS = """
[[cross]]
datasets = ["{dataset}"]
encoders = ["{encoder}"]
reducers = ["{reducer}"]
clusterers = ["{clusterer}"]
"""
STUDY = '[[study]]\ndatasets = "digits"\nencoders = "pixels"\nrecipes = {}\n'
RECIPE = '[recipe.{}.encoder.{}]\nkmeans = {{ reducer = "{}", clusterer = "{}" }}\n'
UMAP = '[reducer.q]\nkind = "umap"\nn_components = 0\n'


def cross(**names: str) -> str:
    usual = {
        "dataset": "digits",
        "encoder": "pixels",
        "reducer": "none",
        "clusterer": "kmeans",
    }
    return CROSS.format(**{**usual, **names})


ONE = {
    "dataset": (
        cross(dataset="q") + '[dataset.q]\nloader = { kind = "digts" }\n',
        "dataset.q.loader.kind",
    ),
    "encoder": (
        cross(encoder="q") + '[encoder.q]\nloader = { kind = "pixels" }\n',
        "encoder.q",
    ),
    "reducer": (cross(reducer="q") + UMAP, "reducer.q.n_components"),
    "clusterer": (
        cross(clusterer="q") + '[clusterer.q]\nkind = "kmeans"\nk = 0\n',
        "clusterer.q.k",
    ),
    "tag": (
        cross(reducer="@mine") + UMAP + 'tags = ["mine"]\n',
        "reducer.q.n_components",
    ),
    "score": (
        'scores = ["q"]\n' + cross() + '[score.q]\nmetric = "amy"\n',
        "score.q.metric",
    ),
    "probe": ('probes = ["q"]\n' + cross() + "[probe.q]\n", "probe.q"),
    "map": ('maps = ["q"]\n' + cross() + UMAP, "reducer.q.n_components"),
    "not a table": (cross(reducer="q") + "[reducer]\nq = 1\n", "reducer.q"),
    "name with a slash": (
        cross(reducer="a/q") + '[reducer."a/q"]\nkind = "none"\n',
        'reducer."a/q"',
    ),
    "name with a dot": (
        cross(reducer="pca-0.5") + '[reducer.pca-0.5]\nkind = "pca"\n',
        "reducer.pca-0.5",
    ),
    "train set": (
        cross(dataset="d") + '[dataset.d]\nloader = { kind = "digits" }\ntrain = "q"\n'
        '[dataset.q]\nloader = { kind = "digts" }\n',
        "dataset.q.loader.kind",
    ),
    "unknown train set": (
        cross(dataset="d") + '[dataset.d]\nloader = { kind = "digits" }\ntrain = "q"\n',
        "dataset.d.train",
    ),
    "reducer of a score": (
        'scores = ["s"]\n' + cross() + UMAP + '[score.s]\nmetric = "silhouette"\n'
        'space = "umap"\nreducer = "q"\n',
        "reducer.q.n_components",
    ),
    "reducer of a recipe": (
        STUDY.format('"r"') + RECIPE.format("r", "pixels", "q", "kmeans") + UMAP,
        "reducer.q.n_components",
    ),
    "clusterer of a recipe": (
        STUDY.format('"r"')
        + RECIPE.format("r", "pixels", "none", "q")
        + "[clusterer.q]",
        "clusterer.q",
    ),
    "row of a recipe": (
        STUDY.format('["r", "s"]')
        + RECIPE.format("r", "pixels", "none", "q")
        + RECIPE.format("s", "other", "none", "kmeans"),
        "recipe.r.encoder.pixels.kmeans.clusterer",
    ),
}


@pytest.mark.parametrize(("text", "key"), ONE.values(), ids=ONE)
def test_what_names_a_faulty_entry_is_no_fault(
    write_toml: Callable[[str], Path], text: str, key: str
) -> None:
    """The grid, or the entry, that names it is right."""
    path = write_toml(f'name = "g"\n{text}')
    with pytest.raises(ConfigError) as caught:
        read_grids([str(path)])
    assert unnumbered(caught.value).startswith(f"{path}: {key}: ")


def test_what_names_an_entry_of_an_unknown_table_is_no_fault(
    write_toml: Callable[[str], Path], tmp_path: Path
) -> None:
    """The entry is there, whatever it is meant to be."""
    grid = tmp_path / "g.toml"
    grid.write_text('name = "g"\n' + cross(clusterer="q"), encoding="utf-8")
    path = write_toml('[clusterr.q]\nkind = "kmeans"\n')
    with pytest.raises(ConfigError, match="did you mean 'clusterer'") as caught:
        read_grids([str(grid)], [path])
    assert unnumbered(caught.value.where) == f"{path}: clusterr"


KNOWN = {
    "clusterer": (
        'kind = "kmeans"\nzzzz = 1\n',
        ("kind", "n_init", "k", "slot", "doc"),
    ),
    "near one": ('kind = "kmeans"\nn_int = 1\n', ("n_init", "k", "standardise")),
    "that takes K now": (
        'kind = "python"\nk_param = "k"\nzzzz = 1\n',
        ("estimator", "k", "k_param"),
    ),
}


@pytest.mark.parametrize(("text", "keys"), KNOWN.values(), ids=KNOWN)
def test_an_unknown_key_is_answered_with_all_known_ones(
    write_toml: Callable[[str], Path], text: str, keys: tuple[str, ...]
) -> None:
    """Also where one is near, which is a guess."""
    with pytest.raises(ConfigError, match=r"[Kk]nown: ") as caught:
        read_catalog([write_toml(f"[clusterer.c]\n{text}")])
    listed = caught.value.what.partition("nown: ")[2].splitlines()[0].split(", ")
    assert set(keys) <= set(listed)


@pytest.mark.parametrize(
    "lines", ['kind = "hdbscan"', 'kind = "agglomerative"\ndistance_threshold = 1.0']
)
def test_k_is_no_key_of_what_finds_it(
    write_toml: Callable[[str], Path], lines: str
) -> None:
    """A method that finds K itself does not list it."""
    with pytest.raises(ConfigError, match="; known: ") as caught:
        read_catalog([write_toml(f"[clusterer.c]\n{lines}\nzzzz = 1\n")])
    assert ", k," not in caught.value.what


def test_a_grid_knows_the_tables_of_a_catalog(
    write_toml: Callable[[str], Path],
) -> None:
    """A misspelt one is answered with the nearest."""
    path = write_toml(f'name = "g"\n{cross()}[reducr.q]\nkind = "none"\n')
    with pytest.raises(ConfigError, match="did you mean 'reducer'"):
        read_grids([str(path)])
