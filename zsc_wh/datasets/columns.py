"""Stored arrays in Parquet: a column of lists, or numbered columns."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from zsc_wh.datasets.arrays import Arrays
from zsc_wh.datasets.claims import parquet_rows
from zsc_wh.datasets.labels import labels_of, table_faults
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from zsc_wh.datasets.listing import Labels


class Parquet(Arrays):
    """The columns of a Parquet file."""

    def __init__(self, path: Path) -> None:
        import polars as pl

        self.path = path
        with self._opened() as file:
            self._schema = pl.read_parquet_schema(file)
            self._n = parquet_rows(file, path)
        super().__init__(path, tuple(self._schema))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return rows and items of a column, or rows and numbered columns."""
        import polars as pl

        columns, n = self._columns(name), self._n
        if columns != [name]:
            return (n, len(columns))
        kind = self._schema[name]
        if isinstance(kind, pl.Array):
            return (n, *kind.shape)
        if not isinstance(kind, pl.List):
            return (n,)
        with self._opened() as file:
            first = pl.read_parquet(file, columns=columns, n_rows=1)[name]
        return (n, int(first.list.len().sum()))

    def read(self, name: str) -> NDArray[Any]:
        """Return a column of lists, or numbered columns side by side."""
        columns = self._columns(name)
        frame = self._frame(columns)
        if columns != [name]:
            array: NDArray[Any] = frame.select(columns).to_numpy()
        else:
            array = self._rows(frame[name])
        if array.dtype.kind == "O":
            raise DataError(
                what="the array must be of numbers, without gaps",
                where=f"{self.path}: {name}",
                hint="Name the right column, or fill the gaps.",
            )
        return array

    def labels(self, name: str) -> Labels:
        """Return a column of labels, also where some are NULL."""
        if name not in self.names:
            raise self.absent(name)
        return labels_of(self._frame([name])[name], f"{self.path}: {name}")

    def _rows(self, column: pl.Series) -> NDArray[Any]:
        """Return a column of lists as rows of one length."""
        import polars as pl

        if isinstance(column.dtype, pl.List):
            lengths = column.list.len().unique().to_list()
            if len(lengths) != 1 or lengths == [None]:
                raise DataError(
                    what="the lists of the column are not of one length",
                    where=f"{self.path}: {column.name}",
                    hint="Store features of one length, and a list in every row.",
                )
            column = column.list.to_array(lengths[0])
        array: NDArray[Any] = column.to_numpy()
        return array

    def _frame(self, columns: list[str]) -> pl.DataFrame:
        import polars as pl

        with self._opened() as file:
            return pl.read_parquet(file, columns=columns)

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """Open the file: polars would take its path for a pattern."""
        with table_faults(self.path), self.path.open("rb") as file:
            yield file

    def _columns(self, name: str) -> list[str]:
        """Return the one column of a name, or the numbered ones in their order."""
        if name in self.names:
            return [name]
        for prefix in (f"{name}_", name):
            numbered = re.compile(rf"{re.escape(prefix)}(0|[1-9][0-9]*)")
            columns = [column for column in self.names if numbered.fullmatch(column)]
            if columns:
                return self._in_order(columns, prefix)
        raise self.absent(name)

    def _in_order(self, columns: list[str], prefix: str) -> list[str]:
        wanted = [f"{prefix}{number}" for number in range(len(columns))]
        if set(columns) != set(wanted):
            missing = next(column for column in wanted if column not in columns)
            raise DataError(
                what=f"the numbered columns have a gap: there is no '{missing}'",
                where=str(self.path),
                hint="Number them from 0 on.",
            )
        return wanted
