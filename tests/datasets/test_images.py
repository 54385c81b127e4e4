from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.datasets.made import (
    list_samples,
    make_image,
    make_tar,
    make_zip,
    open_images,
    recording,
)
from zsc_wh.datasets import Images, Listing
from zsc_wh.datasets.images import ArrayImages, ImageFiles
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.places import Place
from zsc_wh.errors import DataError, MissingExtraError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable


def opened(root: Path) -> Images:
    """List a folder of images and open it."""
    return open_images(root.parent, "folder", path=root.name)


def test_format_is_told_by_the_content(tmp_path: Path) -> None:
    """A PNG that is called .jpg is read."""
    make_image(tmp_path / "a" / "1.png").rename(tmp_path / "a" / "1.jpg")
    assert opened(tmp_path)[0].size == (12, 9)


def test_digest_is_that_of_the_file(tmp_path: Path) -> None:
    """What an image is known by is the sha256 of what is on the disk."""
    path = make_image(tmp_path / "a" / "1.png")
    (digest,) = list_samples(tmp_path, "folder", path=".").digests
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def assert_changed(images: Images, path: Path) -> None:
    """Check that an image is told to be another one, which ends all work on it."""
    with pytest.raises(DataError, match="when the dataset was listed") as caught:
        images.read(0)
    assert type(caught.value) is DataError
    assert caught.value.where == str(path)
    assert "run the ingest again" in caught.value.hint


def test_changed_file_is_told(tmp_path: Path) -> None:
    """A file that changed after the listing is not read as if nothing had happened."""
    path = make_image(tmp_path / "a" / "1.bmp")
    images = opened(tmp_path)
    size = path.stat().st_size
    make_image(path, seed=1)
    assert path.stat().st_size == size
    assert_changed(images, path)


def test_repaired_file_is_told(tmp_path: Path) -> None:
    """A sample that could not be read when it was listed is not read later either."""
    path = tmp_path / "a" / "1.png"
    path.parent.mkdir()
    path.symlink_to("nothing")
    images = opened(tmp_path)
    path.unlink()
    make_image(path)
    assert_changed(images, path)


def _gone(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _file_for_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"")


SPOILT = [
    (_gone, "No such file"),
    (_folder, "not a regular file"),
    (_pipe, "not a regular file"),
    (_loop, "symbolic links"),
    (_file_for_its_folder, "Not a directory"),
]


