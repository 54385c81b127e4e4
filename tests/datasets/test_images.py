from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.datasets.made import list_samples, make_image
from zsc_wh.datasets import quiet_pillow
from zsc_wh.datasets.images import ImageFiles, decode
from zsc_wh.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

RAMP = np.arange(0, 256, 3, dtype=np.uint8).reshape(2, 43)


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def grey() -> Image.Image:
    return Image.fromarray(RAMP)


def colour() -> Image.Image:
    return Image.fromarray(np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=2))


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("make", [grey, colour])
def test_grey_and_rgb_stay_as_they_are(
    make: Callable[[], Image.Image], name: str
) -> None:
    """The two modes that encoders take are not touched."""
    image = decode(encoded(make(), name), "x")
    assert image.mode == make().mode
    assert image.tobytes() == make().tobytes()


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("P", "PNG"),
        ("P", "GIF"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "TIFF"),
        ("LAB", "TIFF"),
    ],
)
def test_other_colour_modes_become_rgb(mode: str, name: str) -> None:
    """Palette, transparency and other colour spaces end in RGB of the same size."""
    source = Image.new(mode, (5, 4))
    with quiet_pillow():
        image = decode(encoded(source, name), "x")
    assert (image.mode, image.size) == ("RGB", (5, 4))


def test_transparency_is_dropped_not_blended() -> None:
    """A transparent pixel keeps its stored colour."""
    source = Image.new("RGBA", (2, 2), (10, 200, 30, 0))
    assert decode(encoded(source, "PNG"), "x").getpixel((0, 0)) == (10, 200, 30)


def test_transparent_palette_gives_its_colours() -> None:
    """A palette with transparency in it is read without a warning."""
    source = colour().convert("P")
    content = encoded(source, "PNG", transparency=bytes(range(100)))
    assert decode(content, "x").tobytes() == source.convert("RGB").tobytes()


@pytest.mark.parametrize(("mode", "white"), [("1", 255), ("LA", 255)])
def test_grey_modes_become_grey(mode: str, white: int) -> None:
    """Black and white and grey with transparency end in plain grey."""
    source = Image.new("L", (3, 3), 255).convert(mode)
    image = decode(encoded(source, "PNG"), "x")
    assert (image.mode, image.getpixel((1, 1))) == ("L", white)


@pytest.mark.parametrize("name", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled(name: str) -> None:
    """16-bit grey spans the 8-bit range instead of being cut off at 255."""
    source = Image.fromarray(RAMP.astype(np.uint16) * 257)
    image = decode(encoded(source, name), "x")
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image), RAMP)


def test_orientation_tag_is_not_applied() -> None:
    """Pixels stay as stored, as in torchvision's loader."""
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    image = decode(encoded(colour(), "PNG", exif=exif), "x")
    assert image.size == colour().size


def test_first_frame_is_taken() -> None:
    """Of an animation the first frame is the image."""
    content = encoded(
        grey(), "GIF", save_all=True, append_images=[Image.new("L", grey().size)]
    )
    first = decode(content, "x").convert("L")
    assert first.tobytes() == grey().tobytes()


BAD = {
    "empty": b"",
    "text": b"not an image",
    "truncated jpeg": encoded(colour(), "JPEG")[:-150],
    "truncated png": encoded(colour(), "PNG")[:-40],
    "header only": encoded(colour(), "BMP")[:30],
    "float": encoded(Image.new("F", (2, 2), 0.5), "TIFF"),
    "32 bit": encoded(Image.new("I", (2, 2), 70_000), "TIFF"),
    "negative": encoded(Image.new("I", (2, 2), -1), "TIFF"),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_bad_image_names_its_file(content: bytes) -> None:
    """Whatever is wrong with a file, the error has its name and a remedy."""
    with pytest.raises(DataError, match="cannot be read") as caught:
        decode(content, "photos/bad.jpg")
    assert caught.value.where == "photos/bad.jpg"
    assert "remove it" in caught.value.mend


@pytest.mark.parametrize("name", ["EPS", "PCX", "ICO", "TGA"])
def test_other_formats_are_not_even_opened(name: str) -> None:
    """A name that ends in .jpg starts no Ghostscript, whatever is in the file."""
    content = encoded(colour(), name)
    with pytest.raises(DataError, match="UnidentifiedImageError") as caught:
        decode(content, "x.jpg")
    assert caught.value.where == "x.jpg"


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "PPM"])
def test_damaged_image_is_read_or_refused(name: str, seed: int) -> None:
    """Flipped bytes never escape as a foreign exception."""
    rng = np.random.default_rng(seed)
    content = bytearray(encoded(colour(), name))
    for position in rng.integers(0, len(content), 1 + seed % 8):
        content[position] = rng.integers(0, 256)
    with quiet_pillow():
        outcome = _outcome(bytes(content))
    assert outcome in ("L", "RGB", "refused")


def _outcome(content: bytes) -> str:
    try:
        return decode(content, "x").mode
    except DataError:
        return "refused"


def test_huge_image_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that Pillow takes for a decompression bomb is an error with its name."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(DataError, match="DecompressionBomb") as caught:
        decode(encoded(colour(), "PNG"), "bomb.png")
    assert caught.value.where == "bomb.png"


def test_changed_file_is_told(tmp_path: Path) -> None:
    """A file that changed after the listing is not read as if nothing had happened."""
    path = make_image(tmp_path / "a" / "1.png")
    listing = list_samples(tmp_path, "folder", path=".")
    images = ImageFiles(tmp_path, listing.sample_ids, listing.sizes)
    make_image(path, size=(40, 40))
    with pytest.raises(DataError, match="when the dataset was listed") as caught:
        images.read(0)
    assert caught.value.where == str(path)
    assert "start again" in caught.value.mend


@pytest.mark.parametrize("method", ["read", "shortest_side"])
def test_vanished_file_is_told(method: str, tmp_path: Path) -> None:
    """A file that went away after the listing is named."""
    path = make_image(tmp_path / "a" / "1.png")
    listing = list_samples(tmp_path, "folder", path=".")
    images = ImageFiles(tmp_path, listing.sample_ids, listing.sizes)
    path.unlink()
    call = {"read": lambda: images.read(0), "shortest_side": images.shortest_side}
    with pytest.raises(DataError, match="No such file") as caught:
        call[method]()
    assert caught.value.where == str(path)


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks Pillow is told what to install, before the first image."""
    monkeypatch.setattr("zsc_wh.datasets.images.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="Pillow") as caught:
        ImageFiles(Path(), (), ())
    assert 'pip install "zscwh[ingest]"' in caught.value.mend


def test_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    """What is hashed as content is what is on the disk."""
    path = make_image(tmp_path / "a" / "1.png")
    images = ImageFiles(tmp_path, ("a/1.png",), (path.stat().st_size,))
    assert images.read(0)[1] == path.read_bytes()
