"""Keys made before a declaration could say more must hold, or stored work is lost."""

from __future__ import annotations

from dataclasses import make_dataclass, replace
from typing import TYPE_CHECKING

import pytest

from zsc_wh import clusterers, reducers
from zsc_wh.declare import read_catalog
from zsc_wh.method import param

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.declare import Clusterer

OLD = {
    ("encoder", "e"): (
        "31b36f3060ec8daff39192391204077abc93cdaa15cf6f634549b595308eaf84"
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
        "d8d48063f9036877b49d72ce0033b4da4240dd0e56eb3dbdb6059cbc886a81aa"
    ),
    ("clusterer", "spectral-nn20"): (
        "f79887e92949708792fdf980c4a4bd4be5a8ab0e6def81e2c522bda235d97237"
    ),
    ("clusterer", "ac-unknown"): (
        "0327b903b42e4ba9ed77ab53620f7f9dd130db620c88812e09bc55b3aa09b1b4"
    ),
    ("clusterer", "hdbscan-l1-min2"): (
        "96c170862768af586e47d952954a6e74f469d0bd3839f5b5346e6a288654e907"
    ),
}
ENCODERS = """
[encoder.e]
image_size = 32
feature = "gap"
loader = { kind = "random", name = "resnet18", seed = 3 }
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


@pytest.mark.parametrize(("kind", "name"), OLD, ids=[name for _, name in OLD])
def test_entries_keep_their_keys(
    write_toml: Callable[[str], Path], kind: str, name: str
) -> None:
    """A declaration that says nothing new has the key that it always had."""
    entry = read_catalog([write_toml(ENCODERS)]).of(kind)[name]
    assert entry.key == OLD[kind, name]  # type: ignore[attr-defined]


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
    later = param(default=1, doc="came later", is_optional=True)
    params = make_dataclass(
        "Params",
        [("later", int, later)],
        bases=(old.params,),
        frozen=True,
        kw_only=True,
    )
    new = replace(old, params=params)
    monkeypatch.setattr(package, "METHODS", {**package.METHODS, method: new})  # type: ignore[attr-defined]
    text = "".join(
        f'[{kind}.{name}]\nkind = "{method}"\n{line}\n'
        for name, line in (("a", ""), ("b", "later = 1"), ("c", "later = 2"))
    )
    entries = read_catalog([write_toml(text)]).of(kind)
    a, b, c = (entries[name].key for name in "abc")  # type: ignore[attr-defined]
    assert a == b != c


DESCRIBED = {
    "encoder": ('image_size = 8\nloader = { kind = "pixels" }\n', "family", "ssl"),
    "reducer": ('kind = "pca"\nvariance = 0.5\n', "title", "PCA"),
    "clusterer": ('kind = "kmeans"\n', "doc", "the usual one"),
}
FACTS = {
    "encoder": ("backbone", "objective", "pretrained_on", "licence"),
    "reducer": (),
    "clusterer": (),
}


@pytest.mark.parametrize("kind", DESCRIBED)
def test_what_describes_changes_no_identity(
    write_toml: Callable[[str], Path], kind: str
) -> None:
    """Facts for people are kept as they are declared, and make nothing else of it."""
    lines, field, value = DESCRIBED[kind]
    facts = {name: f"some {name}" for name in ("title", "doc", *FACTS[kind])}
    facts[field] = value
    more = "".join(f'{name} = "{text}"\n' for name, text in facts.items())
    text = f'[{kind}.a]\n{lines}[{kind}.b]\n{lines}{more}tags = ["t"]\n'
    a, b = (read_catalog([write_toml(text)]).of(kind)[name] for name in "ab")
    assert a.key == b.key  # type: ignore[attr-defined]
    assert {name: getattr(b, name) for name in facts} == facts
    assert (a.title, a.doc, a.tags, b.tags) == ("a", None, (), ("t",))
    if kind != "encoder":
        assert a.meaning == b.meaning  # type: ignore[attr-defined]


def test_licence_of_images_is_declared(write_toml: Callable[[str], Path]) -> None:
    """A dataset can say under which licence its images are."""
    text = '[dataset.d]\nloader = { kind = "digits" }\nlicence = "CC0"\n'
    catalog = read_catalog([write_toml(text)])
    assert catalog.datasets["d"].licence == "CC0"
    assert catalog.datasets["digits"].licence is None


def clusterer(write_toml: Callable[[str], Path], lines: str) -> Clusterer:
    text = f'[clusterer.c]\nkind = "kmeans"\n{lines}'
    return read_catalog([write_toml(text)]).clusterers["c"]


def test_k_is_of_the_name_and_not_of_the_clusterer(
    write_toml: Callable[[str], Path],
) -> None:
    """A clusterer is known by its method; where K comes from is what a name means."""
    lines = ("", "k = 3\n", "k = 4\n")
    keys = {clusterer(write_toml, text).key for text in lines}
    meanings = {clusterer(write_toml, text).meaning for text in lines}
    assert (len(keys), len(meanings)) == (1, 3)


@pytest.mark.parametrize(
    "lines",
    ["n_init = 7\n", 'standardise = "zscore"\n', "dimension_correction = true\n"],
)
def test_method_is_part_of_a_clusterer_and_of_its_name(
    write_toml: Callable[[str], Path], lines: str
) -> None:
    """Parameters and scaling make another clusterer, whatever K is."""
    other, usual = (clusterer(write_toml, text) for text in (lines, ""))
    assert other.key != usual.key
    assert other.meaning != usual.meaning


def test_a_reducer_means_its_parameters(write_toml: Callable[[str], Path]) -> None:
    """The name of a reducer means what it computes."""
    text = "".join(
        f'[reducer.{name}]\nkind = "pca"\nvariance = {variance}\n'
        for name, variance in (("a", 0.5), ("b", 0.5), ("c", 0.6))
    )
    reducer = read_catalog([write_toml(text)]).reducers
    assert reducer["a"].meaning == reducer["b"].meaning != reducer["c"].meaning


def test_places_of_stored_features_are_no_identity(
    write_toml: Callable[[str], Path],
) -> None:
    """Neither the file of the features nor that of their ids says what they are."""
    text = "".join(
        f'[encoder.{n}]\nloader = {{ kind = "embeddings", path = "{n}.npy", '
        f'ids_path = "{n}.txt" }}\n'
        for n in "ab"
    )
    encoders = read_catalog([write_toml(text)]).encoders
    assert encoders["a"].key == encoders["b"].key


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
