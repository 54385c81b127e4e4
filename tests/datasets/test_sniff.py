from __future__ import annotations

import io

import pytest
from PIL import Image

from zsc_wh.datasets.sniff import (
    HEAD_BYTES,
    SUFFIXES,
    is_image,
    is_litter,
    phone_format,
)


def head(name: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (3, 3)).save(buffer, name, **options)
    return buffer.getvalue()[:HEAD_BYTES]


HEADS = {
    **{name: head(name) for name in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")},
    "BigTIFF": head("TIFF", big_tiff=True),
    "PPM": head("PPM"),
    "PGM": head("PPM", "L"),
    "PBM": head("PPM", "1"),
    "commented PGM": b"P5\n# by hand\n3 3\n255\n",
}


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS)
def test_image_is_told_by_its_first_bytes(content: bytes) -> None:
    """An image without a name for one is found."""
    assert is_image("photo", lambda: content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"BM is how this note begins, and it goes on",
        b"BM, 2nd of May\x28\0\0\0",
        b"P1 is the first of our points",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"II",
        b"%PDF-1.7",
        b"GIF89",
    ],
)
def test_other_content_is_none(content: bytes) -> None:
    """A file that only looks a little like an image is none."""
    assert not is_image("notes.txt", lambda: content)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".JPG", ".Tif"])
def test_suffix_decides_alone(suffix: str) -> None:
    """A file called like an image is one, whatever is in it."""
    assert is_image(f"1{suffix}", lambda: b"")


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        (b"heic", "HEIC"),
        (b"heix", "HEIC"),
        (b"mif1", "HEIC"),
        (b"hevc", "HEIC"),
        (b"avif", "AVIF"),
        (b"avis", "AVIF"),
        (b"isom", None),
        (b"qt  ", None),
    ],
)
def test_photo_of_a_phone_is_told_from_a_film(brand: bytes, name: str | None) -> None:
    """HEIC and AVIF are images, also without a name; MP4 begins like them."""
    content = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0"
    assert phone_format(content) == name
    assert is_image("IMG_1", lambda: content) == (name is not None)


@pytest.mark.parametrize(
    ("name", "litter"),
    [
        (".DS_Store", True),
        ("a/.git/config", True),
        ("a/Thumbs.db", True),
        ("Desktop.ini", True),
        ("__MACOSX/x", True),
        ("../a.txt", False),
        ("a/notes.db", False),
    ],
)
def test_litter_of_desktops_is_known(name: str, litter: bool) -> None:
    """What nobody put there on purpose needs no word; the rest does."""
    assert is_litter(name) == litter
