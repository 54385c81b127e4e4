"""Leave out rows that say something about what the warehouse no longer has.

While an ingest runs, or a shard travels from another machine, somebody may forget the
runs or the arrays that its rows are about. That is not a fault of the shard: such rows
are dropped and counted, and the others come in. What they said is computed again with
what was forgotten. Everything else that refers to nothing is a fault: the audits find
it and the shard is rejected whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.warehouse.references import dangles, left_out

if TYPE_CHECKING:
    import duckdb


def drop_orphans(con: duckdb.DuckDBPyConnection) -> int:
    """Remove rows about runs and arrays that are not there; return how many.

    An assignment comes in one shard with its run, so one without is a fault.
    """
    return sum(
        _drop(con, table, dangles(table, reference)) for table, reference in left_out()
    )


def _drop(con: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
    con.execute(f"delete from {table} where {condition}")  # noqa: S608 - our own files
    return int(con.fetchall()[0][0])
