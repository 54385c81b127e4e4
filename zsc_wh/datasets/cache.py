"""A small SQLite file that can be lost: what it knows can be found out again."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_WAIT_S = 60.0


class Cache:
    """Tables in a file; several processes may use it at once.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made when they are needed, and a damaged file is
        replaced by an empty one.
    tables : str
        Statements that make the tables where they are absent. The last column of each
        is a checksum of the others, which SQLite does not keep itself: a byte that
        changed on the disk makes a row disappear.
    """

    def __init__(self, path: Path, tables: str) -> None:
        self._path = path
        self._tables = tables
        self._is_checked = False

    def read(self, query: str, *values: object) -> list[list[Any]]:
        """Return the sound rows of a query for all columns, without the checksum.

        Raises
        ------
        SchemaError
            When the file cannot be used.
        """
        with self._opened() as connection:
            rows = connection.execute(query, values).fetchall()
        return [row for *row, checksum in rows if _checksum(row) == checksum]

    def write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement for each of the rows and its checksum, in one transaction.

        Raises
        ------
        SchemaError
            When the file cannot be written.
        """
        self.replace([], [(statement, rows)])

    def replace(
        self,
        deletions: Iterable[tuple[str, str]],
        steps: Iterable[tuple[str, Iterable[tuple[object, ...]]]],
    ) -> None:
        """Delete rows, then write others as `write` does, all in one transaction.

        Parameters
        ----------
        deletions : iterable of (str, str)
            Statements, each with its value.
        steps : iterable of (str, iterable of tuple)
            Statements, each with its rows.

        Raises
        ------
        SchemaError
            When the file cannot be written.
        """
        with self._opened() as connection, connection:
            for statement, value in deletions:
                connection.execute(statement, (value,))
            for statement, rows in steps:
                connection.executemany(
                    statement, ([*row, _checksum(row)] for row in rows)
                )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Connect for one use: an open file would not notice that it was removed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connect()
            try:
                yield connection
            finally:
                connection.close()
        except (OSError, sqlite3.DatabaseError) as error:
            # SQLite has no class of its own for a file that another process holds
            held = ": another process holds them" if "locked" in str(error) else ""
            raise SchemaError(
                what=f"the digests of the samples cannot be kept{held}",
                where=str(self._path),
                hint="Check that there is space, that the folder can be written, and "
                "remove the file if it is damaged: what it knows is read again.",
            ) from error

    def _connect(self) -> sqlite3.Connection:
        if not self._is_checked:
            self._remove_if_damaged()
            self._is_checked = True
        connection = sqlite3.connect(self._path, timeout=_WAIT_S)
        # damaged text is read too, and its checksum is wrong then
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            connection.executescript(self._tables)
        except BaseException:
            connection.close()
            raise
        return connection

    def _remove_if_damaged(self) -> None:
        connection = sqlite3.connect(self._path, timeout=_WAIT_S)
        try:
            answer = connection.execute("pragma quick_check(1)").fetchall()
            is_damaged = answer != [("ok",)]
        except sqlite3.OperationalError:  # locked, or the disk is full
            raise
        except sqlite3.DatabaseError:
            is_damaged = True
        finally:
            connection.close()
        if is_damaged:
            self._path.unlink(missing_ok=True)


_LONG = 64  # bytes; to write out longer ones as text takes as long as the rest


def _checksum(row: Iterable[object]) -> int:
    short = [
        zlib.crc32(value) if isinstance(value, bytes) and len(value) > _LONG else value
        for value in row
    ]
    return zlib.crc32(repr(short).encode())
