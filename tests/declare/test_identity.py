"""Keys made before a declaration could say more must hold, or stored work is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from zsc_wh import clusterers, reducers
from zsc_wh.declare import read_catalog, read_grids
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD = {
    ("encoder", "e"): (
        "31b36f3060ec8daff39192391204077abc93cdaa15cf6f634549b595308eaf84"
    ),
    ("encoder", "stored"): (
        "374b818b45f4fbdd36367f192036a853b2886146772ef6c2acb5e8f77eca30e7"
    ),
    ("reducer", "none"): (
        "a5ace12636fae0b28fc531109af839b2109283783852354debef0a8ccfd89c11"
    ),
    ("reducer", "pca-0.85"): (
        "f931b9865671464d32327bb876f032f7142a7454d0f93760c4e3d24ac077783d"
    ),
    ("reducer", "umap-50"): (
        "d84edb21477bc049682989aef55f9baf71e718d741c078c1d4f9b71fe037bcee"
    ),
    ("clusterer", "kmeans"): (
        "81c77271376c63feefa3df118c7742c5db4a9365cff73e559781e581343dc7bc"
    ),
    ("clusterer", "spectral-nn20"): (
        "0a105c48d89d64d2ffac450bbfbab8fe28f9e5f03ec254509fcbb04d0f5938ca"
    ),
    ("clusterer", "ac-unknown"): (
        "5f3dcf583d6428bec379d9fbb082031f51af1dd7f455450612c0fb6f38fc4c29"
    ),
    ("clusterer", "hdbscan-l1-min2"): (
        "4725e570c3f34411afa7de752099932e88235ed353b15c76fa88944648473439"
    ),
}
ENCODERS = """
[encoder.e]
image_size = 32
feature = "gap"
loader = { kind = "random", name = "resnet18", seed = 3 }
[encoder.stored]
loader = { kind = "embeddings", path = "x.npy" }
"""
GRID = """
name = "g"
scores = ["ami"]
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
GRID_KEY = "a109280f7beeb1b84a65d22b88c3f534828b928a42c6f8ecb87802322ceb014b"


@pytest.mark.parametrize(("kind", "name"), OLD, ids=[name for _, name in OLD])
def test_entries_keep_their_keys(
    write_toml: Callable[[str], Path], kind: str, name: str
) -> None:
    """A declaration that says nothing new has the key that it always had."""
    entry = read_catalog([write_toml(ENCODERS)]).of(kind)[name]
    assert entry.key == OLD[kind, name]  # type: ignore[attr-defined]


def test_a_grid_without_train_sets_keeps_its_key(
    write_toml: Callable[[str], Path],
) -> None:
    """Probes that have no dataset to run on do not change a grid."""
    (grid,), _ = read_grids([str(write_toml(GRID))])
    assert grid.probes
    assert grid.key(["a", "b"]) == GRID_KEY


def grid_key(write_toml: Callable[[str], Path], probes: str, train: str) -> str:
    dataset = f'[dataset.mine]\nloader = {{ kind = "digits" }}\ntrain = "{train}"\n'
    other = '[dataset.other]\nloader = { kind = "digits" }\n'
    text = GRID.replace('"digits"', '"mine"').replace("scores", f"{probes}\nscores")
    (grid,), _ = read_grids([str(write_toml(text + dataset + other))])
    return grid.key(["a", "b"])


def test_probes_that_can_run_are_part_of_a_grid(
    write_toml: Callable[[str], Path],
) -> None:
    """With a train set, other probes or another train set make another grid."""
    keys = {
        grid_key(write_toml, "probes = []", "digits"),
        grid_key(write_toml, 'probes = ["knn"]', "digits"),
        grid_key(write_toml, 'probes = ["knn", "linear"]', "digits"),
        grid_key(write_toml, 'probes = ["knn"]', "other"),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("kind", "package", "method"),
    [("reducer", reducers, "umap"), ("clusterer", clusterers, "hdbscan")],
)
def test_a_later_parameter_counts_from_its_first_other_value(
    monkeypatch: pytest.MonkeyPatch,
    write_toml: Callable[[str], Path],
    kind: str,
    package: object,
    method: str,
) -> None:
    """An optional parameter at its default leaves the key alone, at another not."""
    old = package.METHODS[method]  # type: ignore[attr-defined]
    fields = {**old.fields, "later": Field(int, default=1)}
    new = replace(old, fields=fields, optional=old.optional | {"later"})
    monkeypatch.setattr(package, "METHODS", {**package.METHODS, method: new})  # type: ignore[attr-defined]
    text = "".join(
        f'[{kind}.{name}]\nkind = "{method}"\n{line}\n'
        for name, line in (("a", ""), ("b", "later = 1"), ("c", "later = 2"))
    )
    entries = read_catalog([write_toml(text)]).of(kind)
    a, b, c = (entries[name].key for name in "abc")  # type: ignore[attr-defined]
    assert a == b != c


def test_a_slot_changes_no_result(write_toml: Callable[[str], Path]) -> None:
    """The place in a recipe is no part of the identity; it is the name by default."""
    a = '[clusterer.a]\nkind = "affinity"\n'
    b = '[clusterer.b]\nkind = "affinity"\nslot = "s"\n'
    catalog = read_catalog([write_toml(a + b)])
    assert catalog.clusterers["a"].key == catalog.clusterers["b"].key
    assert (catalog.clusterers["a"].slot, catalog.clusterers["b"].slot) == ("a", "s")


def test_variants_take_the_slot_of_what_they_vary() -> None:
    """Every setting for single encoders is compared in the slot of its method."""
    catalog = read_catalog()
    usual = {c.name: c for c in catalog.clusterers.values() if "study" in c.tags}
    variants = [c for c in catalog.clusterers.values() if "variant" in c.tags]
    assert {c.name: c.slot for c in usual.values()} == {name: name for name in usual}
    assert variants
    assert all(
        (c.kind, c.k_source) == (usual[c.slot].kind, usual[c.slot].k_source)
        for c in variants
    )
