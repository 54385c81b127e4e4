"""Arrow files that the library datasets wrote: columns, and images in rows."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from zsc_wh.datasets.digests import Stamp
from zsc_wh.datasets.labels import table_faults
from zsc_wh.datasets.places import Found, Place, lost, unreadable
from zsc_wh.errors import DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from zsc_wh.datasets.digests import Digests

_END = b"\xff\xff\xff\xff\0\0\0\0"
"""How a whole stream ends; polars takes one that is cut between batches for whole."""


def read_arrow(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of an Arrow stream.

    Raises
    ------
    DataError
        When the file is absent, damaged or cut off, or has no such column.
    """
    import polars as pl
    from polars.exceptions import ColumnNotFoundError

    with table_faults(path), path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - len(_END), 0))
        is_whole = file.read() == _END
        file.seek(0)
        if is_whole:
            try:
                return pl.read_ipc_stream(file, columns=list(columns))
            except ColumnNotFoundError:
                file.seek(0)
                known = pl.read_ipc_stream(file, n_rows=0).columns
            raise _no_column(columns, known, path)
    raise DataError(
        what="cannot be read as an Arrow file: it is damaged or cut off",
        where=str(path),
        hint="Write, copy or download it again.",
    )


def _no_column(columns: Sequence[str], known: list[str], path: Path) -> DataError:
    absent = next(name for name in columns if name not in known)
    return DataError(
        what=f"there is no column '{absent}'" + nearest(absent, known),
        where=str(path),
        hint=f"It has {', '.join(known)}.",
    )


def image_rows(path: Path, column: str) -> list[tuple[int, str | None]]:
    """Return of every image its bytes, and the file where it stands alone.

    Raises
    ------
    DataError
        When the column does not hold images.
    """
    contents, paths = _contents(path, column)
    sizes = contents.bin.size().to_list()
    return [
        (size, None) if size is not None else (_size_of(file), file)
        for size, file in zip(sizes, paths, strict=True)
    ]


def _size_of(file: str | None) -> int:
    try:
        return Path(file).stat().st_size if file else 0
    except (OSError, ValueError):
        return 0


def _contents(path: Path, column: str) -> tuple[pl.Series, pl.Series]:
    """Return the bytes and the paths of images; one of both is NULL."""
    import polars as pl

    images = read_arrow(path, [column])[column]
    if images.dtype == pl.Binary:
        return images, pl.Series([None] * len(images), dtype=pl.String)
    if isinstance(images.dtype, pl.Struct):
        fields = {field.name: field.dtype for field in images.dtype.fields}
        if fields.get("bytes") in (pl.Binary, pl.Null) and "path" in fields:
            contents = images.struct.field("bytes").cast(pl.Binary)
            return contents, images.struct.field("path").cast(pl.String)
    raise DataError(
        what=f"the column '{column}' does not hold images",
        where=str(path),
        hint="Name the column of the images with `image`.",
    )


class ArrowRows(Place):
    """The images in a column of an Arrow file, named by their row from 0.

    Parameters
    ----------
    path : Path
        The file.
    column : str
        Of the images.
    """

    def __init__(self, path: Path, column: str) -> None:
        super().__init__(path)
        self._column = column
        self._reading = Lock()

    def find(self) -> Found:
        """Go through the rows."""
        rows = image_rows(self.path, self._column)
        return Found({str(row): size for row, (size, _) in enumerate(rows)})

    def sizes(
        self,
        names: Sequence[str],
        known: Digests,  # noqa: ARG002 - the loader keeps them
    ) -> tuple[int, ...]:
        """Look every row up."""
        found = self.find().sizes
        return tuple(found.get(name, 0) for name in names)

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Return that of the file for every row."""
        try:
            return [Stamp.of(self.path.stat())] * len(names)
        except OSError as error:
            raise lost(str(self.path), error) from error

    def read(self, name: str) -> bytes:
        """Return the bytes of an image, of a file of its own where it is one."""
        contents, paths = self._loaded
        row = int(name)
        if row >= len(contents):
            raise unreadable(self.where(name), "there is no such row")
        content: bytes | None = contents[row]
        if content is not None:
            return content
        if paths[row] is None:
            raise unreadable(self.where(name), "there is no image in the row")
        try:
            return Path(paths[row]).read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not a path"
            msg = f"{self.where(name)}: {paths[row]}"
            raise unreadable(msg, why) from error

    def where(self, name: str) -> str:
        """Return the file and the row."""
        return f"{self.path}: row {name}"

    @property
    def _loaded(self) -> tuple[pl.Series, pl.Series]:
        with self._reading:
            return self._columns

    @cached_property
    def _columns(self) -> tuple[pl.Series, pl.Series]:
        return _contents(self.path, self._column)
