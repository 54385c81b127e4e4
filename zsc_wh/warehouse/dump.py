"""Take all tables out of a warehouse as Parquet files, and bring such files in.

Out: everything is read on one connection, so the files hold one state of the warehouse;
tables are read in ranges of rows, so that a table of long lists is never in memory at
once. In: all files in one transaction with the audits. A row whose primary key is there
already stays as it is; a shard that is known keeps its number, the others keep their
order behind all that are there, so that the same run of a cell counts as where the
files come from.

polars is imported on use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import LoadError
from zsc_wh.sqlfiles import tables
from zsc_wh.warehouse import schema
from zsc_wh.warehouse.audits import next_dataset, require_clean
from zsc_wh.warehouse.comments import SEEN_COLUMNS, SEEN_VIEWS
from zsc_wh.warehouse.connect import writer, writer_turn
from zsc_wh.warehouse.execute import fetch_frame, message_of
from zsc_wh.warehouse.paths import as_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from zsc_wh.sqlfiles import Table
    from zsc_wh.warehouse.locks import Patience

LEFT_OUT = "schema_migration"
"""The one table that stays: it is the history of a file, not of results."""

SHOWN = "result"
"""The view that an export holds beside the tables: one row per cell, in wide form."""

BATCH_ROWS = 2**16
"""Rows in memory at once."""

BATCH_ITEMS = 2**24
"""Items of the lists of one column in memory at once: 64 MiB of labels."""

TEXT_ITEMS = 16
"""How many of those a text counts as: a digest of 64 characters is 16 labels."""


LAST_SHARD = 2**30
"""Greatest number of a shard that an import may bring: as many again are left."""


@dataclass(frozen=True)
class Described:
    """A table or view as the warehouse describes it.

    Parameters
    ----------
    name, comment : str
        Its name, and its grain.
    is_view : bool
        Whether it is made of others.
    columns : tuple of (str, str, bool, str)
        Name, DuckDB type, whether NULL is allowed, and comment of each column.
    """

    name: str
    comment: str
    is_view: bool
    columns: tuple[tuple[str, str, bool, str], ...]


@dataclass(frozen=True)
class Dump:
    """What was taken out: schema version, rows by table, and what they mean."""

    version: int
    rows: Mapping[str, int]
    described: tuple[Described, ...]


def dump_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> Dump:
    """Write each table as ``<table>.parquet`` into a folder that is there.

    The view `SHOWN` is written too, for readers of the folder; it is not restored.

    Raises
    ------
    OSError, polars.exceptions.PolarsError
        When a file cannot be written.
    """
    rows = {
        table.name: _dump(con, table, folder / f"{table.name}.parquet")
        for table in tables().values()
        if table.name != LEFT_OUT
    }
    shown = fetch_frame(con, f"from {SHOWN} order by all", None, f"view {SHOWN}")
    shown.write_parquet(folder / f"{SHOWN}.parquet", compression="zstd")
    con.execute("select max(version) from schema_migration")
    return Dump(int(con.fetchall()[0][0]), rows, _described(con))


def _dump(con: duckdb.DuckDBPyConnection, table: Table, file: Path) -> int:
    """Write one table; return its rows."""
    from polars.io.plugins import register_io_source

    con.execute(f"select count(*), coalesce(max(rowid) + 1, 0) from {table.name}")  # noqa: S608
    count, end = con.fetchall()[0]
    step = _batch_rows(con, table)

    def batches(*_: object) -> Iterator[pl.DataFrame]:
        for start in range(0, end, step):
            yield _range(con, table, start, start + step)

    frames = register_io_source(batches, schema=_range(con, table, 0, 0).schema)
    frames.sink_parquet(file, compression="zstd", row_group_size=step)
    return int(count)


def _range(
    con: duckdb.DuckDBPyConnection, table: Table, start: int, stop: int
) -> pl.DataFrame:
    # JSON is text; as a type of its own it has no name in Parquet that all readers know
    columns = ", ".join(
        f"cast({name} as varchar) as {name}" if kind == "json" else name
        for name, kind in table.columns.items()
    )
    return fetch_frame(
        con,
        f"select {columns} from {table.name}"  # noqa: S608
        f" where rowid >= {start} and rowid < {stop}",
        None,
        f"table {table.name}",
    )


def _batch_rows(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return how many rows of a table fit into memory, by its longest list."""
    lists = {name: kind for name, kind in table.columns.items() if kind.endswith("[]")}
    if not lists:
        return BATCH_ROWS
    longest = ", ".join(
        f"max(len({name})) * {TEXT_ITEMS if kind == 'varchar[]' else 1}"
        for name, kind in lists.items()
    )
    con.execute(f"select greatest({longest}, 1) from {table.name}")  # noqa: S608
    return max(1, min(BATCH_ROWS, BATCH_ITEMS // int(con.fetchall()[0][0])))


def _described(con: duckdb.DuckDBPyConnection) -> tuple[Described, ...]:
    con.execute(
        "select table_name, column_name, data_type, is_nullable,"  # noqa: S608
        f" coalesce(comment, '') from {SEEN_COLUMNS} order by table_name, column_index"
    )
    columns: dict[str, list[tuple[str, str, bool, str]]] = {}
    for table, *column in con.fetchall():
        columns.setdefault(table, []).append(tuple(column))
    con.execute(
        "select table_name, coalesce(comment, ''), false from duckdb_tables()"  # noqa: S608
        " where not internal union all"
        f" select view_name, coalesce(comment, ''), true from {SEEN_VIEWS}"
        " order by 3, 1"
    )
    return tuple(
        Described(name, comment, is_view, tuple(columns[name]))
        for name, comment, is_view in con.fetchall()
    )


def restore_tables(
    path: Path, files: Mapping[str, Path], patience: Patience
) -> dict[str, int]:
    """Bring Parquet files into the warehouse at `path`; return the new rows by table.

    Parameters
    ----------
    path : Path
        The warehouse; made when there is none.
    files : mapping of str to Path
        A file by table, with columns of the table in any order.
    patience : Patience
        How long to wait for other processes.

    Raises
    ------
    LoadError
        When a file does not fit its table, or an audit finds that a rule would be
        broken; nothing is written then.
    SchemaError, LockedError
        When the warehouse cannot be used, or not in time.
    """
    with writer_turn(path, patience):
        schema.make_if_missing(path, patience)
        folders = {file.parent for file in files.values()}
        with writer(path, patience, folders) as con:
            schema.bring_up(con, schema.known_migrations(), path)
            return _in_one_transaction(con, files)


def _in_one_transaction(
    con: duckdb.DuckDBPyConnection, files: Mapping[str, Path]
) -> dict[str, int]:
    """Insert all or nothing; what fails is undone by the end of the connection."""
    con.begin()
    first_dataset = next_dataset(con)
    con.execute("select coalesce(max(shard_seq), 0) from shard")
    last = int(con.fetchall()[0][0])
    added = {}
    # shards first: runs take their numbers from them
    for name in sorted(files, key=lambda name: name != "shard"):
        try:
            added[name] = _insert(con, name, files[name], last)
        except duckdb.Error as error:
            raise LoadError(what=message_of(error), where=str(files[name])) from error
        if name == "shard":
            _require_room(con, files[name])
    # what comes back can be a run of an old shard, so all are looked at
    require_clean(con, 0, first_dataset)
    con.commit()
    return added


def _require_room(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Refuse shards whose numbers would leave none for those to come."""
    con.execute("select max(shard_seq), min(shard_seq) from shard")
    ((highest, lowest),) = con.fetchall()
    if highest is not None and (highest > LAST_SHARD or lowest < 1):
        found = highest if highest > LAST_SHARD else lowest
        raise LoadError(
            what=f"a shard would have the number {found}; 1 to {LAST_SHARD} can be",
            where=str(file),
            hint="Export the warehouse again; no ingest numbers shards like that.",
        )


def _insert(con: duckdb.DuckDBPyConnection, name: str, file: Path, last: int) -> int:
    """Insert the new rows of one table; return how many they are."""
    columns, source = "*", "system.main.read_parquet($file, hive_partitioning = false)"
    params = {"file": [as_pattern(file)]}
    if name == "shard":
        columns = f"* replace (shard_seq + {last} as shard_seq)"
    elif name == "run":
        columns = "came.* replace (shard.shard_seq as shard_seq)"
        source += (
            " as came left join"
            " system.main.read_parquet($shards, hive_partitioning = false) as brought"
            " using (shard_seq) left join shard using (shard_sha256)"
        )
        params["shards"] = [as_pattern(file.with_name("shard.parquet"))]
    con.execute(
        f"insert into {name} by name select {columns} from {source}"  # noqa: S608
        " on conflict do nothing",
        params,
    )
    return int(con.fetchall()[0][0])
