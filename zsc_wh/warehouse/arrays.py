"""The tables of stored arrays, and what hangs on them, as ``schema/tables`` says it.

A table whose rows say by `uri` where an array lies has one row per array: its key is
that of the array, `sha256` is that of the file, and `created_at` when it was finished.
An array hangs on the arrays that its row refers to. A row of another table goes with
an array where its reference says that it is *else left out*.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.sqlfiles import Table


@cache
def array_tables() -> Mapping[str, Table]:
    """Return the tables of arrays by name."""
    return {name: table for name, table in tables().items() if "uri" in table.columns}


def array_rows(*columns: str) -> str:
    """Return SQL for one row per recorded array: `key`, and columns or expressions."""
    return " union all ".join(
        f"select {', '.join([f'{table.key[0]} as key', *columns])} from {name}"  # noqa: S608 - our files
        for name, table in array_tables().items()
    )


def parents(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that name an array."""
    return tuple(
        one.column
        for one in table.references
        if not array_tables().keys().isdisjoint(one.parents)
    )


def hanging() -> str:
    """Return SQL for which array (`key`) hangs on which (`parent_key`)."""
    return " union all ".join(
        f"select {table.key[0]} as key, {column} as parent_key from {name}"  # noqa: S608 - our files
        for name, table in array_tables().items()
        for column in parents(table)
    )


def with_hanging(keys: str) -> str:
    """Return SQL for the keys of arrays, and of all that hangs on these.

    `keys` names what has the keys; what `hanging` selects is called ``hanging``.
    """
    return (
        "with recursive closure as ("  # noqa: S608 - ours
        f" select key from {keys}"
        " union"
        " select hanging.key from closure"
        " inner join hanging on closure.key = hanging.parent_key"
        ") from closure"
    )


def removal() -> Iterator[tuple[str, str]]:
    """Yield each table whose rows go with an array, and its column of array keys."""
    for name, table in tables().items():
        if name in array_tables():
            yield name, table.key[0]
            continue
        for one in table.references:
            if one.is_left_out and one.column in parents(table):
                yield name, one.column
