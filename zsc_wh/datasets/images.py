"""Images of a dataset, read one at a time, in the two modes that encoders take.

Pillow is imported when the first image is read.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from abc import ABC, abstractmethod
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".webp", ".gif",
)  # fmt: skip
"""Names that mean an image, in any case of letters: torchvision's list and GIF."""

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "GIF", "TIFF", "WEBP")
"""What may be inside such a file. Pillow knows more, some of which start programs."""

_SCALE_16_BIT = 257  # 65535 / 255


class Images(ABC):
    """Images of a dataset in sample order; nothing is kept once read."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, index: int) -> tuple[Image.Image, bytes]:
        """Return an image, of mode L or RGB, and the bytes that it was made of.

        Raises
        ------
        DataError
            Naming the file, when it is not what was listed or no sound image.
        """

    @abstractmethod
    def where(self, index: int) -> str:
        """Return the file or name of an image, for messages."""

    @abstractmethod
    def shortest_side(self) -> int:
        """Return the shortest side of all images in pixels, from headers alone."""

    def __getitem__(self, index: int) -> Image.Image:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.read(index)[0]


class ImageFiles(Images):
    """Image files below a folder.

    Parameters
    ----------
    root : Path
        The folder.
    sample_ids : tuple of str
        Paths below it.
    sizes : tuple of int
        Bytes of the files when they were listed.
    """

    def __init__(
        self, root: Path, sample_ids: tuple[str, ...], sizes: tuple[int, ...]
    ) -> None:
        require_pillow()
        self._root = root
        self._sample_ids = sample_ids
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self._sample_ids)

    def read(self, index: int) -> tuple[Image.Image, bytes]:
        """Read a file once, for its image and for its bytes."""
        where = self.where(index)
        with _image_faults(where):
            content = Path(where).read_bytes()
        if len(content) != self._sizes[index]:
            raise DataError(
                what=f"the file has {len(content)} bytes, and had "
                f"{self._sizes[index]} when the dataset was listed",
                where=where,
                mend="Leave the images alone while they are read, and start again.",
            )
        return decode(content, where), content

    def where(self, index: int) -> str:
        """Return the path."""
        return str(self._root / self._sample_ids[index])

    def shortest_side(self) -> int:
        """Read the header of every file."""
        with quiet_pillow():
            return min(self._side(index) for index in range(len(self)))

    def _side(self, index: int) -> int:
        from PIL import Image

        where = self.where(index)
        with _image_faults(where), Image.open(where, formats=FORMATS) as image:
            return min(image.size)


def require_pillow() -> None:
    """Check that images can be read at all.

    Raises
    ------
    MissingExtraError
        When Pillow is not installed.
    """
    if find_spec("PIL") is None:
        raise MissingExtraError(
            what="Pillow, which reads images, is not installed",
            mend='Install it with: pip install "zscwh[ingest]"',
        )


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Keep Pillow's warnings about odd but readable files to ourselves.

    Filters are global to the process: enter it outside of any threads that decode.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def decode(content: bytes, where: str) -> Image.Image:
    """Return the image in a file's bytes, in mode L or RGB.

    Parameters
    ----------
    content : bytes
        A whole file; of several frames the first is taken.
    where : str
        Name of the file, for messages.

    Raises
    ------
    DataError
        When it is not a sound image of `FORMATS`.

    Notes
    -----
    The pixels stay as they are stored: an orientation noted in EXIF is not applied,
    as by torchvision's loader. 16-bit grey is scaled to 8 bits; palette, CMYK and the
    like are converted to RGB, and transparency is dropped, both by Pillow's rules.
    """
    from PIL import Image

    with (
        _image_faults(where),
        Image.open(io.BytesIO(content), formats=FORMATS) as image,
    ):
        image.load()
        return _grey_or_rgb(image)


def _grey_or_rgb(image: Image.Image) -> Image.Image:
    """Convert an image to the nearest of the modes L and RGB."""
    mode = image.mode
    if mode in ("L", "RGB"):
        return image.copy()
    if mode == "I" or mode.startswith("I;16"):
        return _from_16_bit(image)
    if mode == "F":
        message = "its pixels are floating point numbers of unknown range"
        raise ValueError(message)
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
        raise ValueError(message)
    scaled = np.rint(pixels / _SCALE_16_BIT).astype(np.uint8)
    return fromarray(scaled)


@contextmanager
def _image_faults(where: str) -> Iterator[None]:
    """Turn what Pillow and the system raise on a bad file into a `DataError`."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except (
        OSError,  # absent, unreadable, unidentified or truncated
        SyntaxError,  # Pillow's word for a broken header
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        OverflowError,
        struct.error,
        zlib.error,
        DecompressionBombError,
    ) as error:
        raise DataError(
            what=f"the image cannot be read ({type(error).__name__}: {error})",
            where=where,
            mend="Mend the file, convert it to PNG or JPEG, or remove it.",
        ) from error
