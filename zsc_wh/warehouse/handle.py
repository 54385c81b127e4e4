"""`Warehouse`: the handle that the rest of the package and users work with.

What reads is in `zsc_wh.warehouse.reading`; what writes takes turns here. What each
call does lies in the other modules of this package.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from zsc_wh.errors import SchemaError
from zsc_wh.warehouse import schema
from zsc_wh.warehouse.connect import require_file, writer, writer_turn
from zsc_wh.warehouse.dump import restore_tables
from zsc_wh.warehouse.load import in_transaction, load_folder
from zsc_wh.warehouse.locks import WRITER_PAUSE_S, Patience, writer_lock
from zsc_wh.warehouse.reading import ReadableWarehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from zsc_wh.warehouse.rows import LoadReport

T = TypeVar("T")

INGEST_PAUSE_S = 0.5
"""Longest pause of an ingest between two looks at the one that it waits for."""

FILLS = "fills this warehouse"
"""What an ingest does to the others that wait for it."""


class Warehouse(ReadableWarehouse):
    """A warehouse file that is read and written; see `ReadableWarehouse`."""

    def create(self) -> None:
        """Make the file, or bring an existing warehouse to the current schema.

        Raises
        ------
        SchemaError
            When there is a file that is not a warehouse, or one of a newer version,
            or the folder does not exist.
        LockedError
            When another process holds it for too long.
        """
        patience = self._patience(None, None)
        with writer_turn(self.path, patience):
            schema.make_if_missing(self.path, patience)
            with writer(self.path, patience) as con:
                schema.bring_up(con, schema.known_migrations(), self.path)

    def migrate(self, folder: Path | None = None) -> tuple[str, ...]:
        """Apply what `pending` lists, each step in its own transaction.

        Returns
        -------
        tuple of str
            Names of the migrations applied now.

        Raises
        ------
        SchemaError
            As `pending`, and when a step fails; the steps before it stand.
        LockedError
            When another process holds the file for too long.
        """
        patience = self._patience(None, None)
        require_file(self.path)
        with writer_turn(self.path, patience), writer(self.path, patience) as con:
            return schema.bring_up(con, schema.known_migrations(folder), self.path)

    def load(
        self,
        folder: Path | None = None,
        *,
        wait_s: float | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> LoadReport:
        """Load the shards of a folder, each once; make the warehouse if there is none.

        Shards loaded from the inbox are removed and bad ones moved to its folder
        ``bad``; those of another folder stay where they are.

        Parameters
        ----------
        folder : Path, optional
            Folder of shards; the inbox by default.
        wait_s : float, optional
            How long to wait for other processes, in seconds.
        on_wait : callable, optional
            Told whom it waits for, once, when the waiting begins.

        Raises
        ------
        LockedError
            When other processes did not let go in time; the shards wait.
        SchemaError
            When the folder or the warehouse cannot be used.
        """
        if folder is not None and not folder.is_dir():
            raise SchemaError(
                what="there is no such folder of shards",
                where=str(folder),
                hint="Give the folder that the shards were written to.",
            )
        patience = self._patience(wait_s, on_wait)
        return load_folder(self.path, self.inbox, folder, patience)

    def write(
        self,
        fn: Callable[[duckdb.DuckDBPyConnection], T],
        *,
        wait_s: float | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> T:
        """Run `fn` on a writing connection, in one transaction with the audits.

        Parameters
        ----------
        fn : callable
            Takes the connection; must fetch what it reads, and neither begin nor
            end a transaction.
        wait_s, on_wait : optional
            As `load`.

        Raises
        ------
        LoadError
            When an audit finds that a rule is broken; nothing is written then.
        QueryError
            When DuckDB refuses what `fn` does; nothing is written then.
        SchemaError, LockedError
            As `load`.
        """
        patience = self._patience(wait_s, on_wait)
        require_file(self.path)
        with writer_turn(self.path, patience), writer(self.path, patience) as con:
            schema.bring_up(con, schema.known_migrations(), self.path)
            return in_transaction(con, fn, str(self.path))

    @contextmanager
    def ingest_turn(
        self, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the right to fill the warehouse; the others wait as long as it takes.

        Parameters
        ----------
        on_wait : callable, optional
            Told whom it waits for, once, when the waiting begins.
        """
        self.inbox.mkdir(parents=True, exist_ok=True)
        patience = Patience(math.inf, INGEST_PAUSE_S, on_wait, FILLS)
        with writer_lock(self.inbox / "ingest", patience):
            yield

    def restore(
        self,
        files: Mapping[str, Path],
        on_wait: Callable[[str], None] | None = None,
    ) -> dict[str, int]:
        """Bring files of `dump` in, by table; see `restore_tables`."""
        return restore_tables(self.path, files, self._patience(None, on_wait))

    def _patience(
        self, wait_s: float | None, on_wait: Callable[[str], None] | None
    ) -> Patience:
        wait_s = self._wait_s if wait_s is None else wait_s
        return Patience(wait_s, WRITER_PAUSE_S, on_wait)
