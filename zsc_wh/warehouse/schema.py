"""Make the tables and views, and bring a file to the current schema.

A fresh file is made from ``schema/tables`` and stamped with every known migration; an
older one is brought up by the numbered files of ``schema/migrations``, each applied
with the record of it in one transaction. Views belong to the package, not to the file:
the comment of a view tells which text made it, a writer replaces a stale one, and a
reader puts its own in front of it.

The record of the creation names the generation of the file. Migrations lead from one
schema to the next within a generation; a file of another generation is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import SchemaError
from zsc_wh.files import sync_folder
from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import Statement, read_statement, tables, views
from zsc_wh.warehouse.comments import comment_views, made_columns
from zsc_wh.warehouse.connect import writer
from zsc_wh.warehouse.execute import message_of
from zsc_wh.warehouse.write_ahead import log_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.warehouse.locks import Patience

GENERATION = "content"
"""Generation of files that are made here: versioned names, images known by content."""

_FIRST_GENERATION = "created"
"""What the first generation has in the same place: one name was one thing for ever."""


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema: its number, the sha256 of its file, its text."""

    version: int
    sha256: str
    statement: Statement


def known_migrations(folder: Path | None = None) -> list[Migration]:
    """Return the migrations of a folder, by default the shipped ones, in order.

    A missing folder is one without migrations.

    Raises
    ------
    SchemaError
        When the numbers do not run from 1 without a gap.
    ConfigError
        When a file has no proper header.
    """
    folder = folder or data_folder("schema") / "migrations"
    found = []
    for version, path in enumerate(sorted(folder.glob("*.sql")), 1):
        if not re.match(rf"{version:04d}_[a-z0-9_]+$", path.stem):
            raise SchemaError(
                what=f"the name should be {version:04d}_<what it does>.sql",
                where=str(path),
                hint="Number migrations from 0001 without gaps.",
            )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found.append(Migration(version, digest, read_statement(path, reads=False)))
    return found


def make_if_missing(path: Path, patience: Patience) -> None:
    """Make the file where there is none; the caller has the turn to write.

    It is built under another name and renamed, so that it is there whole or not at all.

    Raises
    ------
    SchemaError
        When a log of a warehouse that was deleted lies in the way.
    """
    if path.exists():
        return
    log = log_of(path)
    if log.exists():
        raise SchemaError(
            what="the write-ahead log of a warehouse lies here without its file",
            where=str(log),
            hint="Put the file back, or remove the log, which holds its last writes.",
        )
    unfinished = Path(f"{path}.new")
    for leftover in (unfinished, log_of(unfinished)):
        leftover.unlink(missing_ok=True)
    with writer(unfinished, patience) as con:
        _build(con, known_migrations())
    unfinished.rename(path)
    sync_folder(path.parent)


def _build(con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration]) -> None:
    """Make all tables and views in an empty file, stamped with `migrations`."""
    con.begin()
    made = hashlib.sha256()
    for table in tables().values():
        con.execute(table.sql)
        made.update(table.path.read_bytes())
    _record(con, 0, GENERATION, made.hexdigest())
    for migration in migrations:
        _record(con, migration.version, migration.statement.name, migration.sha256)
    for view in views().values():
        _define(con, view, _comment(view))
    comment_views(con, list(views()))
    con.commit()
    con.execute("checkpoint")


def pending(
    con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration], path: Path
) -> list[Migration]:
    """Return the migrations that the file still needs; writes nothing.

    Raises
    ------
    SchemaError
        When the file is not a warehouse of ours, is of another generation, is newer
        than this package, or was brought up by a migration whose file was edited since.
    """
    applied = _applied(con, path)
    if max(applied) > len(migrations):
        raise SchemaError(
            what=f"the warehouse has schema {max(applied)}, newer than this version"
            f" of zscwh knows ({len(migrations)})",
            where=str(path),
            hint="Upgrade with 'pip install --upgrade zscwh'.",
        )
    for migration in migrations:
        if applied.get(migration.version, migration.sha256) != migration.sha256:
            raise SchemaError(
                what="the migration was edited after it had been applied",
                where=str(migration.statement.path),
                hint="Restore the file; a change of the schema is a new migration.",
            )
    return [migration for migration in migrations if migration.version not in applied]


def require_current(
    con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration], path: Path
) -> None:
    """Refuse to read a file that still needs migrations.

    Raises
    ------
    SchemaError
        As `pending`, and when there are any.
    """
    if missing := pending(con, migrations, path):
        raise SchemaError(
            what=f"the warehouse lacks {counted(len(missing), 'migration')} of the "
            "schema",
            where=str(path),
            hint="Bring it up to date with 'zscwh migrate'.",
        )


