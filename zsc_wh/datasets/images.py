"""Images of a dataset, read one at a time: from files, or out of one array."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.decoding import (
    decode,
    header_side,
    quiet_pillow,
    require_pillow,
)
from zsc_wh.errors import DataError, UnreadableError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Listing
    from zsc_wh.datasets.places import Place

_MOST_BYTES = 1 << 30
"""A larger file is not read: it is not a photo, and a few of them fill the memory."""


class Images(ABC):
    """Images of a dataset in sample order; may be read by several threads."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, index: int) -> Image.Image:
        """Return an image, of mode L or RGB.

        Raises
        ------
        UnreadableError
            Naming the file, when it is absent or not a sound image.
        DataError
            When it is not what was listed, or no image of the dataset can be read any
            more.
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
        return self.read(index)


class ImageFiles(Images):
    """Image files in a folder or archive; nothing is kept once read.

    Parameters
    ----------
    place : Place
        Where they lie.
    listing : Listing
        Its sample ids are their names, its sizes and digests those of their bytes.
    exif : bool
        Whether to turn them as EXIF says.
    """

    def __init__(self, place: Place, listing: Listing, *, exif: bool) -> None:
        require_pillow()
        self._place = place
        self._names = listing.sample_ids
        self._sizes = listing.sizes
        self._digests = listing.digests
        self._exif = exif

    def __len__(self) -> int:
        return len(self._names)

    def read(self, index: int) -> Image.Image:
        """Read a file and compare it with what was listed."""
        where, size = self.where(index), self._sizes[index]
        if _is_giant(size):
            raise UnreadableError(
                what=f"the file has {size} bytes, more than the {_MOST_BYTES} that "
                "are read of an image",
                where=where,
                hint="Make it smaller, or remove it.",
            )
        try:
            content = self._place.read(self._names[index])
        except UnreadableError:
            if self._digests[index] is not None:
                raise changed(where) from None
            raise
        if hashlib.sha256(content).hexdigest() != self._digests[index]:
            raise changed(where)
        return decode(content, where, exif=self._exif)

    def where(self, index: int) -> str:
        """Return the path."""
        return self._place.where(self._names[index])

    def typical_side(self) -> int:
        """Read the header of every file."""
        sides: list[int] = []
        first: UnreadableError | None = None
        with quiet_pillow():
            for index, name in enumerate(self._names):
                # `read` tells of what is left out; here it has no side to count
                if _is_giant(self._sizes[index]):
                    continue
                try:
                    with self._place.open(name) as file:
                        sides.append(header_side(file, self.where(index)))
                except UnreadableError as error:
                    first = first or error
        if not sides:
            raise DataError(
                what=f"none of {counted(len(self), 'image')} can be read"
                + (f"; of the first, {first.what}" if first else ""),
                where=str(self._place.path),
                hint=first.hint if first else "Check that they are images.",
            ) from first
        return sorted(sides)[(len(sides) - 1) // 2]


class ArrayImages(Images):
    """Images of one size in one array.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n_whole, height, width[, 3])
        All of the dataset, grey or RGB.
    listing : Listing
        The samples with their digests; in a subset their positions are rows of
        `pixels`.
    where : str
        What they were read from, for messages.

    Raises
    ------
    DataError
        When they are not of the shape that was listed.
    """

    def __init__(self, pixels: NDArray[np.uint8], listing: Listing, where: str) -> None:
        require_pillow()
        if listing.facts != shape_facts(*pixels.shape[1:]):
            raise changed(where)
        self._pixels = pixels
        self._rows = listing.rows
        self._names = listing.sample_ids
        self._digests = listing.digests
        self._where = where

    def __len__(self) -> int:
        return len(self._names)

    def read(self, index: int) -> Image.Image:
        """Return a grey or RGB image."""
        from PIL.Image import fromarray

        row = self._rows[index]
        found = self._pixels[row : row + 1]  # empty where there are fewer now
        if pixel_digests(found) != [self._digests[index]]:
            raise changed(self.where(index))
        return fromarray(np.ascontiguousarray(found[0]))

    def where(self, index: int) -> str:
        """Return the file and the id."""
        return f"{self._where}: {self._names[index]}"

    def typical_side(self) -> int:
        """Return the shorter side that all images have."""
        height, width = self._pixels.shape[1:3]
        return int(min(height, width))


def file_digests(
    place: Place, listing: Listing, known: Digests, title: str
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed file, None where `ImageFiles` reads none.

    Raises as `Digests.of_files` does.
    """
    ids, sizes = listing.sample_ids, listing.sizes
    if not _is_giant(max(sizes, default=0)):
        return known.of_files(place, ids, title)
    names = [name for name, size in zip(ids, sizes, strict=True) if not _is_giant(size)]
    found = dict(zip(names, known.of_files(place, names, title), strict=True))
    return tuple(found.get(name) for name in ids)


def pixel_digests(pixels: NDArray[np.uint8]) -> list[str]:
    """Return the sha256 of every image of an array, its pixels row by row."""
    return [hashlib.sha256(image.tobytes()).hexdigest() for image in pixels]


def shape_facts(*shape: int) -> dict[str, Any]:
    """Return what bare pixels do not say of themselves: height, width, channels."""
    return {"shape": list(shape)}


def changed(where: str) -> DataError:
    """Make the error of a sample that is not what was listed."""
    return DataError(
        what="the sample is not what it was when the dataset was listed",
        where=where,
        hint="Leave the files alone while they are read, and run the ingest again; "
        "--verify reads all of them again if the clock or the file system is odd.",
    )


def _is_giant(size: int) -> bool:
    return size > _MOST_BYTES
