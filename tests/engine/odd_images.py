"""Every kind of odd image that a folder of a user may hold, made file by file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = (
    "plain.png", "photo.jpg", "cmyk.jpg", "grey16.png", "grey16.tif", "palette.png",
    "palette_transparent.png", "rgba.png", "grey_alpha.png", "bilevel.png", "pixel.png",
    "line.png", "rotated.jpg", "png_named.jpg", "jpeg_named.png", "jpeg_named.dat",
    "animated.gif", "upper.JPG", "webp.webp", "progressive.jpg",
)  # fmt: skip
"""Files that can be read."""

BAD = (
    "empty.jpg", "empty.png", "truncated.jpg", "truncated.png", "half.tif", "text.jpg",
    "float.tif", "header_only.png", "noise.gif", "cut_header.jpg",
)  # fmt: skip
"""Files that look like images and cannot be read."""

IGNORED = ("notes.txt", "table.csv")
"""Files that are not images, by name and content."""


def write(folder: Path, name: str, seed: int) -> None:
    """Write one of the files above, with pixels of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 200, size=3)
    pixels = np.clip(base + rng.integers(0, 56, (24, 20, 3)), 0, 255).astype(np.uint8)
    (folder / name).write_bytes(_content(name, Image.fromarray(pixels), rng))


def _content(name: str, image: Image.Image, rng: np.random.Generator) -> bytes:
    png, jpeg = _saved(image, "PNG"), _saved(image, "JPEG", quality=90)
    rotated = Image.Exif()
    rotated[0x0112] = 6
    grey16 = Image.fromarray(
        (np.asarray(image.convert("L")).astype(np.uint16) * 257).astype(np.uint16)
    )
    made: dict[str, Callable[[], bytes]] = {
        "plain.png": lambda: png,
        "photo.jpg": lambda: jpeg,
        "upper.JPG": lambda: jpeg,
        "cmyk.jpg": lambda: _saved(image.convert("CMYK"), "JPEG"),
        "grey16.png": lambda: _saved(grey16, "PNG"),
        "grey16.tif": lambda: _saved(grey16, "TIFF"),
        "palette.png": lambda: _saved(image.quantize(16), "PNG"),
        "palette_transparent.png": lambda: _saved(
            image.quantize(16), "PNG", transparency=0
        ),
        "rgba.png": lambda: _saved(image.convert("RGBA"), "PNG"),
        "grey_alpha.png": lambda: _saved(image.convert("LA"), "PNG"),
        "bilevel.png": lambda: _saved(image.convert("1"), "PNG"),
        "pixel.png": lambda: _saved(image.crop((0, 0, 1, 1)), "PNG"),
        "line.png": lambda: _saved(image.resize((9000, 1)), "PNG"),
        "rotated.jpg": lambda: _saved(image, "JPEG", exif=rotated),
        "png_named.jpg": lambda: png,
        "jpeg_named.png": lambda: jpeg,
        "jpeg_named.dat": lambda: jpeg,
        "animated.gif": lambda: _saved(
            image, "GIF", save_all=True, append_images=[image.rotate(90)]
        ),
        "webp.webp": lambda: _saved(image, "WEBP"),
        "progressive.jpg": lambda: _saved(image, "JPEG", progressive=True),
        "empty.jpg": lambda: b"",
        "empty.png": lambda: b"",
        "truncated.jpg": lambda: jpeg[: len(jpeg) * 2 // 3],
        "truncated.png": lambda: png[: len(png) * 2 // 3],
        "half.tif": lambda: _saved(image, "TIFF")[:200],
        "text.jpg": lambda: b"this is not an image\n" * 20,
        "float.tif": lambda: _saved(
            Image.fromarray(np.asarray(image.convert("L")).astype(np.float32)), "TIFF"
        ),
        "header_only.png": lambda: png[:33],
        "noise.gif": lambda: b"GIF89a" + rng.bytes(300),
        "cut_header.jpg": lambda: jpeg[:20],
        "notes.txt": lambda: b"notes\n",
        "table.csv": lambda: b"a,b\n1,2\n",
        ".hidden.png": lambda: png,
    }
    return made[name]()


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
