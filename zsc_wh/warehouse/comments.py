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


def comment_views(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Give every column of some views its comment.

    A column has that of ``schema/columns.toml``, else that of the first table that its
    view reads, directly or through other views, and that has a column of this name.
    """
    con.execute(
        "select table_name, column_name, comment from system.main.duckdb_columns()"
        " where not internal and schema_name = 'main'"
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
