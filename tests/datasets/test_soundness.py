from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.datasets.made import list_samples, make_image, recording
from zsc_wh.datasets import Digests, Images, Listing, unsound_classes
from zsc_wh.datasets.images import ImageFiles
from zsc_wh.datasets.opening import open_place
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = b"\x89PNG\r\n\x1a\n broken"


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    """List a sound class, one broken in part, one wholly broken, one that is gone."""
    for seed, name in enumerate(("a/1.png", "a/2.png", "b/2.png")):
        make_image(tmp_path / "photos" / name, seed=seed)
    for name in ("b/1.png", "c/1.png", "c/2.png"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(BROKEN + name.encode())
    (tmp_path / "photos" / "d").mkdir()
    (tmp_path / "photos" / "d" / "1.png").symlink_to("nothing")
    return list_samples(tmp_path, "folder", path="photos")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that tells which images are decoded."""
    positions: list[int] = []
    monkeypatch.setattr(ImageFiles, "read", recording(ImageFiles.read, positions))
    return positions


def lost(base: Path, listing: Listing, known: Digests | None = None) -> set[str]:
    """Return the names of the classes of which no image can be decoded."""
    level = listing.levels[0]

    def opened() -> Images:
        return ImageFiles(open_place(base / "photos", ""), listing, exif=False)

    found = unsound_classes(listing, level, opened, known or Digests())
    return {level.class_names[index] for index in found}


def test_class_is_lost_where_no_image_can_be_decoded(
    tmp_path: Path, listing: Listing
) -> None:
    """One sound image is enough; one without a digest is known to be gone anyway."""
    assert lost(tmp_path, listing) == {"c"}


def test_few_images_are_decoded(
    tmp_path: Path, listing: Listing, read: list[int]
) -> None:
    """The first sound one of each class is decoded, and never again."""
    store = tmp_path / "store"
    assert lost(tmp_path, listing, Digests(store)) == {"c"}
    assert read == [0, 2, 3, 4, 5]  # a/1, both of b, both of c
    read.clear()
    assert lost(tmp_path, listing, Digests(store)) == {"c"}
    assert read == [4, 5]
    read.clear()
    assert lost(tmp_path, listing, Digests(store, verify=True)) == {"c"}
    assert read == [0, 2, 3, 4, 5]


def test_levels_of_one_plan_share_what_is_decoded(
    tmp_path: Path, listing: Listing, read: list[int]
) -> None:
    """What was decoded is remembered also where nothing is kept."""
    known = Digests()
    lost(tmp_path, listing, known)
    read.clear()
    assert lost(tmp_path, listing, known) == {"c"}
    assert read == [4, 5]


def test_sound_image_is_known_by_its_content(
    tmp_path: Path, listing: Listing, read: list[int]
) -> None:
    """An image that was exchanged since is looked at, wherever the old one is."""
    store = tmp_path / "store"
    lost(tmp_path, listing, Digests(store))
    for name in ("a/1.png", "a/2.png"):
        (tmp_path / "photos" / name).write_bytes(BROKEN)
    after = list_samples(tmp_path, "folder", path="photos")
    assert lost(tmp_path, after, Digests(store)) == {"a", "c"}


def test_image_that_changed_since_it_was_listed_is_told(
    tmp_path: Path, listing: Listing
) -> None:
    """It is neither sound nor broken: the listing does not hold any more."""
    make_image(tmp_path / "photos" / "a" / "1.png", seed=9)
    with pytest.raises(DataError, match="when the dataset was listed"):
        lost(tmp_path, listing)


def test_without_pillow_no_class_is_lost(
    tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan can be made where nothing can be decoded."""
    monkeypatch.setattr("zsc_wh.datasets.soundness.find_spec", lambda _name: None)
    assert lost(tmp_path, listing) == set()
