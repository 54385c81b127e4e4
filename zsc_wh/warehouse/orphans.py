"""Leave out rows that say something about what the warehouse no longer has.

While an ingest runs, or a shard travels from another machine, somebody may forget the
runs or the arrays that its rows are about. That is no fault of the shard: such rows
are dropped and counted, and the others come in. What they said is computed again with
what was forgotten. Everything else that refers to nothing is a fault: the audits find
it and the shard is rejected whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_ABOUT = (
    # in this order: a reduction takes what is said about it along
    ("reduction", "embedding_key", ("embedding",)),
    ("unreadable_sample", "embedding_key", ("embedding",)),
    ("projection", "reduction_key", ("reduction",)),
    ("array_score", "array_key", ("embedding", "reduction")),
    ("score", "run_key", ("run",)),
)
"""Tables whose rows are about a row of another one, by which column, and of which."""


def drop_orphans(con: duckdb.DuckDBPyConnection) -> int:
    """Remove rows about runs and arrays that are not there; return how many.

    An assignment comes in one shard with its run, so one without is a fault.
    """
    return sum(_drop(con, *about) for about in _ABOUT)


def _drop(
    con: duckdb.DuckDBPyConnection, table: str, column: str, parents: tuple[str, ...]
) -> int:
    missing = " and ".join(
        f"{column} not in (select {parent}_key from {parent})"  # noqa: S608 - fixed names
        for parent in parents
    )
    con.execute(f"delete from {table} where {missing}")  # noqa: S608 - fixed names
    return int(con.fetchall()[0][0])