@pytest.mark.parametrize("spoil", [spoil for spoil, _ in SPOILT])
def test_file_that_went_away_is_told(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    """What could be read when it was listed is no unreadable sample now."""
    path = make_image(tmp_path / "a" / "1.png")
    images = opened(tmp_path)
    spoil(path)
    assert_changed(images, path)


@pytest.mark.parametrize(("spoil", "message"), SPOILT)
def test_file_that_cannot_be_opened_is_one_sample(
    spoil: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    """What was no file that can be read when it was listed is named."""
    path = make_image(tmp_path / "a" / "1.png")
    listing = list_samples(tmp_path, "folder", path=".")
    spoil(path)
    listing = replace(listing, digests=(None,))
    images = ImageFiles(open_place(tmp_path, ""), listing, exif=False)
    with pytest.raises(UnreadableError, match=message) as caught:
        images.read(0)
    assert caught.value.where == str(path)
    assert "Mend the file" in caught.value.hint


def failing(number: int) -> Callable[..., None]:
    def fail(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_forbidden_file_is_one_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read has no digest, and is left out."""
    make_image(tmp_path / "a" / "1.png")
    monkeypatch.setattr(Path, "open", failing(errno.EACCES))
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    place = open_place(tmp_path, "")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.digests == (None,)
    with pytest.raises(UnreadableError, match="cannot be read"):
        ImageFiles(place, listing, exif=False).read(0)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_broken_disk_is_not_one_sample(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not the fault of one file stops the work, as it does the listing."""
    make_image(tmp_path / "a" / "1.png")
    images = opened(tmp_path)
    monkeypatch.setattr(Path, "open", failing(number))
    monkeypatch.setattr(os, "open", failing(number))
    for read in (lambda: images.read(0), lambda: opened(tmp_path)):
        with pytest.raises(DataError, match="cannot be read") as caught:
            read()
        assert type(caught.value) is DataError


def test_vanished_folder_stops_the_work(tmp_path: Path) -> None:
    """A disk that is gone does not make every image an unreadable one."""
    make_image(tmp_path / "photos" / "a" / "1.png")
    images = opened(tmp_path / "photos")
    shutil.rmtree(tmp_path / "photos")
    with pytest.raises(DataError, match="No such file") as caught:
        images.read(0)
    assert type(caught.value) is DataError


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"hello"])
def test_bad_content_is_one_sample(content: bytes, tmp_path: Path) -> None:
    """An empty or broken image is named by its path."""
    (tmp_path / "1.png").write_bytes(content)
    with pytest.raises(UnreadableError, match="cannot be read") as caught:
        opened(tmp_path).read(0)
    assert caught.value.where == str(tmp_path / "1.png")


@pytest.mark.parametrize("kind", ["folder", "manifest"])
def test_giant_file_is_not_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that would fill the memory is named and left alone, by the listing too."""
    make_image(tmp_path / "1.png")
    make_image(tmp_path / "2.png")
    os.truncate(tmp_path / "1.png", (1 << 30) + 1)  # a sparse file
    (tmp_path / "t.csv").write_text("path\n1.png\n2.png\n", encoding="ascii")
    read: list[str] = []
    monkeypatch.setattr(Place, "digest", recording(Place.digest, read))
    path = "t.csv" if kind == "manifest" else "."
    giant, small = list_samples(tmp_path, kind, path=path).digests
    assert read == ["2.png"]
    assert giant is None
    assert small is not None
    with pytest.raises(UnreadableError, match="more than the 1073741824"):
        open_images(tmp_path, kind, path=path).read(0)


@pytest.mark.parametrize("pack", [None, make_zip, make_tar])
def test_typical_side_is_the_lower_median_of_the_readable(
    pack: Callable[[Path, Path], Path] | None, tmp_path: Path
) -> None:
    """One odd image of a pixel does not count for all, a broken one not at all."""
    root = tmp_path / "photos"
    for name, side in (("1", 1), ("2", 20), ("3", 40), ("4", 50)):
        make_image(root / f"{name}.png", (side, side + 5))
    (root / "0.png").write_bytes(b"")
    path = pack(root, tmp_path / "packed") if pack else root
    assert opened(path).typical_side() == 20


def test_typical_side_leaves_giant_files_out(tmp_path: Path) -> None:
    """What `read` will not read does not count, and is not unpacked for its header."""
    giant = make_image(tmp_path / "1.png", (1, 1))
    os.truncate(giant, (1 << 30) + 1)  # a sparse file
    make_image(tmp_path / "2.png", (20, 20))
    assert opened(tmp_path).typical_side() == 20


class _OnBrokenDisk(io.BytesIO):
    def read(self, *_args: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_typical_side_stops_at_a_broken_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A side that depends on what the disk gave today would change the pixels."""
    bad = make_image(tmp_path / "1.png")
    make_image(tmp_path / "2.png")
    images, open_file = opened(tmp_path), Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode: _OnBrokenDisk() if path == bad else open_file(path, mode),
    )
    with pytest.raises(DataError, match=os.strerror(errno.EIO)) as caught:
        images.typical_side()
    assert type(caught.value) is DataError
    assert caught.value.where == str(bad)


def test_header_that_points_nowhere_is_one_sample(tmp_path: Path) -> None:
    """A position that the system refuses is the fault of the file, not of the disk."""
    header = b"II" + struct.pack("<HHHQ", 43, 8, 0, (1 << 63) - 1)  # a large TIFF
    (tmp_path / "1.tif").write_bytes(header)
    make_image(tmp_path / "2.png", (20, 20))
    assert opened(tmp_path).typical_side() == 20


def test_typical_side_needs_an_image(tmp_path: Path) -> None:
    """A dataset of which nothing can be read is an error."""
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "2.png").write_bytes(b"")
    with pytest.raises(DataError, match="none of 2 images") as caught:
        opened(tmp_path).typical_side()
    assert type(caught.value) is DataError
    assert caught.value.where == str(tmp_path)


def test_without_pillow_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who lacks Pillow is told so before the first image."""
    make_image(tmp_path / "1.png")
    listing = list_samples(tmp_path, "folder", path=".")
    monkeypatch.setattr("zsc_wh.installed.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="Pillow"):
        ImageFiles(open_place(tmp_path, ""), listing, exif=False)


def test_array_gives_its_rows() -> None:
    """Images of a subset are those at its positions, in memory order."""
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 2, 3).transpose(0, 2, 1)
    digests = tuple(hashlib.sha256(pixels[i].tobytes()).hexdigest() for i in (1, 3))
    listing = Listing(
        ("1", "3"), (0, 0), facts={"shape": [3, 2]}, positions=(1, 3), digests=digests
    )
    images = ArrayImages(pixels, listing, "x")
    np.testing.assert_array_equal(np.asarray(images.read(1)), pixels[3])
    assert images.where(1) == "x: 3"
    assert images.typical_side() == 2
