"""What a warehouse answers: SQL of ours, named queries, SQL from outside, names.

It holds no connection and no lock between calls, so that readers and the loader of a
running ingest share one file.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import QueryError, SchemaError
from zsc_wh.fields import nearest
from zsc_wh.sqlfiles import queries
from zsc_wh.warehouse import naming, sandbox, schema, steps
from zsc_wh.warehouse.audits import run_audits
from zsc_wh.warehouse.connect import check_path, reader
from zsc_wh.warehouse.dump import dump_tables
from zsc_wh.warehouse.execute import fetch_frame, fetch_rows, limit_memory
from zsc_wh.warehouse.limits import NO_LIMITS, Limits
from zsc_wh.warehouse.macros import make_macros
from zsc_wh.warehouse.params import bind, declared_values
from zsc_wh.warehouse.write_ahead import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb
    import polars as pl

    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse.dump import Dump
    from zsc_wh.warehouse.rows import Finding, Rows

WAIT_S = 30.0
"""How long a call waits for another process by default, in seconds."""


class ReadableWarehouse:
    """A warehouse file.

    Parameters
    ----------
    path : str or Path
        The DuckDB file; a link to one means the file itself. Beside it lie
        ``<path>.inbox`` (shards on their way in), ``<path>.store`` (arrays) and
        ``<path>.lock``.
    wait_s : float, optional
        How long a call waits for a process that holds the file, in seconds.
    folders : iterable of Path, optional
        The user's folders of queries, beside those that are shipped.

    Attributes
    ----------
    path, inbox, store_path : Path

    Raises
    ------
    ConfigError
        When DuckDB would read the path as something else.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        wait_s: float = WAIT_S,
        folders: Iterable[Path] = (),
    ) -> None:
        # by whichever link a file is named, it has one lock, one inbox and one store;
        # unlike pathlib, these two do not raise for a path that cannot be looked at
        if os.path.islink(path):  # noqa: PTH114
            path = os.path.realpath(path)
        self.path = check_path(Path(path))
        self.inbox = Path(f"{self.path}.inbox")
        self.store_path = Path(f"{self.path}.store")
        self._wait_s = wait_s
        self._folders = tuple(folders)

    def __repr__(self) -> str:
        return f"Warehouse({str(self.path)!r})"

    def require_file(self) -> None:
        """Raise `SchemaError` when there is no such file."""
        if not self.path.exists():
            raise SchemaError(
                what="there is no such warehouse",
                where=str(self.path),
                hint="`zscwh init` makes an empty one, `zscwh ingest` makes and fills "
                "one.",
            )

    def copy_to(self, path: Path) -> None:
        """Copy the file as it is now, without its inbox and its store.

        Raises
        ------
        SchemaError, LockedError
            When there is none, or a writer holds it for too long.
        """
        with reader(self.path, self._wait_s):  # keeps writers away
            shutil.copyfile(self.path, path)
            if log_of(self.path).exists():
                shutil.copyfile(log_of(self.path), log_of(path))

    def pending(self, folder: Path | None = None) -> tuple[str, ...]:
        """Return the names of the migrations that the file still needs.

        Parameters
        ----------
        folder : Path, optional
            Folder of migrations instead of the shipped one.

        Raises
        ------
        SchemaError
            When there is no warehouse, or it is newer than the migrations, or one of
            those applied was edited since.
        """
        with reader(self.path, self._wait_s) as con:
            missing = schema.pending(con, schema.known_migrations(folder), self.path)
        return tuple(migration.statement.name for migration in missing)

    def read(self, sql: str, params: Mapping[str, Any] | None = None) -> Rows:
        """Run SQL of ours on a read-only connection.

        Raises
        ------
        SchemaError
            When the file is missing, not ours, or not up to date.
        LockedError
            When a writer holds it for too long.
        QueryError
            When DuckDB refuses the statement.
        """
        with self._reading(sql) as con:
            return fetch_rows(con, sql, params, str(self.path))

    def read_all(self, statements: Iterable[str]) -> list[list[tuple[Any, ...]]]:
        """Run several statements of ours on one connection: one state of the file.

        Raises
        ------
        SchemaError, LockedError, QueryError
            As `read`.
        """
        known = tuple(statements)
        with self._reading(" ".join(known)) as con:
            return [fetch_rows(con, sql, None, str(self.path)).rows for sql in known]

    def run_query(
        self,
        name: str,
        params: Mapping[str, object] | None = None,
        folders: Iterable[Path] = (),
        limits: Limits = NO_LIMITS,
    ) -> Rows:
        """Run a named query.

        Parameters
        ----------
        name : str
            Name of a query, shipped or in one of the `folders`.
        params : mapping of str to object, optional
            Values by parameter name. A text is converted to the declared type:
            ``null`` is NULL, and a list is ``a,b`` or a JSON list.
        folders : iterable of Path, optional
            The user's folders of queries.
        limits : Limits, optional
            How much it may take.

        Raises
        ------
        QueryError
            For an unknown query, parameter or name (with the nearest), a missing or
            wrong value, beyond a limit, or when DuckDB fails.
        SchemaError, LockedError
            As `read`.
        """
        query, given = self._named(name, params or {}, folders)
        values = bind(query, given)
        with self._reading(query.sql, limits) as con:
            sandbox.check_query(con, query)
            values = naming.require_names(con, query, values, given)
            asked = steps.sql_values(query, values)
            whole = steps.sql_limits(query, limits)
            found = fetch_rows(con, query.sql, asked, f"query {name}", whole)
        return steps.finish_rows(query, values, found, limits)

    def cell_key(self, text: str, *, closed: bool | None = None) -> str:
        """Return the key of the one cell that a text means; see `naming.cell_key`."""
        with self._reading() as con:
            return naming.cell_key(con, text, closed=closed)

    def known_names(self, kind: str) -> list[str]:
        """Return the names of a kind that the file has; see `naming.known_names`."""
        with self._reading() as con:
            return naming.known_names(con, kind)

    def cell_titles(self, *, closed: bool) -> list[str]:
        """Return ENCODER/DATASET/REDUCER/CLUSTERER/SEED of the cells, sorted."""
        with self._reading() as con:
            return [title for _, title in naming.cells_meant(con, "", closed=closed)]

    def require_known(self, kind: str, names: Iterable[str], where: str) -> None:
        """Refuse names that the file does not have; see `naming.require_known`."""
        with self._reading() as con:
            naming.require_known(con, kind, names, where)

    def run_sql(self, text: str, limits: Limits = NO_LIMITS) -> Rows:
        """Run SQL from outside: one statement that reads, and nothing but this file.

        Raises
        ------
        QueryError
            When it is not one statement that reads, reaches for files, the network
            or the configuration, goes beyond a limit, or is wrong.
        SchemaError, LockedError
            As `read`.
        """
        with self._reading(text, limits) as con:
            sandbox.check(con, text, "sql")
            return fetch_rows(con, text, None, "sql", limits)

    def query(self, name: str, /, **params: object) -> pl.DataFrame:
        """Run a named query and return a polars frame; see `run_query`."""
        query, given = self._named(name, params, ())
        values = bind(query, given)
        with self._reading(query.sql) as con:
            sandbox.check_query(con, query)
            values = naming.require_names(con, query, values, given)
            asked = steps.sql_values(query, values)
            found = fetch_frame(con, query.sql, asked, f"query {name}")
        return steps.finish_frame(query, values, found)

    def sql(self, text: str, /, **params: object) -> pl.DataFrame:
        """Run SQL from outside and return a polars frame; see `run_sql`."""
        with self._reading(text) as con:
            sandbox.check(con, text, "sql")
            return fetch_frame(con, text, params or None, "sql")

    def dump(self, folder: Path) -> Dump:
        """Write one state of every table into a folder; see `dump_tables`."""
        with self._reading() as con:
            return dump_tables(con, folder)

    def audit(self) -> list[Finding]:
        """Check the whole warehouse; return the rules that are broken."""
        with self._reading() as con:
            return run_audits(con)

    @contextmanager
    def _reading(
        self, sql: str = "", limits: Limits = NO_LIMITS
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        with reader(self.path, self._wait_s) as con:
            limit_memory(con, limits)
            schema.require_current(con, schema.known_migrations(), self.path)
            schema.shadow_views(con)
            make_macros(con, sql)
            con.execute("set lock_configuration = true")
            yield con

    def _named(
        self, name: str, params: Mapping[str, object], folders: Iterable[Path]
    ) -> tuple[Query, dict[str, object]]:
        known = queries(*self._folders, *folders)
        if name not in known:
            raise QueryError(
                what=f"no query '{name}'" + nearest(name, known),
                hint="'zscwh queries' lists them.",
            )
        return known[name], declared_values(known[name], params)
