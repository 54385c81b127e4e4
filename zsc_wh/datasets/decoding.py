"""Decode the bytes of an image file, in the two modes that encoders take.

Pillow is imported when the first image is read.
"""

from __future__ import annotations

import errno
import io
import struct
import warnings
import zlib
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import IO, TYPE_CHECKING

import numpy as np

from zsc_wh.datasets.sniff import HEAD_BYTES, phone_format
from zsc_wh.errors import UnreadableError
from zsc_wh.installed import install_command, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from PIL import Image

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "GIF", "TIFF", "WEBP")
"""What may be inside an image file. Pillow knows more, some of which start programs."""

_PHONES = {"HEIC": "HEIF", "AVIF": "AVIF"}
"""What phones write, which not every installation can read, and Pillow's name of it."""

_PHONE_SUFFIXES = {".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".avif": "AVIF"}

MOST_PIXELS = 100_000_000
"""Pixels of the largest image that is decoded: it takes about 1 GiB."""

_LARGE_PIXELS = 10_000_000
_LARGE = Lock()
"""Held while an image of more pixels than that is decoded: one at a time."""

_PIXEL_BYTES = 10
_PIXELS_PER_BYTE = 8
"""Measured peak for a pixel, and how many pixels a byte of a usual photo is, at most;
drawings are packed tighter, and nothing goes beyond `MOST_PIXELS`."""

_SCALE_16_BIT = 257  # 65535 / 255

_OF_THE_CONTENT = (None, errno.EINVAL)
"""Numbers of the errors that bad content causes: none where Pillow found it, the other
where a header sent it to a position that no file has."""


def require_pillow() -> None:
    """Check that images can be read at all.

    Raises
    ------
    MissingExtraError
        When Pillow is not installed.
    """
    require("PIL", "Pillow, which reads images")


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Keep Pillow's warnings about odd but readable files to ourselves.

    Filters are global to the process: enter it outside of any threads that decode.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def decode(content: bytes, where: str, *, exif: bool = False) -> Image.Image:
    """Return the image in a file's bytes, in mode L or RGB.

    Parameters
    ----------
    content : bytes
        A whole file; of several frames the first is taken.
    where : str
        Name of the file, for messages.
    exif : bool
        Whether to turn the image as EXIF says. torchvision's loader does not, and
        neither did the study.

    Raises
    ------
    UnreadableError
        When it is not a sound and whole image of `FORMATS`, or of HEIC or AVIF where
        pillow-heif or Pillow's AVIF is installed.

    Notes
    -----
    The format is told by the content. 16-bit grey is scaled to 8 bits; palette, CMYK
    and the like are converted to RGB, and transparency is dropped, both by Pillow's
    rules.
    """
    from PIL import Image, ImageOps

    if not content:
        raise _unreadable(where, why="the file is empty")
    with (
        _image_faults(where, content[:HEAD_BYTES]),
        Image.open(io.BytesIO(content), formats=_formats()) as image,
        _room_for(image, where),
    ):
        image.load()
        return _grey_or_rgb(ImageOps.exif_transpose(image) if exif else image)


def phone_formats(sample_ids: Iterable[str]) -> dict[str, list[int]]:
    """Return where the images are that phones write, by format.

    Told by the suffixes of the names, which is cheap enough for a plan.

    Examples
    --------
    >>> phone_formats(["a.jpg", "b.HEIC", "c.heif"])
    {'HEIC': [1, 2]}
    """
    found: dict[str, list[int]] = {}
    for index, sample_id in enumerate(sample_ids):
        suffix = f".{sample_id.rpartition('.')[2].lower()}"
        if suffix in _PHONE_SUFFIXES:
            found.setdefault(_PHONE_SUFFIXES[suffix], []).append(index)
    return found


def reader_to_install(phone: str) -> str | None:
    """Return the command that installs a reader of HEIC or AVIF, None if it is here."""
    if _PHONES[phone] in _formats():
        return None
    return install_command("heif") if phone == "HEIC" else 'pip install "pillow>=11.3"'


def header_side(file: IO[bytes], where: str) -> int:
    """Return the shorter side of an image in pixels, from its header alone.

    Raises
    ------
    UnreadableError
        When the header is not that of an image of `FORMATS`.
    OSError
        When the system cannot read the file.
    """
    from PIL import Image

    head = file.read(HEAD_BYTES)
    file.seek(0)
    with _image_faults(where, head), Image.open(file, formats=_formats()) as image:
        _check_pixels(image, where)
        return min(image.size)


def peak_bytes(file_bytes: int) -> int:
    """Return the memory that decoding a photo of this many bytes takes, at most."""
    return _PIXEL_BYTES * min(MOST_PIXELS, _PIXELS_PER_BYTE * file_bytes)


def _room_for(image: Image.Image, where: str) -> AbstractContextManager[object]:
    """Check the size that the header says, and wait for other large images."""
    n = _check_pixels(image, where)
    return _LARGE if n > _LARGE_PIXELS else nullcontext()


def _check_pixels(image: Image.Image, where: str) -> int:
    width, height = image.size
    if (n := width * height) > MOST_PIXELS:
        raise _giant(where)
    return n


def _giant(where: str) -> UnreadableError:
    why = f"it has more than {MOST_PIXELS // 10**6} megapixels"
    return _unreadable(where, why=why, hint="Make it smaller, or remove it.")


@cache
def _formats() -> tuple[str, ...]:
    """Return `FORMATS`, and of those that phones write what can be read here."""
    from PIL import features

    found = list(FORMATS)
    if find_spec("pillow_heif") is not None:
        from pillow_heif import register_heif_opener

        register_heif_opener()
        found.append(_PHONES["HEIC"])
    # Pillow has known the feature since 11.3
    if "avif" in features.get_supported():
        found.append(_PHONES["AVIF"])
    return tuple(found)


def _grey_or_rgb(image: Image.Image) -> Image.Image:
    """Convert an image to the nearest of the modes L and RGB."""
    mode = image.mode
    if mode in ("L", "RGB"):
        return image.copy()
    if mode == "I" or mode.startswith("I;16"):
        return _from_16_bit(image)
    if mode == "F":
        message = "its pixels are floating point numbers of unknown range"
        raise _OddPixelsError(message)
    if mode in ("1", "LA", "La"):
        return image.convert("LA" if mode == "La" else "L").convert("L")
    # Pillow goes to RGB from these only through RGBA, or warns on the short way.
    if mode in ("P", "PA", "RGBa"):
        image = image.convert("RGBA")
    return image.convert("RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    from PIL.Image import fromarray

    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > np.iinfo(np.uint16).max:
        message = "its pixels are not 16-bit numbers"
        raise _OddPixelsError(message)
    levels = np.arange(np.iinfo(np.uint16).max + 1)
    return fromarray(np.rint(levels / _SCALE_16_BIT).astype(np.uint8)[pixels])


class _OddPixelsError(Exception):
    """Its message says which pixels cannot be shown in 8 bits."""


@contextmanager
def _image_faults(where: str, head: bytes) -> Iterator[None]:
    """Turn what Pillow raises on a bad file into an `UnreadableError`.

    What the system raises on reading passes through: whether the file or the disk is at
    fault, the `Place` knows.
    """
    from PIL import UnidentifiedImageError
    from PIL.Image import DecompressionBombError

    try:
        yield
    except UnidentifiedImageError as error:
        phone = phone_format(head)
        command = reader_to_install(phone) if phone is not None else None
        if command is not None:
            why = f"it is an image in {phone}, which cannot be read here"
            hint = f"Install a reader with: {command}; or convert it to PNG or JPEG."
            raise _unreadable(where, why=why, hint=hint) from error
        # its own message holds the address of an object
        raise _unreadable(where, why=f"it is none of {', '.join(FORMATS)}") from error
    except OSError as error:
        if error.errno not in _OF_THE_CONTENT:
            raise
        is_short = "truncated" in str(error)
        why = "the file is cut off" if is_short else "its content is damaged"
        raise _unreadable(where, why=why) from error
    except DecompressionBombError as error:  # Pillow's own limit, which is higher
        raise _giant(where) from error
    except _OddPixelsError as error:
        raise _unreadable(where, why=str(error)) from error
    except (
        SyntaxError,  # Pillow's word for a broken header
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        RuntimeError,  # of pillow-heif
        OverflowError,
        struct.error,
        zlib.error,
    ) as error:
        raise _unreadable(where, why="its content is damaged") from error


def _unreadable(
    where: str,
    *,
    why: str,
    hint: str = "Mend the file, convert it to PNG or JPEG, or remove it.",
) -> UnreadableError:
    return UnreadableError(
        what=f"the image cannot be read ({why})",
        where=where,
        hint=hint,
    )
