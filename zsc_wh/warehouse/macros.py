"""Give a connection the functions that queries share.

They are temporary, so that no file holds any: a writer refuses functions in a file,
which might stand in for DuckDB's own (`zsc_wh.warehouse.schema`), and a reader of an
older file has those of this version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import macros

if TYPE_CHECKING:
    import duckdb

    from zsc_wh.sqlfiles import Statement


def make_macros(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Make the macros of ``schema/macros`` that a statement names, for this connection.

    DuckDB binds a table macro when it is made, which takes longer than many queries.
    """
    words = {*re.findall(r"\w+", sql.lower())}
    lists_them = "duckdb_functions" in words
    used: list[Statement] = []
    for macro in reversed([*macros().values()]):  # those that call come first
        if lists_them or macro.name in words:
            used.append(macro)
            words.update(macro.reads)
    for macro in reversed(used):
        con.execute(macro.sql)
