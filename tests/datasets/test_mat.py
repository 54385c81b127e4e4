"""SVHN's MATLAB files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.io

from tests.datasets.kept import HOUR_NS, look, set_clock
from tests.datasets.made import list_samples, loader, make_svhn, open_images
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "test_32x32.mat"


def test_ten_stands_for_zero(tmp_path: Path) -> None:
    """Numbers get the names that are declared, and sort by them."""
    make_svhn(tmp_path / FILE)
    listing = list_samples(
        tmp_path, "mat", path=FILE, class_names={"10": "0"}, level="digit"
    )
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("digit", ("0", "1", "9"))
    assert level.class_index == (0, 1, 2, 1, 0)
    assert listing.sample_ids == ("0", "1", "2", "3", "4")
    assert listing.facts == {"shape": [2, 3, 3]}


def test_names_may_be_texts(tmp_path: Path) -> None:
    """A number without a name keeps its digits."""
    make_svhn(tmp_path / FILE)
    names = {"10": "zero", "9": "nine"}
    (level,) = list_samples(tmp_path, "mat", path=FILE, class_names=names).levels
    assert level.class_names == ("1", "nine", "zero")


@pytest.mark.parametrize("shape", [(2, 3, 3, 5), (4, 6, 5)])
def test_images_are_those_of_the_array(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """The last axis counts the images; colour is the one before it."""
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    make_svhn(tmp_path / FILE, X=pixels)
    images = open_images(tmp_path, "mat", path=FILE)
    assert images[0].mode == ("RGB" if len(shape) == 4 else "L")
    assert images.typical_side() == min(shape[:2])
    for index in range(5):
        np.testing.assert_array_equal(np.asarray(images[index]), pixels[..., index])


def test_a_listed_file_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels and digests are kept beside the store, until the file changes."""
    make_svhn(tmp_path / FILE)
    # a file that was just written may change once more at the same time
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
    params = loader("mat", path=FILE)
    first = look(tmp_path, params)
    with monkeypatch.context() as context:
        context.setattr(scipy.io, "loadmat", lambda *_, **__: pytest.fail("read again"))
        assert look(tmp_path, params) == first
    make_svhn(tmp_path / FILE, y=np.array([[1], [1], [9], [1], [10]]))
    now = look(tmp_path, params)
    assert now.key == first.key
    assert now.labelling_key != first.labelling_key


@pytest.mark.parametrize(
    ("arrays", "given", "message"),
    [
        ({}, {"pixels": "x"}, "no array 'x'.*It holds X, y"),
        ({}, {"labels": "labels"}, "no array 'labels'"),
        ({"X": np.zeros((2, 3, 5))}, {}, "'X' is 2 x 3 x 5 of float64, not bytes"),
        ({"X": np.zeros((2, 3, 4, 5), np.uint8)}, {}, "'X' is 2 x 3 x 4 x 5 of uint8"),
        ({"y": np.zeros((4, 1))}, {}, "4 labels for 5 images"),
        ({"y": np.full((5, 1), 0.5)}, {}, "not whole numbers"),
        ({"y": np.full((5, 1), np.nan)}, {}, "not whole numbers"),
        ({"y": np.array(["a"] * 5)}, {}, "holds <U1, not whole numbers"),
    ],
)
def test_a_wrong_declaration_is_told(
    tmp_path: Path, arrays: dict[str, Any], given: dict[str, str], message: str
) -> None:
    """It says what is there and what was declared."""
    make_svhn(tmp_path / FILE, **arrays)
    with pytest.raises(DataError, match=message):
        list_samples(tmp_path, "mat", path=FILE, **given)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a MATLAB file"),
        (b"hello" * 100, "not a MATLAB file"),
        (
            b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400),
            "version 7.3, which is HDF5",
        ),
    ],
)
def test_a_foreign_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """The words of the library stay out of it."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        list_samples(tmp_path, "mat", path=FILE)
    assert str(tmp_path / FILE) in str(caught.value)


@pytest.mark.parametrize("cut", [130, 200, 260])
def test_a_cut_file_is_named(tmp_path: Path, cut: int) -> None:
    """A download that broke off is no dataset."""
    content = make_svhn(tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content[:cut])
    with pytest.raises(DataError, match=FILE):
        list_samples(tmp_path, "mat", path=FILE)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(DataError, match=r"test_32x32.mat: there is no such file"):
        list_samples(tmp_path, "mat", path=FILE)
