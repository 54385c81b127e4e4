"""Tell an image file by its name or by its first bytes, without decoding it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".webp", ".gif",
)  # fmt: skip
"""Names that mean an image, in any case of letters: torchvision's list and GIF."""

HEAD_BYTES = 32
"""How much of a file is looked at: the longest signature below needs 18 bytes."""

_SIGNATURES = re.compile(
    rb"\xff\xd8\xff"  # JPEG
    rb"|\x89PNG\r\n\x1a\n"
    rb"|GIF8[79]a"
    # BMP begins with two letters; a reserved zero and the size of its header follow
    rb"|BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b"  # TIFF, BigTIFF
    rb"|RIFF.{4}WEBP"
    rb"|P[1-6]\s+(\d+\s|#)",  # PBM, PGM, PPM
    re.DOTALL,
)


def is_image(name: str, head: Callable[[], bytes]) -> bool:
    """Whether a file is an image by its name or, if not, by its content.

    Parameters
    ----------
    name : str
        Name or path. One that ends in an image suffix decides alone, so that an empty
        or broken photo is not taken for something else and passed over.
    head : callable
        Returns the first `HEAD_BYTES` bytes; called only if the name says nothing.
    """
    return name.lower().endswith(SUFFIXES) or bool(_SIGNATURES.match(head()))
