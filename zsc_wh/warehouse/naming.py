"""Find what a name means in a warehouse: the cells, and all that goes by a name.

A name that the warehouse does not have is an error with the nearest one, so that a slip
of the pen never looks like a result without rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.sqlfiles import queries
from zsc_wh.warehouse.execute import fetch_rows
from zsc_wh.words import one_line, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from zsc_wh.sqlfiles import Query

CELL = "cell"
"""The kind of name that stands for a key."""

_CELLS = "find_cell"

# shards can bring a cell that no grid of this warehouse declares
_UNNAMED = """
select cell_key, 'declared by no grid' from cell where starts_with(cell_key, $cell)
order by cell_key
"""


def require_names(
    con: duckdb.DuckDBPyConnection,
    query: Query,
    values: Mapping[str, object],
    given: Iterable[str],
) -> dict[str, object]:
    """Check the names among the values of a query; a cell is replaced by its key.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection to the warehouse.
    query : Query
        What is asked.
    values : mapping of str to object
        A value for every parameter.
    given : iterable of str
        Those that the user gave; defaults are left alone.

    Raises
    ------
    QueryError
        For a name that the warehouse does not have, with the nearest.
    """
    found = dict(values)
    asked = {*given}
    for param in query.params:
        value = values[param.name]
        if param.name not in asked or value is None or not param.names:
            continue
        if param.names == CELL:
            found[param.name] = cell_key(con, str(value))
        else:
            names = value if isinstance(value, list) else [value]
            require_known(con, param.names, map(str, names), f"query {query.name}")
    return found


def require_known(
    con: duckdb.DuckDBPyConnection, kind: str, names: Iterable[str], where: str
) -> None:
    """Refuse names that the warehouse does not have.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection to the warehouse.
    kind : str
        A kind of the view ``known_name``.
    names : iterable of str
        What is asked for.
    where : str
        What asks, for the message.

    Raises
    ------
    QueryError
        With the nearest name.
    """
    known = known_names(con, kind)
    quoted = some(f"'{name}'" for name in known) if known else ""
    for name in names:
        if name not in known:
            noun = kind.replace("_", " ")
            raise QueryError(
                what=f"no {noun} '{one_line(name)}'" + nearest(name, known),
                where=where,
                hint=f"The warehouse has {quoted or f'no {noun} yet'}.",
            )


def known_names(con: duckdb.DuckDBPyConnection, kind: str) -> list[str]:
    """Return the names of a kind of the view ``known_name``, numbers by value."""
    con.execute(
        "select name from known_name where kind = $kind"
        " order by try_cast(name as integer), name",
        {"kind": kind},
    )
    return [str(name) for (name,) in con.fetchall()]


def cells_meant(
    con: duckdb.DuckDBPyConnection, text: str, *, closed: bool
) -> list[tuple[str, str]]:
    """Return key and title of the cells that `text` means.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection to the warehouse.
    text : str
        Beginning of the key, or ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED or not.
    closed : bool
        Whether only cells with a result are meant, or all that are declared.
    """
    sql = queries()[_CELLS].sql
    rows = fetch_rows(con, sql, {"cell": text, "closed": closed}, f"query {_CELLS}")
    if not rows.rows and text and not closed:
        rows = fetch_rows(con, _UNNAMED, {"cell": text}, "cells without a name")
    return [(str(key), str(title)) for key, title in rows.rows]


def cell_key(
    con: duckdb.DuckDBPyConnection, text: str, *, closed: bool | None = None
) -> str:
    """Return the key of the one cell that `text` means.

    Parameters
    ----------
    con, text
        See `cells_meant`.
    closed : bool, optional
        As there; without, those with a result come first, and the others where none is
        meant.

    Raises
    ------
    QueryError
        When there is none, with the nearest name, or more than one; they are listed.
    """
    found = cells_meant(con, text, closed=closed is not False)
    if not found and closed is None:
        found = cells_meant(con, text, closed=False)
    if not found:
        what = "cell with a result" if closed else "cell"
        titles = [title for _, title in cells_meant(con, "", closed=bool(closed))]
        paths = [title.rpartition("/")[0] for title in titles]
        raise QueryError(
            what=f"no {what} is called '{one_line(text)}'"
            + nearest(text, [*dict.fromkeys(paths), *titles]),
            hint="`zscwh query results` lists them with their keys.",
        )
    if len(found) > 1:
        names = "\n  ".join(f"{key}  {title}" for key, title in found)
        raise QueryError(
            what=f"'{one_line(text)}' means {len(found)} cells:\n  {names}",
            hint="Give more of the key, or the seed.",
        )
    return found[0][0]
