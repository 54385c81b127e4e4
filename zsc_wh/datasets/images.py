"""Images of a dataset, read one at a time: from files, or out of one array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.decoding import (
    decode,
    header_side,
    quiet_pillow,
    require_pillow,
)
from zsc_wh.errors import DataError, UnreadableError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from zsc_wh.datasets.listing import Listing
    from zsc_wh.datasets.places import Place

_MOST_BYTES = 1 << 30
"""A larger file is not read: it is no photo, and a few of them fill the memory."""


class Images(ABC):
    """Images of a dataset in sample order; may be read by several threads."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, index: int) -> tuple[Image.Image, bytes]:
        """Return an image, of mode L or RGB, and the bytes that it was made of.

        Raises
        ------
        UnreadableError
            Naming the file, when it is absent, not what was listed or no sound image.
        DataError
            When no image of the dataset can be read any more.
        """

    @abstractmethod
    def where(self, index: int) -> str:
        """Return the file or name of an image, for messages."""

    @abstractmethod
    def typical_side(self) -> int:
        """Return the median of the shorter sides of all images, in pixels.

        The lower median, over the images that can be read, from headers alone. It is
        not the least one, so that one odd image of a single pixel does not shrink a
        whole dataset.

        Raises
        ------
        DataError
            When no image can be read.
        """

    def __getitem__(self, index: int) -> Image.Image:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.read(index)[0]


class ImageFiles(Images):
    """Image files in a folder or archive; nothing is kept once read.

    Parameters
    ----------
    place : Place
        Where they lie.
    listing : Listing
        Its sample ids are their names, its sizes are their bytes.
    exif : bool
        Whether to turn them as EXIF says.
    """

    def __init__(self, place: Place, listing: Listing, *, exif: bool) -> None:
        require_pillow()
        self._place = place
        self._names = listing.sample_ids
        self._sizes = listing.sizes
        self._exif = exif

    def __len__(self) -> int:
        return len(self._names)

    def read(self, index: int) -> tuple[Image.Image, bytes]:
        """Read a file once, for its image and for its bytes."""
        where, size = self.where(index), self._sizes[index]
        if self._is_giant(index):
            raise UnreadableError(
                what=f"the file has {size} bytes, more than the {_MOST_BYTES} that "
                "are read of an image",
                where=where,
                mend="Make it smaller, or remove it.",
            )
        content = self._place.read(self._names[index])
        if len(content) != size:
            raise UnreadableError(
                what=f"the file has {len(content)} bytes, and had {size} when the "
                "dataset was listed",
                where=where,
                mend="Leave the images alone while they are read, and start again.",
            )
        return decode(content, where, exif=self._exif), content

    def where(self, index: int) -> str:
        """Return the path."""
        return self._place.where(self._names[index])

    def typical_side(self) -> int:
        """Read the header of every file."""
        sides: list[int] = []
        with quiet_pillow():
            for index, name in enumerate(self._names):
                # `read` tells of what is left out; here it has no side to count
                if self._is_giant(index):
                    continue
                with suppress(UnreadableError), self._place.open(name) as file:
                    sides.append(header_side(file, self.where(index)))
        if not sides:
            raise DataError(
                what=f"none of the {len(self)} images can be read",
                where=str(self._place.path),
                mend="Check that they are images, and that you may read them.",
            )
        return sorted(sides)[(len(sides) - 1) // 2]

    def _is_giant(self, index: int) -> bool:
        return self._sizes[index] > _MOST_BYTES


class ArrayImages(Images):
    """Grey images of one size in one array.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n_whole, height, width)
        All of the dataset.
    listing : Listing
        The samples; in a subset their positions are rows of `pixels`.
    where : str
        What they were read from, for messages.
    """

    def __init__(self, pixels: NDArray[np.uint8], listing: Listing, where: str) -> None:
        require_pillow()
        self._pixels = pixels
        self._rows = listing.positions or range(len(listing))
        self._names = listing.sample_ids
        self._where = where

    def __len__(self) -> int:
        return len(self._names)

    def read(self, index: int) -> tuple[Image.Image, bytes]:
        """Return a grey image and its pixels, row by row."""
        from PIL.Image import fromarray

        pixels: NDArray[Any] = np.ascontiguousarray(self._pixels[self._rows[index]])
        return fromarray(pixels), pixels.tobytes()

    def where(self, index: int) -> str:
        """Return the file and the id."""
        return f"{self._where}: {self._names[index]}"

    def typical_side(self) -> int:
        """Return the shorter side that all images have."""
        _, height, width = self._pixels.shape
        return int(min(height, width))
