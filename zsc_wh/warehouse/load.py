"""The loader: shards in, whole or not at all, each once.

A load takes the shards of a folder that the warehouse does not know yet, inserts all of
them and runs the audits in one transaction. If that fails, the shards are halved until
the bad ones stand alone; those are set aside and the others are in. A shard is known by
the sha256 of its manifest and a row by its primary key, so that loading again, and
loading what two machines both computed, changes nothing.

"Whole" has one exception: rows about runs and arrays that were forgotten meanwhile are
left out and counted; see `zsc_wh.warehouse.orphans`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import duckdb

from zsc_wh.errors import LoadError, QueryError, SchemaError, ZscError
from zsc_wh.files import machine_fault
from zsc_wh.shards import refused
from zsc_wh.sqlfiles import Table, tables
from zsc_wh.warehouse import schema
from zsc_wh.warehouse.audits import NO_SHARD, next_dataset, require_clean
from zsc_wh.warehouse.connect import reader, scratch, writer, writer_turn
from zsc_wh.warehouse.execute import message_of
from zsc_wh.warehouse.inbox import (
    Rejected,
    Shard,
    clear_leftovers,
    find_shards,
    remove_loaded,
    set_aside,
    verified,
)
from zsc_wh.warehouse.locks import require_turn
from zsc_wh.warehouse.orphans import drop_orphans
from zsc_wh.warehouse.paths import as_pattern
from zsc_wh.warehouse.rows import LoadReport
from zsc_wh.warehouse.write_ahead import log_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from zsc_wh.warehouse.locks import Patience

T = TypeVar("T")


def load_folder(
    path: Path, inbox: Path, folder: Path | None, patience: Patience
) -> LoadReport:
    """Load the shards of `folder`, or of the inbox, into the warehouse at `path`.

    Raises
    ------
    LockedError
        When other processes did not let go in time.
    SchemaError
        When the warehouse cannot be used.
    """
    with writer_turn(path, patience):
        schema.make_if_missing(path, patience)
        if folder is None:
            clear_leftovers(inbox)
        found, bad = find_shards(folder or inbox)
        # before any shard is set aside, so that a file that is refused keeps its inbox
        known = _known_shards(path, patience) if found or bad else set()
        new, damaged = verified(found, known)
        added = _store(path, patience, new)
        bad += damaged + added.rejected
        refused = {shard.path for shard in bad}
        if folder is None:
            # what was written beside another writer may be lost: its shards stay
            require_turn(path)
            # while there is a log it may hold the only copy of what was loaded
            if not log_of(path).exists():
                loaded = [shard for shard in found if shard.path not in refused]
                remove_loaded(inbox, loaded)
            bad = set_aside(inbox, bad)
    return LoadReport(
        shards=len(new) - len(added.rejected),
        rows=added.rows,
        known=len(found) - len(new) - len(damaged),
        bad=[(shard.path, shard.reason) for shard in bad],
        left_out=added.left_out,
    )


@dataclass(frozen=True)
class _Added:
    """What shards added: new rows, rows that were left out, and the bad ones."""

    rows: int = 0
    left_out: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __add__(self, other: _Added) -> _Added:
        return _Added(
            self.rows + other.rows,
            self.left_out + other.left_out,
            self.rejected + other.rejected,
        )


def _known_shards(path: Path, patience: Patience) -> set[str]:
    """Return the sha256 of every shard that was loaded."""
    with reader(path, patience.left_s()) as con:
        schema.pending(con, schema.known_migrations(), path)  # refuses foreign files
        con.execute("select shard_sha256 from shard")
        return {sha256 for (sha256,) in con.fetchall()}


def _store(path: Path, patience: Patience, shards: Sequence[Shard]) -> _Added:
    """Open the file when there is something to write, or a log to bring in."""
    if not shards and not log_of(path).exists():
        return _Added()
    with writer(path, patience, _folders(shards)) as con:
        schema.bring_up(con, schema.known_migrations(), path)
        return _load_shards(con, shards)


def _folders(shards: Sequence[Shard]) -> set[Path]:
    """Return the folders that DuckDB has to reach to read the shards."""
    folders = {shard.path.parent for shard in shards}
    return folders | {shard.path for shard in shards if shard.path.is_symlink()}


def _load_shards(con: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> _Added:
    """Load new shards, halving them until the bad ones stand alone.

    Raises
    ------
    SchemaError
        When the warehouse, not a shard, is at fault, such as for a full disk; what
        was committed before stands.
    """
    if not shards:
        return _Added()
    try:
        return _load_batch(con, shards)
    except LoadError as error:
        if len(shards) == 1:
            return _Added(rejected=[Rejected(shards[0].path, str(error))])
    middle = len(shards) // 2
    return _load_shards(con, shards[:middle]) + _load_shards(con, shards[middle:])


def _load_batch(con: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> _Added:
    """Load shards in one transaction; LoadError when one of them is at fault."""
    con.begin()
    try:
        since, first_dataset = _last_number(con), next_dataset(con)
        rows = sum(_insert(con, table, shards, since) for table in tables().values())
        _record(con, shards, since)
        left_out = drop_orphans(con)
        require_clean(con, since, first_dataset)
        con.commit()
    except ZscError:
        _undo(con)
        raise
    except _SHARD_ERRORS as error:
        _undo(con)
        raise LoadError(what=message_of(error), where=_name(shards)) from error
    except duckdb.Error as error:
        _undo(con)
        _require_machine(error, shards)
        _require_readable(shards)
        raise SchemaError(
            what=f"the shards could not be loaded: {message_of(error)}",
            where=_name(shards),
            hint="Nothing is lost: they are loaded by the next load that succeeds.",
        ) from error
    return _Added(rows - left_out, left_out)


_SHARD_ERRORS = (
    duckdb.ConstraintException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
)
"""What wrong content of a shard raises; a full disk, say, raises something else."""


def in_transaction(
    con: duckdb.DuckDBPyConnection,
    fn: Callable[[duckdb.DuckDBPyConnection], T],
    where: str,
) -> T:
    """Run `fn` in one transaction with the audits that are not about new shards.

    When it fails, the transaction is left to be undone by the end of the connection.

    Raises
    ------
    LoadError
        When an audit finds that a rule is broken; nothing is written then.
    QueryError
        When DuckDB refuses what `fn` does; nothing is written then.
    """
    con.begin()
    try:
        first_dataset = next_dataset(con)
        result = fn(con)
        require_clean(con, NO_SHARD, first_dataset)
        con.commit()
    except duckdb.Error as error:
        raise QueryError(what=message_of(error), where=where) from error
    return result


def _undo(con: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # an error may have ended the transaction
        con.rollback()


def _name(shards: Sequence[Shard]) -> str:
    return shards[0].path.name if len(shards) == 1 else f"{len(shards)} shards"


def _last_number(con: duckdb.DuckDBPyConnection) -> int:
    con.execute("select coalesce(max(shard_seq), 0) from shard")
    return int(con.fetchall()[0][0])


def _insert(
    con: duckdb.DuckDBPyConnection, table: Table, shards: Sequence[Shard], since: int
) -> int:
    """Insert what the shards hold of one table; return how many rows were new."""
    patterns, names, numbers = [], [], []
    for number, shard in enumerate(shards, since + 1):
        if table.name in shard.manifest.files:
            file = shard.path.absolute() / f"{table.name}.parquet"
            patterns.append(as_pattern(file))
            names.append(str(file))
            numbers.append(number)
    if not names:
        return 0
    source = (
        f"system.main.read_parquet({_given('patterns', 'varchar')},"
        " union_by_name = true, hive_partitioning = false, filename = true)"
    )
    params = {"patterns": json.dumps(patterns)}
    columns = "* exclude (filename)"
    if "shard_seq" in table.columns:
        source += (
            f" inner join (select unnest({_given('names', 'varchar')}) as filename,"
            f" unnest({_given('numbers', 'integer')}) as shard_seq) using (filename)"
            f" qualify row_number() over (partition by {', '.join(table.key)}"
            " order by shard_seq) = 1"
        )
        params["names"] = json.dumps(names)
        params["numbers"] = json.dumps(numbers)
    # names come from our own schema files, values are parameters
    con.execute(
        f"insert into {table.name} by name select {columns} from {source}"  # noqa: S608
        " on conflict do nothing",
        params,
    )
    return int(con.fetchall()[0][0])


def _record(
    con: duckdb.DuckDBPyConnection, shards: Sequence[Shard], since: int
) -> None:
    con.execute(
        "insert into shard by name select"
        f" unnest({_given('sha256', 'varchar')}) as shard_sha256,"
        f" unnest({_given('number', 'integer')}) as shard_seq,"
        f" unnest({_given('rows', 'bigint')}) as n_rows,"
        f" unnest({_given('source', 'varchar')}) as source,"
        " $now as loaded_at",
        {
            "sha256": json.dumps([shard.manifest.sha256 for shard in shards]),
            "number": json.dumps([*range(since + 1, since + 1 + len(shards))]),
            "rows": json.dumps([sum(each.manifest.rows.values()) for each in shards]),
            "source": json.dumps([shard.manifest.source for shard in shards]),
            "now": datetime.now(UTC),
        },
    )


def _given(name: str, kind: str) -> str:
    """Return SQL for a list that is given as JSON text.

    As a list it would cost DuckDB 1.5 a time that grows with its square: 0.1 s for
    1,000 texts.
    """
    return f"from_json(${name}, '[\"{kind}\"]')"


def _require_machine(error: duckdb.Error, shards: Sequence[Shard]) -> None:
    """Raise SchemaError when the machine, not a shard, is at fault."""
    if fault := machine_fault(error):
        raise refused(_name(shards), fault) from error


def _require_readable(shards: Sequence[Shard]) -> None:
    """Raise LoadError when DuckDB cannot read a file of the shards in full."""
    # a database of its own: the error may have closed that of the warehouse for good
    with scratch(_folders(shards)) as con:
        for shard in shards:
            for table in shard.manifest.files:
                file = shard.path / f"{table}.parquet"
                try:
                    con.execute(
                        "select count(hash(content))"
                        " from system.main.read_parquet($file) content",
                        {"file": [as_pattern(file)]},
                    )
                    con.fetchall()
                except duckdb.Error as error:
                    _require_machine(error, shards)
                    where = str(file.absolute())
                    raise LoadError(what=message_of(error), where=where) from error
