from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, features

from zsc_wh.datasets import decoding, quiet_pillow
from zsc_wh.datasets.decoding import decode, header_side, require_pillow
from zsc_wh.errors import MissingExtraError, UnreadableError
from zsc_wh.installed import install_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RAMP = np.arange(0, 256, 3, dtype=np.uint8).reshape(2, 43)


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def grey() -> Image.Image:
    return Image.fromarray(RAMP)


def colour() -> Image.Image:
    return Image.fromarray(np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=2))


def palette() -> Image.Image:
    return colour().quantize(16)


def grey_16_bit() -> Image.Image:
    return Image.fromarray(RAMP.astype(np.uint16) * 257)


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


def test_16_bit_colour_keeps_the_high_bytes() -> None:
    """16-bit RGB spans the 8-bit range."""
    image = decode(_png_16_bit(np.array([[[0x1234, 0xFFFF, 0x00FF]]], ">u2")), "x")
    assert image.mode == "RGB"
    np.testing.assert_allclose(np.asarray(image)[0, 0], (0x12, 0xFF, 0), atol=1)


def _png_16_bit(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> bytes:
    """Write an RGB image of 16 bits a channel, which Pillow cannot."""
    height, width, _ = pixels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_cmyk_colours_are_right() -> None:
    """Pure cyan ink is no red light, in a JPEG as Adobe writes it too."""
    source = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    image = decode(encoded(source, "JPEG"), "x")
    np.testing.assert_allclose(np.asarray(image)[8, 8], (0, 255, 255), atol=3)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_single_pixel_is_an_image(name: str) -> None:
    """An image of one pixel is read like any other."""
    source = Image.new("RGB", (1, 1), (255, 255, 255))
    image = decode(encoded(source, name), "x").convert("RGB")
    assert (image.size, image.getpixel((0, 0))) == ((1, 1), (255, 255, 255))


@pytest.mark.parametrize(
    ("exif", "turned"), [(False, False), (True, True)], ids=["ignore", "apply"]
)
@pytest.mark.parametrize("make", [grey, colour, palette, grey_16_bit])
def test_orientation_is_applied_when_asked_for(
    make: Callable[[], Image.Image], exif: bool, turned: bool
) -> None:
    """Pixels stay as stored, as in torchvision's loader, unless the user says else."""
    tag = Image.Exif()
    tag[0x0112] = 6  # the camera was held upright: turn by a quarter, clockwise
    content = encoded(make(), "PNG", exif=tag)
    stored = np.asarray(decode(encoded(make(), "PNG"), "x"))
    expected = np.rot90(stored, -1) if turned else stored
    image = decode(content, "x", exif=exif)
    np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_header_tells_the_shorter_side(name: str) -> None:
    """The side comes without the pixels, which may be cut off."""
    content = encoded(Image.new("RGB", (90, 70)), name)
    file = io.BytesIO(content if name in ("TIFF", "WEBP") else content[:-20])
    assert header_side(file, "x") == 70


def test_bad_header_names_its_file() -> None:
    """What has no header of an image is named."""
    with pytest.raises(UnreadableError, match="cannot be read") as caught:
        header_side(io.BytesIO(b"hello"), "photos/bad.jpg")
    assert caught.value.where == "photos/bad.jpg"


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks Pillow is told what to install."""
    monkeypatch.setattr("zsc_wh.installed.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="Pillow") as caught:
        require_pillow()
    assert install_command("ingest") in caught.value.hint


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
    with pytest.raises(UnreadableError, match="cannot be read") as caught:
        decode(content, "photos/bad.jpg")
    assert caught.value.where == "photos/bad.jpg"
    assert "remove it" in caught.value.hint


@pytest.mark.parametrize("name", ["EPS", "PCX", "ICO", "TGA"])
def test_other_formats_are_not_even_opened(name: str) -> None:
    """A name that ends in .jpg starts no Ghostscript, whatever is in the file."""
    content = encoded(colour(), name)
    with pytest.raises(UnreadableError, match="it is none of JPEG, PNG") as caught:
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
    except UnreadableError:
        return "refused"


def test_huge_image_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that Pillow takes for a decompression bomb is an error with its name."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(UnreadableError, match="more than 100 megapixels") as caught:
        decode(encoded(colour(), "PNG"), "bomb.png")
    assert caught.value.where == "bomb.png"


def test_an_empty_file_is_called_empty() -> None:
    """The reason is what a user would say, and the same each time."""
    with pytest.raises(UnreadableError, match=r"\(the file is empty\)"):
        decode(b"", "photos/empty.jpg")


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Forget which formats can be read, before and after."""
    decoding._formats.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    decoding._formats.cache_clear()


@pytest.mark.parametrize(
    ("brand", "name", "package"),
    [(b"heic", "HEIC", "[heif]"), (b"avif", "AVIF", "pillow>=11.3")],
)
def test_photo_that_needs_more_says_what(
    brand: bytes, name: str, package: str, formats: pytest.MonkeyPatch
) -> None:
    """Without a reader, a phone's photo is an image that cannot be read here."""
    formats.setattr(decoding, "find_spec", lambda _: None)
    formats.setattr(features, "get_supported", list)
    content = b"\0\0\0\x18ftyp" + brand + bytes(20)
    for read in (
        lambda: decode(content, "IMG_1.HEIC"),
        lambda: header_side(io.BytesIO(content), "IMG_1.HEIC"),
    ):
        with pytest.raises(
            UnreadableError, match=f"an image in {name}, which"
        ) as caught:
            read()
        assert package in caught.value.hint
        assert caught.value.where == "IMG_1.HEIC"


@pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF")
def test_avif_is_read_where_pillow_can() -> None:
    """A photo in AVIF is like any other; a damaged one is refused as such."""
    content = encoded(colour(), "AVIF", quality=100)
    assert decode(content, "x.avif").size == (43, 2)
    assert header_side(io.BytesIO(content), "x.avif") == 2
    with pytest.raises(UnreadableError) as caught:
        decode(content[:60], "x.avif")
    assert "which cannot be read here" not in caught.value.what


def test_heic_is_read_where_pillow_heif_is() -> None:
    """A photo in HEIC is like any other; a damaged one is refused as such."""
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    content = encoded(Image.new("RGB", (64, 48), "red"), "HEIF")
    assert decode(content, "x.heic").size == (64, 48)
    assert header_side(io.BytesIO(content), "x.heic") == 48
    for n in range(12, len(content), 7):
        with pytest.raises(UnreadableError) as caught:
            decode(content[:n], "x.heic")
        assert "which cannot be read here" not in caught.value.what
