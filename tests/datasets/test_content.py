"""Images are known by their bytes in order, labels apart, and names not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tests.datasets.made import (
    IDX_LABELS,
    MANIFEST,
    idx_bytes,
    list_samples,
    make_image,
    make_photos,
    make_tar,
    make_zip,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.datasets import Listing


def folder(base: Path, seed: int = 0) -> Listing:
    make_photos(base / "photos", seed)
    return list_samples(base, "folder", path="photos", levels=["species"])


def packed(base: Path, seed: int = 0, *, pack: Callable[[Path, Path], Path]) -> Listing:
    pack(make_photos(base / "photos", seed), base / "x")
    return list_samples(base, "folder", path="x", levels=["species"])


def manifest(base: Path, seed: int = 0) -> Listing:
    make_photos(base / "photos", seed)
    (base / "t.csv").write_text(MANIFEST, encoding="ascii")
    given = {"path": "t.csv", "images": "photos", "levels": ["species"]}
    return list_samples(base, "manifest", **given)


def idx(base: Path, seed: int = 0) -> Listing:
    pixels = np.random.default_rng(seed).integers(0, 256, (5, 3, 4)).astype(np.uint8)
    base.mkdir(parents=True, exist_ok=True)
    (base / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(pixels))
    (base / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(IDX_LABELS))
    return list_samples(base, "idx", path=".")


def stored(base: Path, seed: int = 0, *, name: str = "x.npy") -> Listing:
    """Write features in the form that the name says."""
    base.mkdir(parents=True, exist_ok=True)
    features = np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32)
    if name == "x.npy":
        np.save(base / name, features)
    elif name == "x.npz":
        np.savez(base / name, embeddings=features)
    else:
        pl.DataFrame({"embeddings": features.tolist()}).with_columns(
            pl.col("embeddings").cast(pl.List(pl.Float32))
        ).write_parquet(base / name)
    return list_samples(base, "embeddings", path=name, labels="none")


FILES: dict[str, Callable[..., Listing]] = {
    "folder": folder,
    "zip": partial(packed, pack=make_zip),
    "tar": partial(packed, pack=make_tar),
    "tar.gz": partial(packed, pack=partial(make_tar, mode="w:gz")),
    "manifest": manifest,
}
FEATURES: dict[str, Callable[..., Listing]] = {
    suffix: partial(stored, name=f"x.{suffix}") for suffix in ("npy", "npz", "parquet")
}
ALL = {**FILES, "idx": idx, **FEATURES}


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_other_pixels_are_another_dataset(
    make: Callable[..., Listing], tmp_path: Path
) -> None:
    """Two datasets that are alike in all but what is in them are told apart."""
    one, other = make(tmp_path / "one", 0), make(tmp_path / "other", 1)
    assert replace(one, digests=()) == replace(other, digests=())
    assert one.labelling_key == other.labelling_key
    assert not set(one.digests) & set(other.digests)
    assert one.key != other.key
    assert one.meaning != other.meaning


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_one_other_sample_makes_another_dataset(
    make: Callable[..., Listing], tmp_path: Path
) -> None:
    """The identity holds the content of every sample, the last one as well."""
    listing = make(tmp_path)
    for position in (0, len(listing) - 1):
        digests = list(listing.digests)
        digests[position] = "0" * 64
        assert replace(listing, digests=tuple(digests)).key != listing.key


@pytest.mark.parametrize("makers", [FILES, FEATURES], ids=["files", "features"])
def test_form_is_no_identity(
    makers: dict[str, Callable[..., Listing]], tmp_path: Path
) -> None:
    """The same samples in the same order are one dataset, however they are stored."""
    listings = [make(tmp_path / name) for name, make in makers.items()]
    assert len({listing.digests for listing in listings}) == 1
    assert len({listing.key for listing in listings}) == 1


def photos(base: Path, **given: Any) -> Listing:
    return list_samples(base, "folder", **{"path": "photos", **given})


def test_renamed_folder_is_the_same_dataset(tmp_path: Path) -> None:
    """Where it lies and what it is called changes nothing."""
    make_photos(tmp_path / "photos")
    before = photos(tmp_path)
    (tmp_path / "photos").rename(tmp_path / "pictures")
    assert photos(tmp_path, path="pictures") == before


def test_renamed_file_is_the_same_dataset(tmp_path: Path) -> None:
    """A sample that keeps its place in the order may be called anything."""
    make_photos(tmp_path / "photos")
    before = photos(tmp_path)
    (tmp_path / "photos/cats/2.bmp").rename(tmp_path / "photos/cats/3.bmp")
    after = photos(tmp_path)
    assert (after.key, after.labelling_key) == (before.key, before.labelling_key)
    assert after.listing_key != before.listing_key


def test_file_that_moves_in_the_order_makes_another_dataset(tmp_path: Path) -> None:
    """The order of samples is that of the rows of features."""
    make_photos(tmp_path / "photos")
    before = photos(tmp_path)
    (tmp_path / "photos/cats/1.bmp").rename(tmp_path / "photos/cats/3.bmp")
    assert photos(tmp_path).key != before.key


def test_renamed_class_is_the_same_images(tmp_path: Path) -> None:
    """The folder of a class is its label: the labels are others, the images are not."""
    make_photos(tmp_path / "photos")
    before = photos(tmp_path)
    (tmp_path / "photos/cats").rename(tmp_path / "photos/cat")
    after = photos(tmp_path)
    assert after.key == before.key
    assert after.labelling_key != before.labelling_key
    assert after.meaning != before.meaning


@pytest.mark.parametrize("name", ["cats/0.bmp", "cats/1a.bmp", "zebras/1.bmp"])
def test_image_added_makes_another_dataset(name: str, tmp_path: Path) -> None:
    """Wherever it comes in the order; taken away again, the old one is back."""
    make_photos(tmp_path / "photos")
    before = photos(tmp_path)
    added = make_image(tmp_path / "photos" / name, seed=50)
    assert photos(tmp_path).key != before.key
    added.unlink()
    assert photos(tmp_path).key == before.key


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("dogs/1.bmp,dogs", "dogs/1.bmp,cats"), ("dogs/1.bmp,dogs", "dogs/1.bmp,")],
    ids=["another", "none"],
)
def test_corrected_label_is_of_the_labels_alone(
    wrong: str, right: str, tmp_path: Path
) -> None:
    """One label of another class, or taken away, leaves the images what they are."""
    before = manifest(tmp_path)
    (tmp_path / "t.csv").write_text(MANIFEST.replace(wrong, right), encoding="ascii")
    given = {"path": "t.csv", "images": "photos", "levels": ["species"]}
    after = list_samples(tmp_path, "manifest", **given)
    assert after.key == before.key
    assert after.levels[0].key != before.levels[0].key
    assert after.labelling_key != before.labelling_key
    assert after.meaning != before.meaning


def test_level_is_known_by_its_labels(tmp_path: Path) -> None:
    """A level under another name has the same labels, in another labelling."""
    make_photos(tmp_path / "photos")
    one, other = (photos(tmp_path, levels=[name]) for name in ("species", "animal"))
    assert one.levels[0].key == other.levels[0].key
    assert one.key == other.key
    assert one.labelling_key != other.labelling_key


def test_level_added_leaves_the_other_as_it_is(tmp_path: Path) -> None:
    """A coarser level beside the old one changes neither its labels nor the images."""
    before = manifest(tmp_path)
    rows = [f"{line},pet" for line in MANIFEST.splitlines()]
    table = "\n".join(rows).replace("species,pet", "species,kind")
    (tmp_path / "t.csv").write_text(table, encoding="ascii")
    given = {"path": "t.csv", "images": "photos", "levels": ["kind", "species"]}
    after = list_samples(tmp_path, "manifest", **given)
    assert after.key == before.key
    assert after.levels[1].key == before.levels[0].key
    assert after.labelling_key != before.labelling_key
