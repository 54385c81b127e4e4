"""Comments of the columns of views: from the tables they come from, or written once."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING

from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import views

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb


@cache
def made_columns() -> Mapping[str, str]:
    """Return what is said of columns that views make, by column or ``view.column``."""
    path = data_folder("schema") / "columns.toml"
    found: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def seen(catalog: str, name: str) -> str:
    """Return SQL of what a connection sees of DuckDB's list of views or columns.

    A temporary view stands in front of a stale one of the file, whatever the file is
    called; DuckDB lists both.

    Parameters
    ----------
    catalog : {"duckdb_views", "duckdb_columns"}
        The list.
    name : str
        Its column that names the view or the table.
    """
    return (
        f"(from system.main.{catalog}() where not internal qualify"
        " (database_name = 'temp') ="
        f" bool_or(database_name = 'temp') over (partition by {name}))"
    )


SEEN_VIEWS = seen("duckdb_views", "view_name")
SEEN_COLUMNS = seen("duckdb_columns", "table_name")


def comment_views(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Give every column of some views its comment.

    A column has that of ``schema/columns.toml``, else that of the first table that its
    view reads, directly or through other views, and that has a column of this name.
    """
    con.execute(
        f"select table_name, column_name, comment from {SEEN_COLUMNS}"  # noqa: S608
        " where schema_name = 'main'"
    )
    columns: dict[str, dict[str, str | None]] = {}
    for table, column, comment in con.fetchall():
        columns.setdefault(table, {})[column] = comment
    statements = []
    for name in names:
        for column in columns[name]:
            comment = column_comment(name, column, columns)
            quoted = (comment or "").replace("'", "''")
            statements.append(f"comment on column {name}.\"{column}\" is '{quoted}';")
    con.execute("".join(statements))


def column_comment(
    view: str, column: str, columns: Mapping[str, Mapping[str, str | None]]
) -> str | None:
    """Return the comment of a column of a view, None where nothing is said of it."""
    said = made_columns()
    own = said.get(f"{view}.{column}") or said.get(column)
    if own is not None:
        return own
    known = views()
    for source in known[view].reads:
        if source in known:
            inner = column_comment(source, column, columns)
            if inner is not None:
                return inner
        elif column in columns.get(source, {}):
            return columns[source][column]
    return None
