"""Run SQL on an open connection and hand the whole result back.

The result is fetched before anything else happens: an unfetched one would block the
connection and outlive it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from zsc_wh.errors import QueryError
from zsc_wh.warehouse.rows import Rows
from zsc_wh.warehouse.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

_ZONED = "TIMESTAMP WITH TIME ZONE"
_NO_FRAME = ("INTERVAL", "UNION")


def fetch_rows(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    params: Mapping[str, Any] | None,
    where: str,
) -> Rows:
    """Run one statement and return all its rows.

    Raises
    ------
    QueryError
        When DuckDB refuses it or fails.
    """
    try:
        relation = con.sql(sql, params=dict(params or {}))
        columns, types = _header(relation)
        if any(_ZONED in kind for kind in types):
            rows = _fetch_zoned(relation, types)
        else:
            rows = relation.fetchall()
    except duckdb.Error as error:
        raise _failed(error, where) from error
    return Rows(columns, types, rows)


def fetch_frame(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    params: Mapping[str, Any] | None,
    where: str,
) -> pl.DataFrame:
    """Run one statement and return its result as a polars frame.

    Raises
    ------
    QueryError
        When DuckDB refuses it or fails, or when a frame cannot hold the result.
    """
    import polars as pl

    try:
        relation = con.sql(sql, params=dict(params or {}))
        columns, types = _header(relation)
        _check_frame(columns, types, where)
        return pl.DataFrame(Stream(relation.__arrow_c_stream__()))
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise _failed(error, where) from error


def _header(
    relation: duckdb.DuckDBPyRelation,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(relation.columns), tuple(str(kind) for kind in relation.types)


def _fetch_zoned(
    relation: duckdb.DuckDBPyRelation, types: tuple[str, ...]
) -> list[tuple[object, ...]]:
    """Fetch instants without the pytz package, which DuckDB needs for zoned ones."""
    # the zone of the connection is UTC, so dropping the zone keeps the instant
    plain = [
        f"cast(#{position} as {kind.replace(_ZONED, 'TIMESTAMP')})"
        if _ZONED in kind
        else f"#{position}"
        for position, kind in enumerate(types, 1)
    ]
    rows = relation.project(", ".join(plain)).fetchall()
    zoned = [kind == _ZONED for kind in types]
    return [
        tuple(
            value.replace(tzinfo=UTC)
            if aware and isinstance(value, datetime)
            else value
            for value, aware in zip(row, zoned, strict=True)
        )
        for row in rows
    ]


def _check_frame(columns: tuple[str, ...], types: tuple[str, ...], where: str) -> None:
    for column in columns:
        if columns.count(column) > 1:
            raise QueryError(
                what=f"there are two columns named '{column}'",
                where=where,
                mend="Give them different names with 'as'.",
            )
    for column, kind in zip(columns, types, strict=True):
        if any(name in kind for name in _NO_FRAME):
            raise QueryError(
                what=f"a frame cannot hold column '{column}' of type {kind}",
                where=where,
                mend=f"Cast it to text: {column}::varchar.",
            )


def _failed(error: Exception, where: str) -> QueryError:
    return QueryError(
        what=message_of(error),
        where=where,
        mend="'describe <table>' shows columns, 'show tables' what there is.",
    )


def message_of(error: Exception) -> str:
    """Return DuckDB's message on one line, with the number of the line it points at."""
    message, _, place = str(error).partition("\nLINE ")
    text = " ".join(message.split()).rstrip(".")
    number = place.partition(":")[0]
    return f"{text} (line {number})" if number.isdigit() else text
