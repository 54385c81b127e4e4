from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets.made import (
    IDX_LABELS,
    IDX_PIXELS,
    idx_bytes,
    list_samples,
    loader,
    make_idx,
    open_images,
)
from zsc_wh import datasets
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets import Listing

IMAGES = "t10k-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"


def test_lists_the_official_files(tmp_path: Path) -> None:
    """Samples are numbered in the order of the file, classes by their label."""
    make_idx(tmp_path)
    listing = list_samples(tmp_path, "idx", path=".", level="digit")
    (level,) = listing.levels
    assert listing.sample_ids == ("0", "1", "2", "3", "4")
    assert (level.name, level.class_names) == ("digit", ("0", "2", "7"))
    assert level.class_index == (2, 0, 2, 1, 0)
    assert listing.facts == {"shape": [3, 4]}
    assert listing.digests == tuple(
        hashlib.sha256(pixels.tobytes()).hexdigest() for pixels in IDX_PIXELS
    )


def test_images_are_those_of_the_file(tmp_path: Path) -> None:
    """An image is grey, its rows are the rows of the file."""
    make_idx(tmp_path)
    images = open_images(tmp_path, "idx", path=".")
    pixels = np.stack([np.asarray(images[i]) for i in range(len(images))])
    np.testing.assert_array_equal(pixels, IDX_PIXELS)
    assert images[0].mode == "L"
    assert images.where(3) == f"{tmp_path / IMAGES}.gz: 3"


def test_ids_are_padded(tmp_path: Path) -> None:
    """Ids sort as the samples do."""
    (tmp_path / IMAGES).write_bytes(idx_bytes(np.zeros((11, 1, 1), np.uint8)))
    (tmp_path / LABELS).write_bytes(idx_bytes(np.zeros(11, np.uint8)))
    ids = list_samples(tmp_path, "idx", path=".").sample_ids
    assert (ids[0], ids[10]) == ("00", "10")


@pytest.mark.parametrize("dot", ["-", "."])
@pytest.mark.parametrize("packed", [True, False])
def test_every_spelling_is_the_same_dataset(
    dot: str, packed: bool, tmp_path: Path
) -> None:
    """Packed or not, with a dash or a dot, the identity does not change."""
    make_idx(tmp_path / "official")
    (tmp_path / "other").mkdir()
    for name, array in ((IMAGES, IDX_PIXELS), (LABELS, IDX_LABELS)):
        content = idx_bytes(array)
        path = tmp_path / "other" / name.replace("-idx", f"{dot}idx")
        if packed:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
        else:
            path.write_bytes(content)
    listings = [list_samples(tmp_path, "idx", path=p) for p in ("official", "other")]
    assert listings[0].key == listings[1].key


def test_splits_and_prefixes_are_told_apart(tmp_path: Path) -> None:
    """The split and the prefix choose the files; EMNIST calls its split test."""
    make_idx(tmp_path, "emnist-letters-test-")
    make_idx(tmp_path, "train-")
    listing = list_samples(tmp_path, "idx", path=".", prefix="emnist-letters-")
    assert len(listing) == 5
    images = open_images(tmp_path, "idx", path=".", split="train")
    assert images.where(0).startswith(str(tmp_path / "train-images"))


def test_transposed_images_are_another_dataset(tmp_path: Path) -> None:
    """Images stored sideways are turned upright, which is part of the identity."""
    make_idx(tmp_path)
    upright = list_samples(tmp_path, "idx", path=".", transpose=True)
    images = open_images(tmp_path, "idx", path=".", transpose=True)
    np.testing.assert_array_equal(np.asarray(images[1]), IDX_PIXELS[1].T)
    assert upright.facts == {"shape": [4, 3]}
    assert upright.key != list_samples(tmp_path, "idx", path=".").key


def test_same_bytes_in_another_shape_are_another_dataset(tmp_path: Path) -> None:
    """Pixels do not say how they are arranged; the identity does."""
    make_idx(tmp_path)
    before = list_samples(tmp_path, "idx", path=".")
    (tmp_path / IMAGES).write_bytes(idx_bytes(IDX_PIXELS.reshape(5, 2, 6)))
    after = list_samples(tmp_path, "idx", path=".")
    assert after.digests == before.digests
    assert after.key != before.key


def test_classes_may_have_names(tmp_path: Path) -> None:
    """A name belongs to the label of its place, also where the label does not occur."""
    make_idx(tmp_path)
    listing = list_samples(tmp_path, "idx", path=".", class_names=list("abcdefgh"))
    (level,) = listing.levels
    assert level.class_names == tuple("abcdefgh")
    assert level.class_index == tuple(IDX_LABELS.tolist())
    assert level.is_target
    assert listing.n_classes == 3


