"""Run SQL on an open connection and hand the whole result back.

The result is fetched before anything else happens: an unfetched one would block the
connection and outlive it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from zsc_wh.errors import QueryError
from zsc_wh.warehouse.limits import NO_LIMITS, Limits, stoppable
from zsc_wh.warehouse.rows import Rows
from zsc_wh.warehouse.stream import Stream
from zsc_wh.words import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

_ZONED = "TIMESTAMP WITH TIME ZONE"
_NO_FRAME = ("INTERVAL", "UNION")
_PART_ROWS = 2**14


def fetch_rows(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    params: Mapping[str, Any] | None,
    where: str,
    limits: Limits = NO_LIMITS,
) -> Rows:
    """Run one statement and return its rows.

    The limit of memory is the connection's, see `limit_memory`.

    Raises
    ------
    QueryError
        When DuckDB refuses it or fails, or when it goes beyond a limit.
    """

    def run() -> Rows:
        given = dict(params or {})
        wanted = None if limits.rows is None else limits.rows + 1
        # a relation of `explain analyze` would run it once more
        relation = None if _is_explain(con, sql) else con.sql(sql, params=given)
        if relation is not None and any(_ZONED in str(t) for t in relation.types):
            columns, types = _header(relation)
            rows = _fetch_zoned(relation, types, wanted)
        else:
            con.execute(sql, given)
            described = con.description or []
            columns = tuple(str(column[0]) for column in described)
            types = tuple(str(column[1]) for column in described)
            rows = _fetch(con, wanted)
        if wanted is None or len(rows) < wanted:
            return Rows(columns, types, rows)
        return Rows(columns, types, rows[:-1], is_cut=True)

    try:
        return stoppable(con, run, limits.timeout_s, where)
    except duckdb.Error as error:
        raise _failed(error, where) from error


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

    def run() -> pl.DataFrame:
        relation = con.sql(sql, params=dict(params or {}))
        columns, types = _header(relation)
        _check_frame(columns, types, where)
        return pl.DataFrame(Stream(relation.__arrow_c_stream__()))

    try:
        return stoppable(con, run, None, where)
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise _failed(error, where) from error


def _is_explain(con: duckdb.DuckDBPyConnection, sql: str) -> bool:
    kinds = {statement.type for statement in con.extract_statements(sql)}
    return kinds == {duckdb.StatementType.EXPLAIN}


def _fetch(
    con: duckdb.DuckDBPyConnection, wanted: int | None
) -> list[tuple[object, ...]]:
    """Fetch rows in parts, between which Ctrl-C gets its turn."""
    rows: list[tuple[object, ...]] = []
    while part := con.fetchmany(_PART_ROWS):
        rows += part
        if wanted is not None and len(rows) >= wanted:
            return rows[:wanted]
    return rows


def limit_memory(con: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    """Set the memory of a connection; to be called before its settings are locked."""
    if limits.memory_bytes is not None:
        con.execute(f"set memory_limit = '{limits.memory_bytes} bytes'")


def _header(
    relation: duckdb.DuckDBPyRelation,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(relation.columns), tuple(str(kind) for kind in relation.types)


def _fetch_zoned(
    relation: duckdb.DuckDBPyRelation, types: tuple[str, ...], wanted: int | None
) -> list[tuple[object, ...]]:
    """Fetch instants without the pytz package, which DuckDB needs for zoned ones."""
    # the zone of the connection is UTC, so dropping the zone keeps the instant
    plain = [
        f"cast(#{position} as {kind.replace(_ZONED, 'TIMESTAMP')})"
        if _ZONED in kind
        else f"#{position}"
        for position, kind in enumerate(types, 1)
    ]
    if wanted is not None:
        relation = relation.limit(wanted)
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
                hint="Give them different names with 'as'.",
            )
    for column, kind in zip(columns, types, strict=True):
        if any(name in kind for name in _NO_FRAME):
            raise QueryError(
                what=f"a frame cannot hold column '{column}' of type {kind}",
                where=where,
                hint=f"Cast it to text: {column}::varchar.",
            )


def _failed(error: Exception, where: str) -> QueryError:
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError(
            what="the query needs more memory than it may use",
            where=where,
            hint="Ask for less, or allow more with --memory-limit.",
        )
    return QueryError(
        what=message_of(error),
        where=where,
        hint="'describe <table>' shows columns, 'show tables' what there is.",
    )


def message_of(error: Exception) -> str:
    """Return DuckDB's message on one line, with the number of the line it points at.

    Names and values out of a file are in it, and what a terminal obeys is not.
    """
    message, _, place = str(error).partition("\nLINE ")
    text = printable(" ".join(message.split())).rstrip(".")
    number = place.partition(":")[0]
    return f"{text} (line {number})" if number.isdigit() else text
