"""Tables of labels: CSV, TSV and Parquet files, read by polars."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zsc_wh.errors import DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from zsc_wh.datasets.listing import Labels

PARQUET_MAGIC = b"PAR1"

_TAB_SUFFIXES = {".tsv", ".tab"}
_WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FRACTION = re.compile(r"[+-]?\d*\.\d*[1-9]\d*")
_BEYOND_INT64 = 2.0**63  # so large a float says nothing of the number meant


class Table:
    """A table on the disk.

    Parameters
    ----------
    path : Path
        A Parquet file, which its content says; else text with a header, separated by
        tabs if the name ends in ``.tsv`` or ``.tab`` (``.gz`` after it is allowed) and
        by commas if not.

    Raises
    ------
    DataError
        When it cannot be read.

    Notes
    -----
    All columns of a text file are read as texts, so that ``007`` stays what it is.
    """

    def __init__(self, path: Path) -> None:
        import polars as pl

        self._path = path
        with table_faults(path):
            with path.open("rb") as file:
                self._is_typed = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
            if self._is_typed:
                self._frame = pl.read_parquet(path)
            else:
                is_tabbed = _TAB_SUFFIXES & set(path.suffixes[-2:])
                self._frame = pl.read_csv(
                    path, separator="\t" if is_tabbed else ",", infer_schema=False
                )

    def keep(self, wanted: Mapping[str, Sequence[str]]) -> Table:
        """Keep the rows that hold a wanted text in every column named; return self.

        Raises
        ------
        DataError
            When there is no such column, or its values cannot be written as texts.
        """
        for name, texts in wanted.items():
            values = self._as_texts(name)
            self._frame = self._frame.filter(values.is_in(list(texts)))
        return self

    def texts(self, name: str) -> list[str | None]:
        """Return a column of texts.

        Raises
        ------
        DataError
            When there is no such column, or it is none of texts.
        """
        import polars as pl

        column = self._column(name)
        if column.dtype not in (pl.String, pl.Categorical, pl.Enum):
            raise DataError(
                what=f"the column must hold texts, not {column.dtype}",
                where=f"{self._path}: {name}",
                mend="Name the right column.",
            )
        return column.cast(pl.String).to_list()

    def labels(self, name: str, missing: Sequence[str], rows: Sequence[int]) -> Labels:
        """Return the labels in some rows of a column.

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
            When there is no such column, it is of another type, or a number in it is
            not whole.

        Notes
        -----
        Texts of a text file count as numbers if all of them are whole ones, also when
        written as ``1.0``, as some programs do in a column with gaps. Leading zeros
        make a text.
        """
        where = f"{self._path}: {name}"
        labels = labels_of(self._column(name).gather(list(rows)), where)
        kept = [None if str(label) in missing else label for label in labels]
        if self._is_typed:
            return kept
        return _numbers(kept, where)

    def _as_texts(self, name: str) -> pl.Series:
        import polars as pl

        column = self._column(name)
        try:
            return column.cast(pl.String)
        except pl.exceptions.PolarsError as error:  # lists, bytes
            raise DataError(
                what=f"rows cannot be chosen by a column of {column.dtype}",
                where=f"{self._path}: {name}",
                mend="Name a column of texts or numbers in `where`.",
            ) from error

    def _column(self, name: str) -> pl.Series:
        if name not in self._frame.columns:
            raise DataError(
                what=f"there is no column '{name}' in the table"
                + nearest(name, self._frame.columns),
                where=str(self._path),
                mend=f"It has: {', '.join(self._frame.columns)}.",
            )
        return self._frame[name]


def labels_of(column: pl.Series, where: str) -> Labels:
    """Return a column as labels: texts or whole numbers, None for NULL and NaN.

    Parameters
    ----------
    column : polars.Series
        Texts, truth values, integers or whole floats.
    where : str
        File and column, for messages.

    Raises
    ------
    DataError
        When a number is not whole or is a float from 2^63 on, or the column is of
        another type.
    """
    import polars as pl

    kind = column.dtype
    if kind.is_float():
        column = column.fill_nan(None)
        odd = column.filter(
            (column != column.round()) | (column.abs() >= _BEYOND_INT64)
        )
        if len(odd):
            raise _not_whole(odd[0], where)
        column = column.cast(pl.Int64)
    elif not (kind.is_integer() or kind == pl.Null):
        if kind not in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
            raise DataError(
                what=f"labels must be texts or whole numbers, not {kind}",
                where=where,
                mend="Name the right column.",
            )
        column = column.cast(pl.String)
    return column.to_list()


def _numbers(labels: Labels, where: str) -> Labels:
    """Turn the texts of a text file into the whole numbers that they are."""
    present = {str(label) for label in labels if label is not None}
    if all(_WHOLE.fullmatch(label) for label in present):
        number = {label: int(label.partition(".")[0]) for label in present}
        return [None if label is None else number[str(label)] for label in labels]
    fractions = [label for label in present if _FRACTION.fullmatch(label)]
    if fractions and all(_NUMBER.fullmatch(label) for label in present):
        raise _not_whole(min(fractions), where)
    return labels


def _not_whole(label: object, where: str) -> DataError:
    return DataError(
        what=f"labels must be texts or whole numbers, not {label}",
        where=where,
        mend="Name the right column, or write the classes as texts.",
    )


@contextmanager
def table_faults(path: Path) -> Iterator[None]:
    """Turn what polars and the system raise on a table into a `DataError`."""
    from polars.exceptions import PanicException, PolarsError

    try:
        yield
    except FileNotFoundError as error:
        raise DataError(
            what="no such file",
            where=str(path),
            mend="A relative path starts at the folder of the declaring file.",
        ) from error
    except (PolarsError, PanicException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            what=f"cannot be read as a table ({reason})",
            where=str(path),
            mend="Save it anew as CSV in UTF-8 with a header, or as Parquet.",
        ) from error
