from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.made import (
    list_samples,
    make_folder,
    make_image,
    make_tar,
    make_zip,
    open_images,
    pixels_of,
)
from zsc_wh.datasets.digests import Digests
from zsc_wh.datasets.opening import open_place
from zsc_wh.errors import DataError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n broken"

PACKERS: dict[str, Callable[[Path, Path], Path]] = {
    "zip": make_zip,
    "tar": make_tar,
    **{
        f"tar.{how}": partial(make_tar, mode=f"w:{how}")  # type: ignore[arg-type]
        for how in ("gz", "bz2", "xz")
    },
}
packers = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)


def make_mixed(root: Path) -> Path:
    """Write a folder of three images, an image without suffix and other files."""
    make_folder(root)
    make_image(root / "dogs" / "2.png").rename(root / "dogs" / "2")
    (root / "notes.txt").write_text("hello", encoding="ascii")
    (root / ".hidden.png").write_bytes(PNG)
    (root / "empty.jpg").touch()
    return root


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, members: dict[str, bytes], *others: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in others:
            archive.addfile(info)
    return path


writers = pytest.mark.parametrize("write", [zipped, tarred])


@packers
def test_archive_is_the_folder_that_was_packed(
    pack: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    """Ids, sizes, labels, ignored paths, digests and so the identity are the same."""
    root = make_mixed(tmp_path / "animals")
    pack(root, tmp_path / "packed")
    folder = list_samples(tmp_path, "folder", path="animals")
    archive = list_samples(tmp_path, "folder", path="packed")
    assert archive == folder
    assert archive.key == folder.key
    assert len(archive) == 5


@packers
def test_members_are_read_by_many_threads(
    pack: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    """Every image is that of the folder, whichever thread asks first."""
    root = tmp_path / "animals"
    for i in range(30):
        make_image(root / f"{i:02d}.png", seed=i)
    images = open_images(tmp_path, "folder", path=pack(root, tmp_path / "packed").name)
    with ThreadPoolExecutor(4) as pool:
        seen = [image.tobytes() for image in pool.map(images.read, range(30))]
    assert seen == [pixels_of(root / f"{i:02d}.png") for i in range(30)]


@packers
def test_folder_inside_is_the_dataset(
    pack: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    """Names start at the folder inside, and the rest is not part of it."""
    root = make_mixed(tmp_path / "animals")
    pack(root, tmp_path / "packed")
    listing = list_samples(tmp_path, "folder", path="packed", inside="./dogs/")
    assert listing.sample_ids == ("1.bmp", "2")
    assert listing.ignored == ()
    images = open_images(tmp_path, "folder", path="packed", inside="dogs")
    assert images.read(0).tobytes() == pixels_of(root / "dogs" / "1.bmp")
    assert images.where(0) == f"{tmp_path / 'packed'}: dogs/1.bmp"


@writers
@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png"])
def test_name_that_leads_out_is_ignored(
    write: Callable[..., Path], name: str, tmp_path: Path
) -> None:
    """A member that would land elsewhere is not a sample, and nothing is written."""
    write(tmp_path / "x", {"a/1.png": PNG, name: PNG})
    before = set(tmp_path.rglob("*"))
    listing = list_samples(tmp_path, "folder", path="x")
    with pytest.raises(UnreadableError):
        open_images(tmp_path, "folder", path="x").read(0)
    assert listing.sample_ids == ("a/1.png",)
    assert listing.ignored == (name,)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_tar_links_and_devices_are_ignored(kind: bytes, tmp_path: Path) -> None:
    """Only regular files are samples, and the others are told by name."""
    info = tarfile.TarInfo("b/2.png")
    info.type, info.linkname = kind, "/etc/passwd"
    tarred(tmp_path / "x", {"a/1.png": PNG}, info)
    listing = list_samples(tmp_path, "folder", path="x")
    assert listing.sample_ids == ("a/1.png",)
    assert listing.ignored == ("b/2.png",)


def test_zip_links_are_ignored(tmp_path: Path) -> None:
    """A link in a zip is a file that holds a path, and no image."""
    link = zipfile.ZipInfo("b/2.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        archive.writestr("a/1.png", PNG)
        archive.writestr(link, "/etc/passwd")
    assert list_samples(tmp_path, "folder", path="x").ignored == ("b/2.png",)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@writers
def test_name_that_occurs_twice_is_told(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    """Two members of one tidy name are an error: one would be lost."""
    write(tmp_path / "x", {"a/1.png": PNG, "a//./1.png": PNG})
    with pytest.raises(DataError, match=r"'a/1\.png' occurs twice") as caught:
        list_samples(tmp_path, "folder", path="x")
    assert caught.value.where == str(tmp_path / "x")
    assert "every file once" in caught.value.hint


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [(8, 0x1, "encrypted"), (10, 9, "compressed by method 9")],
)
def test_zip_that_python_cannot_read_is_told(
    offset: int, value: int, message: str, tmp_path: Path
) -> None:
    """A password or another compression is an error of the whole archive."""
    content = bytearray(zipped(tmp_path / "x", {"a/1.png": PNG}).read_bytes())
    entry = content.index(b"PK\x01\x02")  # in the directory at the end
    struct.pack_into("<H", content, entry + offset, value)
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        list_samples(tmp_path, "folder", path="x")
    assert "without a password" in caught.value.hint


def test_zip_with_backslashes_is_told(tmp_path: Path) -> None:
    """A folder that is not known as one would be a class that is lost."""
    zipped(tmp_path / "x", {"a/1.png": PNG, "c\\b.png": PNG})
    with pytest.raises(DataError, match=r"'c\\b\.png' is named with backsl") as caught:
        list_samples(tmp_path, "folder", path="x")
    assert "forward slashes" in caught.value.hint


@packers
@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_truncated_archive_is_told(
    pack: Callable[[Path, Path], Path], kept: float, tmp_path: Path
) -> None:
    """A part of an archive is never taken for all of it."""
    root = tmp_path / "animals"
    for i in range(30):
        make_image(root / f"{i:02d}.png", seed=i)
    content = pack(root, tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match="cannot be read as an archive") as caught:
        list_samples(tmp_path, "folder", path="x")
    assert caught.value.where == str(tmp_path / "x")


def test_tar_cut_between_members_is_told(tmp_path: Path) -> None:
    """A download that stopped just after a member is not whole."""
    content = tarred(tmp_path / "x", {"1.png": PNG, "2.png": PNG}).read_bytes()
    (tmp_path / "x").write_bytes(content[:1024])
    with pytest.raises(DataError, match="damaged, cut off"):
        list_samples(tmp_path, "folder", path="x")


def test_damaged_tar_header_is_told(tmp_path: Path) -> None:
    """A broken header is not taken for the end of the archive."""
    content = bytearray(
        tarred(tmp_path / "x", {"1.png": PNG, "2.png": PNG, "3.png": PNG}).read_bytes()
    )
    content[content.index(b"2.png")] ^= 1
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="damaged, cut off"):
        list_samples(tmp_path, "folder", path="x")


def test_damaged_zip_member_is_one_sample(tmp_path: Path) -> None:
    """A member that fails its checksum is named, and the others are read."""
    content = bytearray(
        zipped(tmp_path / "x", {"1.png": b"first image", "2.png": PNG}).read_bytes()
    )
    content[content.index(b"first image")] ^= 1
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(
        UnreadableError, match="damaged or cut off in its archive"
    ) as caught:
        open_place(tmp_path / "x", "").read("1.png")
    assert caught.value.where == f"{tmp_path / 'x'}: 1.png"
    assert open_place(tmp_path / "x", "").read("2.png") == PNG


def test_damaged_bzip2_member_does_not_end_the_others(tmp_path: Path) -> None:
    """A member whose kind cannot be told from its content is ignored."""
    with zipfile.ZipFile(tmp_path / "x", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("1.png", PNG)
        archive.writestr("2", PNG)
    content = (tmp_path / "x").read_bytes()
    start = content.rindex(b"BZh")
    (tmp_path / "x").write_bytes(content[:start] + b"xxx" + content[start + 3 :])
    listing = list_samples(tmp_path, "folder", path="x")
    assert listing.sample_ids == ("1.png",)
    assert listing.ignored == ("2",)


def test_zip_member_is_no_larger_than_it_says(tmp_path: Path) -> None:
    """What a small member unpacks to is bounded by its listed size."""
    with zipfile.ZipFile(tmp_path / "x", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(50_000_000))
    content = bytearray((tmp_path / "x").read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10)
    (tmp_path / "x").write_bytes(content)
    assert list_samples(tmp_path, "folder", path="x").sizes == (10,)
    with pytest.raises(UnreadableError, match="damaged or cut off in its archive"):
        open_place(tmp_path / "x", "").read("bomb.png")


@writers
def test_absent_member_is_one_sample(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    """A name that is not in the archive has no size and cannot be read."""
    place = open_place(write(tmp_path / "x", {"1.png": PNG}), "")
    assert place.sizes(["1.png", "2.png"], Digests()) == (len(PNG), 0)
    with pytest.raises(UnreadableError, match="no such file") as caught:
        place.read("2.png")
    assert caught.value.where == f"{tmp_path / 'x'}: 2.png"


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", b"\x1f\x8bhello"])
def test_file_that_is_no_archive_is_told(content: bytes, tmp_path: Path) -> None:
    """Another file in place of a folder is an error that says what there may be."""
    (tmp_path / "photos.zip").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as an archive") as caught:
        list_samples(tmp_path, "folder", path="photos.zip")
    assert caught.value.where == str(tmp_path / "photos.zip")
    assert ".xz" in caught.value.hint


@packers
def test_archive_is_told_by_its_content(
    pack: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    """The name of an archive means nothing."""
    pack(make_folder(tmp_path / "animals"), tmp_path / "photos.dat")
    assert len(list_samples(tmp_path, "folder", path="photos.dat")) == 3


def test_compressed_tar_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is decompressed has no name, and goes with the images."""
    make_tar(make_folder(tmp_path / "animals"), tmp_path / "x", "w:gz")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    images = open_images(tmp_path, "folder", path="x")
    assert images[0].size == (12, 9)
    assert list(temporary.iterdir()) == []


def test_archive_that_is_gone_is_told(tmp_path: Path) -> None:
    """A disk that is gone does not make every image an unreadable one."""
    params: dict[str, Any] = {"path": "x"}
    images = open_images(
        zipped(tmp_path / "x", {"1.png": PNG}).parent, "folder", **params
    )
    (tmp_path / "x").unlink()
    with pytest.raises(DataError, match="No such file") as caught:
        images.read(0)
    assert type(caught.value) is DataError
