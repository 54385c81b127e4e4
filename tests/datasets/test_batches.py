"""CIFAR's pickled batches: what is read, and what is refused without being run."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets.made import (
    CIFAR,
    CIFAR_PIXELS,
    list_samples,
    make_cifar,
    open_images,
    python2_pickle,
)
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_lists_the_batches_in_order(tmp_path: Path) -> None:
    """Labels of both levels and their names are those of the files."""
    make_cifar(tmp_path)
    listing = list_samples(tmp_path, "batches", path=".", **CIFAR)
    coarse, fine = listing.levels
    assert listing.sample_ids == ("0", "1", "2", "3", "4")
    assert (coarse.name, coarse.depth, coarse.is_target) == ("superclass", 0, False)
    assert (fine.name, fine.depth, fine.is_target) == ("class", 1, True)
    assert coarse.class_names == ("fruit", "animal")
    assert coarse.class_index == (0, 1, 0, 0, 1)
    assert fine.class_names == ("apple", "pear", "bear")
    assert fine.class_index == (0, 2, 1, 0, 2)
    assert listing.facts == {"shape": [2, 2, 3]}


def test_images_have_their_colours(tmp_path: Path) -> None:
    """A row holds the red plane, then the green one, then the blue one."""
    make_cifar(tmp_path)
    images = open_images(tmp_path, "batches", path=".", **CIFAR)
    assert images[3].mode == "RGB"
    assert images.typical_side() == 2
    for index, row in enumerate(CIFAR_PIXELS):
        pixels = np.asarray(images[index])
        for y, x in np.ndindex(2, 2):
            assert (
                pixels[y, x].tolist()
                == row[[p * 4 + 2 * y + x for p in range(3)]].tolist()
            )


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_the_same_dataset(tmp_path: Path, protocol: int) -> None:
    """A file that Python 3 wrote again, with texts for keys, has the same identity."""
    make_cifar(tmp_path / "old")
    make_cifar(tmp_path / "new")
    for name in ("first", "second", "meta"):
        old = pickle.loads((tmp_path / "old" / name).read_bytes(), encoding="bytes")  # noqa: S301 - made above
        texts = {key.decode(): value for key, value in old.items()}
        (tmp_path / "new" / name).write_bytes(pickle.dumps(texts, protocol))
    old, new = (
        list_samples(tmp_path, "batches", path=path, **CIFAR) for path in ("old", "new")
    )
    assert old == new


class _Evil:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello",
    "list": pickle.dumps([1, 2]),
    "objects": python2_pickle({"data": np.array([{}], dtype=object)}),
    "cut": python2_pickle({"data": CIFAR_PIXELS, "fine_labels": [0] * 5})[:-20],
    "huge": b"\x80\x02\x8e" + (2**62).to_bytes(8, "little") + b"x",
    "shape": python2_pickle({"data": CIFAR_PIXELS}).replace(
        b"K\x05K\x0c", b"K\xffK\xff"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    """Whatever is in it, the error is ours and says which file."""
    make_cifar(tmp_path)
    (tmp_path / "second").write_bytes(HOSTILE[name])
    with pytest.raises(DataError, match=r"second: .*(not a pickle|there is no)"):
        list_samples(tmp_path, "batches", path=".", **CIFAR)


def test_no_code_of_a_pickle_runs(tmp_path: Path) -> None:
    """A pickle that names a function is refused before it is called."""
    make_cifar(tmp_path)
    target = tmp_path / "made by the pickle"
    (tmp_path / "second").write_bytes(pickle.dumps({"data": _Evil(str(target))}))
    with pytest.raises(DataError, match="Nothing in it was run"):
        list_samples(tmp_path, "batches", path=".", **CIFAR)
    assert not target.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"files": ["third"]}, "third: there is no such file"),
        ({"side": 3}, "first: 'data' is not an array of bytes with 27 in a row"),
        ({"pixels": "daat"}, "no list or array 'daat'"),
        (
            {"labels": ["coarse_labels", "fine_label"]},
            "no list or array 'fine_label'; did you mean 'fine_labels'",
        ),
        (
            {"name_keys": ["coarse_label_names", "coarse_label_names"]},
            "labels from 0 to 2, and 'coarse_label_names' has 2 names",
        ),
    ],
)
def test_a_wrong_declaration_is_told(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """It says which file lacks what, and the nearest name."""
    make_cifar(tmp_path)
    with pytest.raises(DataError, match=message):
        list_samples(tmp_path, "batches", path=".", **{**CIFAR, **changes})


def test_each_level_needs_its_keys(tmp_path: Path) -> None:
    """Levels, labels and names go together one to one."""
    make_cifar(tmp_path)
    with pytest.raises(ConfigError, match="2, 1, 2 items"):
        list_samples(tmp_path, "batches", path=".", **{**CIFAR, "levels": ["class"]})


def test_labels_and_images_go_together(tmp_path: Path) -> None:
    """A batch with a label too few is not read by halves."""
    make_cifar(tmp_path)
    batch = {"data": CIFAR_PIXELS, "fine_labels": [0] * 4, "coarse_labels": [0] * 5}
    (tmp_path / "first").write_bytes(python2_pickle(batch))
    with pytest.raises(DataError, match="4 'fine_labels' for 5 images"):
        list_samples(tmp_path, "batches", path=".", **CIFAR)
