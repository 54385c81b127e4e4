"""Where torchvision reads a dataset too, both agree: files, labels and order."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from torchvision import datasets as theirs

from tests.datasets import layouts
from zsc_wh import datasets
from zsc_wh.declare import read_catalog

if TYPE_CHECKING:
    from pathlib import Path


def ours(name: str) -> tuple[datasets.Listing, Any]:
    """List a shipped dataset and open its images."""
    each = read_catalog().datasets[name]
    base = each.source.parent
    listing = datasets.list_samples(each.loader, base, each.subset)
    return listing, datasets.open_images(each.loader, base, listing)


def reference(name: str, root: Path) -> tuple[list[Any], list[int]]:
    """Return the images and the class numbers of torchvision's dataset."""
    opened: Any = {
        "dtd": lambda: theirs.DTD(str(root), split="test"),
        "aircraft": lambda: theirs.FGVCAircraft(str(root), split="test"),
        "flowers102": lambda: theirs.Flowers102(str(root), split="test"),
        "celeba": lambda: theirs.CelebA(str(root), "test", target_type="identity"),
        "lsun": lambda: theirs.LSUN(str(root / "lsun"), classes="val"),
    }[name]()
    samples = [opened[index] for index in range(len(opened))]
    return [image for image, _ in samples], [int(label) for _, label in samples]


@pytest.mark.parametrize("name", ["dtd", "aircraft", "flowers102", "celeba", "lsun"])
def test_both_agree(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pixels in the same order, and the same samples share a class."""
    monkeypatch.setenv("ZSCWH_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)  # LSUN leaves files in the working folder
    # what they check against the sizes of the archives, which are not there
    for each in (theirs.Flowers102, theirs.CelebA):
        monkeypatch.setattr(each, "_check_integrity", lambda _: True)
    layouts.LAYOUTS[name][0](tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, labels = reference(name, tmp_path)
    listing, images = ours(name)
    assert len(found) == len(listing)
    for index in range(len(listing)):
        image = np.asarray(found[index].convert("RGB"))
        np.testing.assert_array_equal(np.asarray(images[index].convert("RGB")), image)
    assert listing.target is not None
    # numbers differ where a class occurs in no sample: compare ranks
    target = [i for i in listing.target.class_index if i is not None]
    assert ranks(labels) == ranks(target)


def ranks(numbers: list[int]) -> list[int]:
    """Return the place of each number among those that occur."""
    order = sorted(set(numbers))
    return [order.index(number) for number in numbers]