def bring_up(
    con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration], path: Path
) -> tuple[str, ...]:
    """Apply what is pending, each step in its own transaction, and renew the views.

    Returns
    -------
    tuple of str
        Names of the migrations applied now.

    Raises
    ------
    SchemaError
        As `pending`, when the file holds functions or types, and when a step fails;
        the steps before it stand.
    """
    _require_no_functions(con, path)
    missing = pending(con, migrations, path)
    for migration in missing:
        _apply(con, migration)
    stale = stale_views(con)
    for view in stale:
        _define(con, view, _comment(view))
    if stale:
        comment_views(con, [view.name for view in stale])
    return tuple(migration.statement.name for migration in missing)


def stale_views(con: duckdb.DuckDBPyConnection) -> list[Statement]:
    """Return the views that the file lacks or that another text made."""
    con.execute("select view_name, comment from duckdb_views() where not internal")
    comments = dict(con.fetchall())
    return [
        view for name, view in views().items() if comments.get(name) != _comment(view)
    ]


def shadow_views(con: duckdb.DuckDBPyConnection) -> None:
    """Put this package's views in front of stale ones, for this connection alone."""
    stale = stale_views(con)
    for view in stale:
        sql = view.sql.replace("create or replace", "create or replace temp", 1)
        _define(con, replace(view, sql=sql), _comment(view))
    if stale:
        comment_views(con, [view.name for view in stale])


def _require_no_functions(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse to write where names of DuckDB's functions and types may mean others.

    A warehouse has tables and views alone. A macro `read_parquet`, say, would bring in
    what it likes in place of a shard.
    """
    con.execute(
        "select function_name from system.main.duckdb_functions() where not internal"
        " union select type_name from system.main.duckdb_types() where not internal"
        " order by 1"
    )
    if names := [str(name) for (name,) in con.fetchall()]:
        raise SchemaError(
            what=f"the warehouse holds functions or types that are not of zscwh: "
            f"{', '.join(names)}",
            where=str(path),
            hint="Take the tables out with 'zscwh export' and import them into a new "
            "warehouse, or drop these with DuckDB if they are yours.",
        )


def _define(con: duckdb.DuckDBPyConnection, view: Statement, comment: str) -> None:
    con.execute(view.sql)
    quoted = comment.replace("'", "''")
    con.execute(f"comment on view {view.name} is '{quoted}'")


def _comment(view: Statement) -> str:
    said = json.dumps(made_columns(), sort_keys=True)
    digest = hashlib.sha256(f"{view.sql}{said}".encode()).hexdigest()
    sentence = view.doc[0].upper() + view.doc[1:]
    return f"{sentence}. Text {digest[:12]}."


def _applied(con: duckdb.DuckDBPyConnection, path: Path) -> dict[int, str]:
    """Return the sha256 of each applied migration; refuse files not made like ours."""
    try:
        con.execute("select version, name, sha256 from schema_migration")
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise _foreign(path) from error
    recorded = con.fetchall()
    names = {version: name for version, name, _ in recorded}
    if 0 not in names:
        raise _foreign(path)
    if names[0] != GENERATION:
        raise _other_generation(names[0], path)
    return {version: sha256 for version, _, sha256 in recorded}


def _other_generation(name: str, path: Path) -> SchemaError:
    if name == _FIRST_GENERATION:
        return SchemaError(
            what="this warehouse was made before names had versions and images were"
            " known by content, and it cannot be brought over",
            where=str(path),
            hint="Ingest into a new file:"
            " 'zscwh --warehouse NEW.duckdb ingest ...'. The old one is left as it is.",
        )
    return SchemaError(
        what=f"the warehouse is of the generation '{name}', which this version of zscwh"
        " does not know",
        where=str(path),
        hint="Upgrade with 'pip install --upgrade zscwh'.",
    )


def _foreign(path: Path) -> SchemaError:
    return SchemaError(
        what="this DuckDB file is not a warehouse of zscwh",
        where=str(path),
        hint="Give another path with --warehouse.",
    )


def _apply(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Apply one step and record it, both or neither."""
    statement = migration.statement
    try:
        parsed = con.extract_statements(statement.sql)
        if any(part.type == duckdb.StatementType.TRANSACTION for part in parsed):
            raise SchemaError(
                what="a migration must not begin or end a transaction",
                where=str(statement.path),
                hint="Leave begin, commit and rollback out; each file is one.",
            )
        con.begin()
        con.execute(statement.sql)
        _record(con, migration.version, statement.name, migration.sha256)
        con.commit()
    except duckdb.Error as error:
        with suppress(duckdb.Error):  # an error may have ended the transaction
            con.rollback()
        raise SchemaError(
            what=f"the migration failed and was undone: {message_of(error)}",
            where=str(statement.path),
            hint="Steps before it stand; mend the file and try again.",
        ) from error


def _record(
    con: duckdb.DuckDBPyConnection, version: int, name: str, sha256: str
) -> None:
    con.execute(
        "insert into schema_migration values (?, ?, ?, ?)",
        [version, name, sha256, datetime.now(UTC)],
    )
