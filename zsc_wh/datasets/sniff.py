"""Tell an image file by its name or by its first bytes, without decoding it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".webp", ".gif",
    ".heic", ".heif", ".hif", ".avif",
)  # fmt: skip
"""Names that mean an image, in any case of letters: torchvision's list, GIF, and what
phones write, whether or not it can be read here."""

HEAD_BYTES = 32
"""How much of a file is looked at: the longest signature below needs 18 bytes."""

# a box of 4 bytes of length; what follows its kind is the brand: HEIC, then AVIF
_PHONE = re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL)

_SIGNATURES = re.compile(
    rb"\xff\xd8\xff"  # JPEG
    rb"|\x89PNG\r\n\x1a\n"
    rb"|GIF8[79]a"
    # BMP begins with two letters; a reserved zero and the size of its header follow
    rb"|BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b"  # TIFF, BigTIFF
    rb"|RIFF.{4}WEBP"
    rb"|P[1-6]\s+(\d+\s|#)"  # PBM, PGM, PPM
    rb"|" + _PHONE.pattern,
    re.DOTALL,
)

_LITTER = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
"""What desktops leave in folders and archives, besides hidden files."""


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


def phone_format(head: bytes) -> str | None:
    """Return ``HEIC`` or ``AVIF`` where the first bytes are of such an image."""
    if not _PHONE.match(head):
        return None
    return "AVIF" if head[8:11] == b"avi" else "HEIC"


def is_litter(name: str) -> bool:
    """Whether a path is hidden, or such as no user put there, and needs no word."""
    return any(
        (part.startswith(".") and part not in (".", "..")) or part.lower() in _LITTER
        for part in name.split("/")
    )
