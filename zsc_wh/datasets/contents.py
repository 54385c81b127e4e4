"""Read a table file whole, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.datasets.blanks import read_blanks
from zsc_wh.datasets.claims import parquet_rows
from zsc_wh.datasets.delimited import read_delimited
from zsc_wh.datasets.labels import table_faults
from zsc_wh.datasets.matlab import read_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from typing import IO

    import polars as pl

PARQUET_MAGIC = b"PAR1"
_MATLAB_SUFFIX = ".mat"
_DELIMITED_SUFFIXES = (".csv", ".tsv", ".tab", ".gz")


@dataclass(frozen=True)
class Content:
    """The columns of a table, and what messages say of its rows.

    Parameters
    ----------
    frame : polars.DataFrame
        The columns that are wanted.
    names : tuple of str
        Names of all columns of the file.
    lines : list of int
        Number of the line or row at which each row stands.
    word : {"line", "row"}
        What those are numbers of.
    texts : frozenset of str
        Columns that hold texts because the file holds nothing else.
    twice : frozenset of str
        Names that several columns have.
    """

    frame: pl.DataFrame
    names: tuple[str, ...]
    lines: list[int]
    word: str
    texts: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()


def read_content(
    path: Path,
    *,
    columns: Sequence[str],
    skip: int,
    first_column: str | None,
    wanted: Collection[str] | None,
) -> Content:
    """Read a table; for the parameters see `zsc_wh.datasets.tables.Table`.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    with table_faults(path), path.open("rb") as file:
        is_parquet = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
        file.seek(0)
        if is_parquet:
            return _parquet(file, path, wanted)
        if path.suffix.lower() == _MATLAB_SUFFIX:
            return _matlab(path, columns)
        named = tuple(columns) if first_column is None else (first_column,)
        is_headed = first_column is not None
        return _text(file, path, named, skip, wanted, is_headed=is_headed)


def _parquet(file: IO[bytes], path: Path, wanted: Collection[str] | None) -> Content:
    import polars as pl

    names = tuple(pl.read_parquet_schema(file))
    n = parquet_rows(file, path)
    kept = [name for name in names if wanted is None or name in wanted]
    frame = pl.read_parquet(file, columns=kept)
    return Content(frame, names, list(range(1, n + 1)), "row")


def _matlab(path: Path, columns: Sequence[str]) -> Content:
    import polars as pl

    arrays = read_columns(path, columns)
    frame = pl.DataFrame({name: array.tolist() for name, array in arrays.items()})
    return Content(frame, tuple(arrays), list(range(1, len(frame) + 1)), "row")


def _text(
    file: IO[bytes],
    path: Path,
    named: tuple[str, ...],
    skip: int,
    wanted: Collection[str] | None,
    *,
    is_headed: bool,
) -> Content:
    import polars as pl

    if path.suffix.lower() in _DELIMITED_SUFFIXES or not named:
        text = read_delimited(file.read(), path, wanted, named)
    else:
        text = read_blanks(
            file.read(), path, named, skip=skip, has_header=is_headed, wanted=wanted
        )
    types = dict.fromkeys(text.columns, pl.String)
    return Content(
        frame=pl.DataFrame(text.columns, types),
        names=text.names,
        lines=text.lines,
        word="line",
        texts=frozenset(text.columns),
        twice=text.twice,
    )
