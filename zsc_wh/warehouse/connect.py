"""Open the warehouse file: one place, one order, for readers and for writers.

Imports duckdb; imported only by modules of this package.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.warehouse.execute import message_of
from zsc_wh.warehouse.locks import (
    READER_PAUSE_S,
    Patience,
    describe_process,
    in_process,
    require_turn,
    step_back,
    writer_lock,
)
from zsc_wh.warehouse.paths import spellings
from zsc_wh.warehouse.unopened import cannot_open
from zsc_wh.warehouse.write_ahead import (
    DamagedLogError,
    damaged_log,
    log_of,
    set_log_aside,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

STORAGE_VERSION = "v1.5.0"
"""Storage that every supported DuckDB can open and write: the lowest one supported."""

_CLOSED = {
    # SQL of a reader cannot reach files, the network or extensions ...
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # ... nor the Python variables of whoever calls
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
}

_STORAGE = "storage_compatibility_version"

_WRITER = {
    _STORAGE: STORAGE_VERSION,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


_INTERRUPTED = "Query interrupted"
"""How DuckDB words the `RuntimeError` that Ctrl-C becomes while a statement runs."""


@contextmanager
def writer_turn(path: Path, patience: Patience) -> Iterator[None]:
    """Hold the right to write; a damaged write-ahead log that turns up is set aside.

    Raises
    ------
    LockedError
        When another process holds it for too long.
    SchemaError
        When the lock cannot be had at all, when the file has more than one name, or
        when a log was set aside.
    """
    with writer_lock(path, patience):
        _require_one_name(path)
        try:
            yield
        except DamagedLogError as error:
            raise set_log_aside(path) from error


@contextmanager
def reader(path: Path, wait_s: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file to read, and close it.

    The connection is read-only and cannot reach anything but the file; the caller
    locks its configuration.

    Raises
    ------
    SchemaError
        When there is no such file, or it is not a DuckDB file.
    LockedError
        When a writer holds it for longer than `wait_s` seconds.
    """
    require_file(path)
    patience = Patience(wait_s, READER_PAUSE_S)
    with in_process(path, patience):
        step_back(path, patience)
        con = _open(path, patience, read_only=True, config=_CLOSED)
        try:
            with _ctrl_c():
                con.execute("set TimeZone = 'UTC'")
                yield con
        except duckdb.Error as error:
            raise _unusable(path, error) from error
        finally:
            con.close()


@contextmanager
def writer(
    path: Path, patience: Patience, reads: Iterable[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file to write, and close it; the caller has the turn to write.

    Parameters
    ----------
    path : Path
        The file.
    patience : Patience
        How long to wait for readers.
    reads : iterable of Path, optional
        Folders that the connection can read; there is nothing else that it can reach,
        so that what hides in a file from somebody else cannot either.

    Raises
    ------
    SchemaError
        When it is not a DuckDB file, or cannot be written.
    LockedError
        When readers do not let go in time.
    """
    with in_process(path, patience):
        con = _open(path, patience, read_only=False, config=_WRITER)
        try:
            # from here on DuckDB's own lock keeps other writers out
            require_turn(path)
            with _ctrl_c():
                con.execute("set TimeZone = 'UTC'")
                _close(con, reads)
                yield con
        except duckdb.Error as error:
            raise _unusable(path, error) from error
        finally:
            con.close()


@contextmanager
def scratch(reads: Iterable[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that can read some folders, and reach nothing else."""
    config = {name: value for name, value in _WRITER.items() if name != _STORAGE}
    with duckdb.connect(config={**config}) as con, _ctrl_c():
        con.execute("set TimeZone = 'UTC'")
        _close(con, reads)
        con.execute("set lock_configuration = true")
        yield con


@contextmanager
def _ctrl_c() -> Iterator[None]:
    """Raise what Ctrl-C means; DuckDB turns it into an error of the statement."""
    try:
        yield
    except RuntimeError as error:
        if str(error) != _INTERRUPTED:
            raise
        raise KeyboardInterrupt from error


def _close(con: duckdb.DuckDBPyConnection, reads: Iterable[Path]) -> None:
    """Let a connection reach some folders alone, each as it is and as a pattern."""
    names = {name for folder in reads for name in spellings(folder)}
    quoted = ("'" + name.replace("'", "''") + "'" for name in sorted(names))
    con.execute(f"set allowed_directories = [{', '.join(quoted)}]")
    con.execute("set enable_external_access = false")


def _unusable(path: Path, error: duckdb.Error) -> SchemaError:
    """Tell a fault that showed after the file was opened: it is cut short, say."""
    return SchemaError(
        what=f"the warehouse cannot be used: {message_of(error)}",
        where=str(path),
        hint="Check that the file is whole and the disk is not full; a backup comes in "
        "with 'zscwh import'.",
    )


def check_path(path: Path) -> Path:
    """Return `path`, where DuckDB takes it as it is.

    Raises
    ------
    ConfigError
        When it holds a question mark, after which DuckDB looks for options of an
        address, or a backslash, which it takes for a folder everywhere.
    """
    found = "?" if "?" in str(path.absolute()) else "\\"
    if found in str(path.absolute()) and os.sep != found:
        raise ConfigError(
            what=f"the path of a warehouse cannot hold '{found}'",
            where=str(path),
            hint="Give another path with --warehouse.",
        )
    return path


def require_file(path: Path) -> None:
    """Refuse a path where there is no file.

    Raises
    ------
    SchemaError
        Says how to make one.
    """
    if not path.is_file():
        raise SchemaError(
            what="there is no warehouse here",
            where=str(path),
            hint="Make one with 'zscwh init' or fill one with 'zscwh ingest'.",
        )


def _require_one_name(path: Path) -> None:
    """Refuse a file with hard links: each name would have a lock and a log of its own.

    Raises
    ------
    SchemaError
        Says how to keep a copy instead.
    """
    if path.is_file() and (names := path.stat().st_nlink) > 1:
        raise SchemaError(
            what=f"the warehouse file has {names} names (hard links), and writing by "
            "two of them would lose rows",
            where=str(path),
            hint="Remove the other names (`find -samefile` lists them), or copy the "
            "file and put the copy in its place.",
        )


def _open(
    path: Path, patience: Patience, *, read_only: bool, config: Mapping[str, str]
) -> duckdb.DuckDBPyConnection:
    # the absolute path cannot be taken for the name of a remote or in-memory database
    name = str(path.absolute())
    while True:
        try:
            return duckdb.connect(name, read_only=read_only, config=dict(config))
        except duckdb.Error as error:
            message = str(error).replace(name, "")
            if _LOG.search(message) and log_of(path).exists():
                raise damaged_log(path) from error
            if not _LOCKED.search(message):
                raise cannot_open(path, to_write=not read_only) from error
            patience.pause(path, _holder(error), error)


_LOCKED = re.compile(r"\block\b|used by another process", re.IGNORECASE)
_LOG = re.compile(r"\bWAL\b")
_PID = re.compile(r"\bPID (\d+)")


def _holder(error: duckdb.Error) -> str:
    match = _PID.search(str(error))
    return describe_process(int(match[1])) if match else "another process"