def test_label_without_a_name_is_told(tmp_path: Path) -> None:
    """Too few class names are an error."""
    make_idx(tmp_path)
    with pytest.raises(DataError, match="a label 7, and `class_names` has 3"):
        list_samples(tmp_path, "idx", path=".", class_names=list("abc"))


def test_class_name_twice_is_told(tmp_path: Path) -> None:
    """Classes are told apart by their names."""
    make_idx(tmp_path)
    with pytest.raises(ConfigError, match="names a class twice"):
        list_samples(tmp_path, "idx", path=".", class_names=list("abcdefga"))


@pytest.mark.parametrize("what", ["images", "labels"])
def test_absent_file_is_named(what: str, tmp_path: Path) -> None:
    """A missing file is an error that says what to put there."""
    make_idx(tmp_path)
    (absent,) = tmp_path.glob(f"*{what}*")
    absent.unlink()
    with pytest.raises(DataError, match=f"no file of the {what}") as caught:
        list_samples(tmp_path, "idx", path=".")
    assert caught.value.where == str(tmp_path)
    assert absent.stem in caught.value.hint


SOUND = idx_bytes(IDX_PIXELS)
FAULTS = {
    "empty": (b"", "begins with nothing"),
    "text": (b"<html>not found", "begins with 3c68746d"),
    "labels": (idx_bytes(IDX_LABELS), "begins with 00000801, not with 00000803"),
    "floats": (b"\0\0\x0d\x03" + SOUND[4:], "begins with 00000d03"),
    "half a header": (SOUND[:12], r"sizes \(5, 3\)"),
    "no pixels": (idx_bytes(np.zeros((5, 0, 4), np.uint8)), r"sizes \(5, 0, 4\)"),
    "truncated": (SOUND[:-1], "5 x 3 x 4 = 60 bytes, and there are 59"),
    "too long": (SOUND + b"x", "60 bytes, and there are more"),
    "half a gzip": (gzip.compress(SOUND)[:-12], "cannot be read"),
    "damaged gzip": (gzip.compress(SOUND)[:10] + b"\7" * 40, "cannot be read"),
}


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_unsound_file_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    """A file that is damaged or of another kind is told with what it holds."""
    make_idx(tmp_path)
    (tmp_path / IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        list_samples(tmp_path, "idx", path=".")
    assert caught.value.where == str(tmp_path / IMAGES)
    assert "ownload the file again." in caught.value.hint


def test_false_header_claims_no_memory(tmp_path: Path) -> None:
    """A header that tells of gigabytes is compared with what there is."""
    make_idx(tmp_path)
    labels = idx_bytes(IDX_LABELS)
    (tmp_path / LABELS).write_bytes(labels[:4] + b"\xff" * 4 + labels[8:])
    with pytest.raises(DataError, match="4294967295 bytes, and there are 5") as caught:
        list_samples(tmp_path, "idx", path=".")
    assert caught.value.where == str(tmp_path / LABELS)


def test_counts_must_agree(tmp_path: Path) -> None:
    """Images and labels of two splits do not make a dataset."""
    make_idx(tmp_path)
    (tmp_path / LABELS).write_bytes(idx_bytes(IDX_LABELS[:3]))
    with pytest.raises(DataError, match="3 labels for 5 images") as caught:
        list_samples(tmp_path, "idx", path=".")
    assert caught.value.where == str(tmp_path / LABELS)
    assert IMAGES in caught.value.hint


@pytest.mark.parametrize(
    "pixels",
    [255 - IDX_PIXELS, IDX_PIXELS[:3], IDX_PIXELS.reshape(5, 2, 6)],
    ids=["other pixels", "fewer images", "other shape"],
)
def test_changed_file_is_told(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    """A file that changed after the listing is not read as if nothing had happened."""
    make_idx(tmp_path)
    params = loader("idx", path=".")
    listing = datasets.list_samples(params, tmp_path, None)
    (tmp_path / IMAGES).write_bytes(idx_bytes(pixels))
    with pytest.raises(DataError, match="when the dataset was listed") as caught:
        read_last(params, tmp_path, listing)
    assert type(caught.value) is DataError
    assert caught.value.where.startswith(str(tmp_path / IMAGES))


def read_last(params: Mapping[str, Any], base: Path, listing: Listing) -> None:
    images = datasets.open_images(params, base, listing)
    assert images is not None
    images.read(len(images) - 1)
