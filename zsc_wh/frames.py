"""Typed frames: rows with the columns and types that ``schema/tables`` declares.

A wrong column or value is found by the process that made it, where it can be mended,
and not by the loader later. polars is imported on use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import LoadError
from zsc_wh.fields import nearest
from zsc_wh.sqlfiles import tables
from zsc_wh.words import one_line

if TYPE_CHECKING:
    import polars as pl

    from zsc_wh.sqlfiles import Table

LOADER_COLUMNS: Mapping[str, frozenset[str]] = {"run": frozenset({"shard_seq"})}
"""Columns that the loader fills; a shard has none of them."""

LOADER_TABLES = frozenset({"schema_migration", "shard"})
"""Tables that the warehouse keeps about itself; a shard has none of them."""


def typed_frame(name: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Return rows of the table `name` as a frame of the declared types.

    Parameters
    ----------
    name : str
        Table of the warehouse that a shard may hold.
    rows : sequence of mapping
        Column to value. A column that may be NULL can be left out everywhere.

    Returns
    -------
    polars.DataFrame
        Columns in the order of the table; those that no row has are left out.

    Raises
    ------
    LoadError
        For an unknown table or column, a missing value of a NOT NULL column, a value
        of another type, a time without a zone, or a number that is not finite.
    """
    import polars as pl

    table = _table(name, name)
    columns = _columns(table)
    given: set[str] = set().union(*rows)
    for column in sorted(given):
        _check_column(table, column, name)
    series = []
    for column, kind in columns.items():
        if column in given or column in table.required:
            values = [row.get(column) for row in rows]
            series.append(_series(column, kind, values, table))
    return pl.DataFrame(series)


def check_schema(name: str, schema: Mapping[str, Any], where: str) -> None:
    """Check the columns of a Parquet file against the table `name`.

    A column that may be NULL can be absent: the file may be older than the column.

    Raises
    ------
    LoadError
        For an unknown table or column, another type, or an absent NOT NULL column.
    """
    table = _table(name, where)
    columns = _columns(table)
    for column, found in schema.items():
        _check_column(table, column, where)
        if found != dtype_of(columns[column]):
            raise LoadError(
                what=f"column '{column}' is {found}, not {dtype_of(columns[column])}",
                where=where,
            )
    for column in columns:
        if column in table.required and column not in schema:
            raise LoadError(what=f"column '{column}' is missing", where=where)


def _table(name: str, where: str) -> Table:
    known = {key: tables()[key] for key in tables() if key not in LOADER_TABLES}
    if name not in known:
        raise LoadError(
            what=f"no table '{name}' to load into" + nearest(name, known), where=where
        )
    return known[name]


def _columns(table: Table) -> dict[str, str]:
    filled = LOADER_COLUMNS.get(table.name, frozenset())
    return {name: kind for name, kind in table.columns.items() if name not in filled}


def _check_column(table: Table, column: str, where: str) -> None:
    columns = _columns(table)
    if column not in columns:
        what = f"table '{table.name}' has no column '{column}' to load"
        raise LoadError(what=what + nearest(column, columns), where=where)


def dtype_of(kind: str) -> Any:
    """Return the polars type of an SQL type of ``schema/tables``."""
    import polars as pl

    if kind.endswith("[]"):
        return pl.List(dtype_of(kind.removesuffix("[]")))
    return {
        "varchar": pl.String(),
        "json": pl.String(),
        "integer": pl.Int32(),
        "bigint": pl.Int64(),
        "double": pl.Float64(),
        "float": pl.Float32(),
        "boolean": pl.Boolean(),
        "timestamptz": pl.Datetime("us", "UTC"),
    }[kind]


def _series(column: str, kind: str, values: list[object], table: Table) -> pl.Series:
    import polars as pl

    where = f"{table.name}.{column}"
    if column in table.required and any(value is None for value in values):
        raise LoadError(
            what=f"row {values.index(None)} has no value",
            where=where,
            hint="This column must not be NULL.",
        )
    try:
        if kind == "timestamptz":
            _refuse_naive(values)
        if kind.endswith("[]"):
            values = [_item(value, kind.removesuffix("[]")) for value in values]
        series = pl.Series(column, values, dtype=dtype_of(kind), strict=True)
    except _OddValueError as error:
        what = f"not of type {kind}: {one_line(error)}"
        raise LoadError(what=what, where=where) from error
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise LoadError(
            what=f"not of type {kind}: {_first_odd(values, kind)}", where=where
        ) from error
    if kind in ("double", "float") and not series.is_finite().all():
        raise LoadError(
            what="the value is nan or infinite",
            where=where,
            hint="An undefined value is NULL.",
        )
    return series


class _OddValueError(Exception):
    """Its message says which value has no place in a column."""


def _first_odd(values: list[object], kind: str) -> str:
    """Return the first value that alone cannot stand in a column of a type."""
    import polars as pl

    for value in values:
        try:
            pl.Series([value], dtype=dtype_of(kind), strict=True)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            return one_line(repr(value))
    return "values of several types"


def _refuse_naive(values: list[object]) -> None:
    for value in values:
        if value is not None and not (isinstance(value, datetime) and value.tzinfo):
            message = f"{value!r} is not a time with a zone"
            raise _OddValueError(message)


_ARRAY_KINDS = {"integer": "iu", "float": "f", "varchar": "U"}
"""Kinds of numpy arrays that can stand for a list of each SQL type."""


def _item(value: object, kind: str) -> pl.Series | None:
    """Return one value of a list column; _OddValueError when it is not a flat list."""
    import polars as pl

    if value is None:
        return None
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.dtype.kind not in _ARRAY_KINDS[kind]:
            message = f"an array of {value.dtype} with shape {value.shape}"
            raise _OddValueError(message)
        return pl.Series(value.tolist() if kind == "varchar" else value).cast(
            dtype_of(kind), strict=True
        )
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = f"{value!r} is not a list"
        raise _OddValueError(message)
    return pl.Series(value, dtype=dtype_of(kind), strict=True)
