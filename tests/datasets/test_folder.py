from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.datasets.made import SIZES, list_samples, make_folder, make_image
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_lists_paths_in_byte_order(tmp_path: Path) -> None:
    """Ids are relative paths in the order of their UTF-8 bytes."""
    for name in ("b/10.png", "b/9.png", "a/x.png", "a-b/x.png", "ä/x.png", "B/x.png"):
        make_image(tmp_path / name)
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == (
        "B/x.png", "a-b/x.png", "a/x.png", "b/10.png", "b/9.png", "ä/x.png",
    )  # fmt: skip
    assert list(listing.sample_ids) == sorted(listing.sample_ids, key=str.encode)


def test_sizes_are_bytes_of_files(tmp_path: Path) -> None:
    """Sizes are those of the files, so that a changed file changes the identity."""
    make_folder(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".")
    on_disk = tuple((tmp_path / name).stat().st_size for name in sorted(SIZES))
    assert listing.sizes == on_disk


def test_first_folder_is_the_class(tmp_path: Path) -> None:
    """The first folder on the path is the class, however deep the image lies."""
    for name in ("dog/deep/er/1.png", "cat/1.png", "dog/2.png"):
        make_image(tmp_path / name)
    listing = list_samples(tmp_path, "folder", path=".", level="animal")
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("animal", ("cat", "dog"))
    assert level.class_index == (0, 1, 1)
    assert listing.imbalance == 2.0


def test_image_in_the_root_has_no_label(tmp_path: Path) -> None:
    """An image that lies in no class folder has a missing label."""
    make_image(tmp_path / "cat" / "1.png")
    make_image(tmp_path / "stray.png")
    (level,) = list_samples(tmp_path, "folder", path=".").levels
    assert level.class_index == (0, None)


def test_flat_folder_is_unlabelled(tmp_path: Path) -> None:
    """A folder of images without folders in it has no labels."""
    make_image(tmp_path / "1.png")
    assert list_samples(tmp_path, "folder", path=".").levels == ()


def test_labels_can_be_declined(tmp_path: Path) -> None:
    """With labels = "none" the folders mean nothing."""
    make_folder(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".", labels="none")
    assert listing.levels == ()
    assert len(listing) == len(SIZES)


def test_folders_without_images_are_no_classes(tmp_path: Path) -> None:
    """A class exists by its images."""
    make_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    assert list_samples(tmp_path, "folder", path=".").n_classes == 2


def test_what_is_no_image_is_counted(tmp_path: Path) -> None:
    """Hidden entries and other files are left out, and how many is told."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "notes.txt").write_text("x", encoding="ascii")
    (tmp_path / "cats" / "no_suffix").write_bytes(b"x")
    make_image(tmp_path / "cats" / ".hidden.png")
    make_image(tmp_path / ".thumbnails" / "1.png")
    os.mkfifo(tmp_path / "cats" / "pipe.png")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == tuple(sorted(SIZES))
    assert listing.ignored == 5


@pytest.mark.parametrize("name", ["1.JPG", "1.Jpeg", "1.TIF", "1.webp", "1.gif"])
def test_suffixes_count_in_any_case(name: str, tmp_path: Path) -> None:
    """Cameras write capital letters."""
    make_image(tmp_path / name)
    assert list_samples(tmp_path, "folder", path=".").sample_ids == (name,)


def test_links_are_followed(tmp_path: Path) -> None:
    """A subset made of links to files and to folders is a dataset like any other."""
    make_folder(tmp_path / "all")
    subset = tmp_path / "subset"
    (subset / "cats").mkdir(parents=True)
    (subset / "cats" / "x.png").symlink_to(tmp_path / "all" / "cats" / "1.png")
    (subset / "dogs").symlink_to(tmp_path / "all" / "dogs")
    listing = list_samples(tmp_path, "folder", path="subset")
    assert listing.sample_ids == ("cats/x.png", "dogs/1.bmp")
    assert listing.sizes[0] == (tmp_path / "all" / "cats" / "1.png").stat().st_size


def test_link_back_is_not_walked_forever(tmp_path: Path) -> None:
    """A link to a folder above is left out and counted."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "up").symlink_to(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == tuple(sorted(SIZES))
    assert listing.ignored == 1


def test_one_folder_linked_twice_is_listed_twice(tmp_path: Path) -> None:
    """Only loops are left out; two names of one folder are two classes."""
    make_image(tmp_path / "a" / "1.png")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == ("a/1.png", "b/1.png")


def test_broken_link_is_named(tmp_path: Path) -> None:
    """A link to nothing is an error, not one image less."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "gone.png").symlink_to(tmp_path / "nothing.png")
    with pytest.raises(DataError, match="No such file") as caught:
        list_samples(tmp_path, "folder", path=".")
    assert caught.value.where == str(tmp_path / "cats" / "gone.png")
    assert "Mend the link" in caught.value.mend


def test_name_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """A file name that no table can hold is an error that says to rename it."""
    make_image(tmp_path / "1.png")
    os.rename(tmp_path / "1.png", os.fsencode(tmp_path) + b"/\xff.png")  # noqa: PTH104 - bytes
    with pytest.raises(DataError, match=r"xff.*is not UTF-8") as caught:
        list_samples(tmp_path, "folder", path=".")
    assert caught.value.mend == "Rename the file."


def test_missing_folder_is_told(tmp_path: Path) -> None:
    """A wrong path is an error that says where relative paths start."""
    with pytest.raises(DataError, match="there is no such folder") as caught:
        list_samples(tmp_path, "folder", path="photos")
    assert caught.value.where == str(tmp_path / "photos")
    assert "folder of the declaring file" in caught.value.mend


def test_file_is_no_folder(tmp_path: Path) -> None:
    """An archive or another file in place of a folder is told apart."""
    (tmp_path / "photos.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match="is no folder") as caught:
        list_samples(tmp_path, "folder", path="photos.zip")
    assert caught.value.where == str(tmp_path / "photos.zip")


def test_folder_without_images_is_told(tmp_path: Path) -> None:
    """An empty dataset is an error that says what was looked for."""
    (tmp_path / "movie.mp4").write_bytes(b"x")
    with pytest.raises(DataError, match=r"\.jpg .* ignored 1 other") as caught:
        list_samples(tmp_path, "folder", path=".")
    assert caught.value.where == str(tmp_path)
    assert "PNG or JPEG" in caught.value.mend


def test_unset_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path through an unset variable is a fault of the declaration."""
    monkeypatch.delenv("ZSC_PICTURES", raising=False)
    with pytest.raises(ConfigError, match="ZSC_PICTURES"):
        list_samples(tmp_path, "folder", path="${ZSC_PICTURES}/x")
