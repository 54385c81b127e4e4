"""Compare what a header says with what its file can hold, before memory is taken.

A header of a few bytes can claim any size. Each reader asks here first, so that a
damaged or hostile file ends in a message and not in a machine without memory.
"""

from __future__ import annotations

import io
from math import prod
from typing import IO, TYPE_CHECKING

from zsc_wh.errors import DataError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from gzip import GzipFile
    from pathlib import Path

_UNPACKED_FREE = 1 << 28
"""Bytes that any packed file may unpack to."""

_RATIO = 200
"""How many times its size a packed file may unpack to beyond that. Features and photos
reach 2, labels and drawings 50; gzip can reach 1,032 and bzip2 far more."""

_ROWS_FREE = 1 << 20
"""Rows that any table may claim."""

_ROWS_PER_BYTE = 8
"""Beyond that, rows differ, and a row takes at least one bit."""


def check_size(
    shape: Sequence[int], item_bytes: int, held: int, where: str, *, exact: bool = True
) -> None:
    """Check that an array of the shape in a header fits in the bytes that are there.

    Parameters
    ----------
    shape : sequence of int
        As the header says.
    item_bytes : int
        Size of an item.
    held : int
        Bytes behind the header.
    where : str
        File, and array in it, for the message.
    exact : bool
        Whether bytes left over are a fault too.

    Raises
    ------
    DataError
        Tells both sizes.
    """
    count = prod(map(int, shape))
    claimed = count * item_bytes
    # items without a size would fit in any file in any number
    is_absurd = min(shape, default=0) < 0 or (count and not item_bytes)
    if is_absurd or claimed > held or (exact and claimed < held):
        sizes = " x ".join(map(str, shape))
        items = "" if item_bytes == 1 else f" items of {item_bytes} bytes"
        there = held if claimed > held else "more"
        what = (
            f"its header says {sizes}{items} = {claimed} bytes, and there are {there}"
        )
        raise _refused(what, where)


def check_unpacked(claimed: int, packed: int, where: str) -> None:
    """Check that a size after unpacking is not out of all proportion to the file.

    Parameters
    ----------
    claimed : int
        Bytes after unpacking.
    packed : int
        Bytes in the file.
    where : str
        File, and member in it, for the message.

    Raises
    ------
    DataError
        Says how to read such a file all the same.
    """
    if claimed > max(_UNPACKED_FREE, _RATIO * packed):
        raise DataError(
            what=f"it would unpack from {packed} to {claimed} bytes or more, and no "
            f"file is unpacked to more than {_RATIO} times its size",
            where=where,
            hint="The file is damaged, or made to fill the memory. If you trust it, "
            "unpack it yourself and name the result.",
        )


def check_rows(n: int, path: Path) -> None:
    """Check that a file can hold as many rows as its header says.

    Raises
    ------
    DataError
        When it cannot.
    """
    size = path.stat().st_size
    if n > max(_ROWS_FREE, _ROWS_PER_BYTE * size):
        what = f"its header says {counted(n, 'row')}, and the file has {size} bytes"
        raise _refused(what, str(path))


def parquet_rows(file: IO[bytes], path: Path) -> int:
    """Return how many rows the header of an open Parquet file says.

    Parameters
    ----------
    file : file
        Since polars takes a path for a pattern. It is read from its beginning, and
        stands there again afterwards.
    path : Path
        Its name and size.

    Raises
    ------
    DataError
        As `check_rows`.
    """
    import polars as pl

    file.seek(0)
    n = int(pl.scan_parquet(file).select(pl.len()).collect().item())
    file.seek(0)
    check_rows(n, path)
    return n


class Unpacking(io.RawIOBase):
    """A packed file as it is unpacked; refuses to go on where it swells.

    Parameters
    ----------
    file : file
        Gives the unpacked bytes.
    path : Path
        The packed file.
    """

    def __init__(self, file: IO[bytes] | GzipFile, path: Path) -> None:
        self._file = file
        self._path = path
        self._packed = path.stat().st_size
        self._done = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, or all.

        Raises
        ------
        DataError
            When more comes out than `check_unpacked` lets pass.
        """
        if size is None or size < 0:
            pieces = iter(lambda: self.read(1 << 20), b"")
            return b"".join(pieces)
        content = self._file.read(size)
        self._done += len(content)
        check_unpacked(self._done, self._packed, str(self._path))
        return content


def _refused(what: str, where: str) -> DataError:
    return DataError(
        what=what,
        where=where,
        hint="Write, copy or download the file again.",
    )
