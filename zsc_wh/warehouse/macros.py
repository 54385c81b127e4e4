"""Give a connection the functions that queries share.

They are temporary, so that no file holds any: a writer refuses functions in a file,
which might stand in for DuckDB's own (`zsc_wh.warehouse.schema`), and a reader of an
older file has those of this version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import macros

if TYPE_CHECKING:
    import duckdb


def make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros of ``schema/macros`` for this connection alone."""
    for macro in macros().values():
        con.execute(macro.sql)
