"""Tables on the disk: delimited text, Parquet and MATLAB files, and their rows."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from zsc_wh.datasets.contents import read_content
from zsc_wh.datasets.labels import labels_of
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from zsc_wh.datasets.listing import Labels


class Table:
    """A table on the disk.

    Parameters
    ----------
    path : Path
        A Parquet file, which its content says; a MATLAB file, if the name ends in
        ``.mat``; else text, separated by tabs if the name ends in ``.tsv`` or ``.tab``
        (``.gz`` after it is allowed) and by commas if not, with a header.
    columns : sequence of str, optional
        Names of the columns of a text file that has no header; separated by blanks
        unless the name ends as above, when the last one takes the rest of a line. Of a
        MATLAB file, the arrays that are its columns; all if not given.
    skip : int, optional
        Lines before the table in a text file separated by blanks.
    first_column : str, optional
        Name of the first column of a text file separated by blanks whose header leaves
        it out.
    wanted : collection of str, optional
        Columns to keep in memory; all if not given.

    Raises
    ------
    DataError
        When it cannot be read.

    Notes
    -----
    All columns of a text file are read as texts, so that ``007`` stays what it is.
    """

    def __init__(
        self,
        path: Path,
        *,
        columns: Sequence[str] = (),
        skip: int = 0,
        first_column: str | None = None,
        wanted: Collection[str] | None = None,
    ) -> None:
        content = read_content(
            path, columns=columns, skip=skip, first_column=first_column, wanted=wanted
        )
        self._path = path
        self._frame, self._names = content.frame, content.names
        self._twice, self._texts = content.twice, {*content.texts}
        self._lines, self._word = content.lines, content.word

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that can be asked for."""
        return tuple(self._frame.columns)

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, row: int) -> str:
        """Return where a row of the table stands in the file, for messages."""
        return f"{self._word} {self._lines[row]}"

    def keep(self, wanted: Mapping[str, Sequence[str]]) -> Table:
        """Keep the rows that hold a wanted text in every column named; return self.

        Raises
        ------
        DataError
            When there is no such column, or its values cannot be written as texts.
        """
        for name, texts in wanted.items():
            is_kept = self._as_texts(name).is_in(list(texts)).fill_null(value=False)
            self.choose(is_kept)
        return self

    def drop(self, name: str, texts: Collection[str]) -> Table:
        """Drop the rows that hold one of the texts in a column; return self.

        Raises as `keep` does.
        """
        is_there = self._as_texts(name).is_in(list(texts)).fill_null(value=False)
        self.choose(~is_there)
        return self

    def choose(self, is_kept: Sequence[bool] | pl.Series) -> None:
        """Keep the rows for which it is true."""
        import polars as pl

        self._frame = self._frame.filter(pl.Series(is_kept, dtype=pl.Boolean))
        self._lines = list(compress(self._lines, is_kept))

    def join(self, other: Table, on: str, key: str | None) -> Table:
        """Add the columns of another table to the rows that they belong to.

        Parameters
        ----------
        other : Table
            With one row for every value of `on`; there may be more.
        on : str
            Column of this table.
        key : str or None
            Column of the other one in which the same texts or numbers stand; None
            where `on` holds numbers of its rows, from 1.

        Raises
        ------
        ConfigError
            When both have a column of one name.
        DataError
            When there is no such column, or not exactly one row for a value.
        """
        index: dict[str | None, int] = {}
        if key is None:
            index = {str(row + 1): row for row in range(len(other))}
        else:
            for row, text in enumerate(other.as_texts(key)):
                if index.setdefault(text, row) != row:
                    raise DataError(
                        what=f"'{text}' stands in two rows: {other.line(index[text])} "
                        f"and {other.line(row)}",
                        where=f"{other.path}: {key}",
                        hint="A table that is joined needs one row for each of them.",
                    )
        rows = []
        for row, text in enumerate(self.as_texts(on)):
            if text not in index:
                raise DataError(
                    what=f"there is no row for {on} = '{text}' "
                    f"({self.path.name}, {self.line(row)})",
                    where=str(other.path),
                    hint="Take both files from one release of the dataset, or correct "
                    "`on` and `key`.",
                )
            rows.append(index[text])
        for name in other.names:
            if name == key:
                continue
            self._add(
                name, other.column(name).gather(rows), is_text=other.is_text(name)
            )
        self._names += tuple(name for name in other._names if name != key)
        return self

    def add(self, name: str, values: Sequence[str | None]) -> Table:
        """Add a column of strings, or replace the one of that name; return self."""
        import polars as pl

        self._frame = self._frame.with_columns(pl.Series(name, values, pl.String))
        self._texts.add(name)
        return self

    def _add(self, name: str, column: pl.Series, *, is_text: bool) -> None:
        if name in self._frame.columns:
            raise ConfigError(
                what=f"the column '{name}' stands in two of the tables",
                where=str(self._path),
                hint="Give it another name in `columns` of one of them.",
            )
        self._frame = self._frame.with_columns(column.alias(name))
        if is_text:
            self._texts.add(name)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def is_text(self, name: str) -> bool:
        """Whether a column comes from a text file, where numbers are strings."""
        return name in self._texts

    def as_texts(self, name: str) -> list[str | None]:
        """Return a column of strings or numbers as texts.

        Raises as `keep` does.
        """
        return self._as_texts(name).to_list()

    def values(self, name: str) -> list[str | int | None]:
        """Return a column as it is.

        Raises
        ------
        DataError
            When there is no such column.
        """
        return self.column(name).to_list()

    def texts(self, name: str) -> list[str | None]:
        """Return a column of strings.

        Raises
        ------
        DataError
            When there is no such column, or it is none of texts.
        """
        import polars as pl

        column = self.column(name)
        if column.dtype not in (pl.String, pl.Categorical, pl.Enum):
            raise DataError(
                what=f"the column must hold strings, not {column.dtype}",
                where=f"{self._path}: {name}",
                hint="Name the right column.",
            )
        return column.cast(pl.String).to_list()

    def labels(self, name: str, missing: Sequence[str], rows: Sequence[int]) -> Labels:
        """Return the labels in some rows of a column; see `labels_of`.

        Parameters
        ----------
        name : str
            The column.
        missing : sequence of str
            What means no label, besides NULL and NaN.
        rows : sequence of int
            Which rows, in which order.

        Raises
        ------
        DataError
            When there is no such column, or it holds something else than labels.
        """
        column = self.column(name).gather(list(rows))
        where = f"{self._path}: {name}"
        return labels_of(column, where, missing, is_text=name in self._texts)

    def _as_texts(self, name: str) -> pl.Series:
        import polars as pl

        column = self.column(name)
        try:
            return column.cast(pl.String)
        except pl.exceptions.PolarsError as error:  # lists, bytes
            raise DataError(
                what=f"rows cannot be chosen by a column of {column.dtype}",
                where=f"{self._path}: {name}",
                hint="Name a column of strings or numbers in `where`.",
            ) from error

    def column(self, name: str) -> pl.Series:
        """Return a column.

        Raises
        ------
        DataError
            When there is no such column, or there are two of that name.
        """
        if name not in self._frame.columns:
            raise DataError(
                what=f"there is no column '{name}' in the table"
                + nearest(name, self._names),
                where=str(self._path),
                hint=f"It has: {', '.join(self._names)}.",
            )
        if name in self._twice:
            raise DataError(
                what=f"two columns are named '{name}'",
                where=str(self._path),
                hint="Rename one of them in the header.",
            )
        return self._frame[name]
