"""Write files so that nobody ever sees half of one, and tell leftovers of the dead.

A file is written to a temporary name in its own folder, synced, and renamed. The
temporary name holds the process and the machine, so that what a killed process left
behind can be told from what a living one is writing.
"""

from __future__ import annotations

import errno
import os
import platform
import secrets
import shutil
import time
from typing import IO, TYPE_CHECKING, Any

from zsc_wh.errors import SchemaError
from zsc_wh.processes import Process

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY = ".tmp-"
"""How temporary names begin; nothing reads them."""

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What a disk or a quota without space answers."""

MACHINE_FAULTS = FULL_DISK | {
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EMFILE,
    errno.ENFILE,
}
"""Errors that no call is at fault for, wherever they are raised."""


ABANDONED_S = 24 * 3600.0
"""Temporary files live for minutes; one that is a day old is left over."""


def temporary_name(kind: str = "") -> str:
    """Return a fresh temporary name of this process, for something of a `kind`."""
    me = Process.this()
    host = me.host.replace("-", "_")
    return f"{TEMPORARY}{me.pid}-{host}-{secrets.token_hex(4)}{kind}-{me.life}"


def is_leftover(path: Path) -> bool:
    """Whether a temporary name belongs to a process that is gone.

    Of one that cannot be seen from here, on another machine or in another container,
    it does when nothing was written for `ABANDONED_S`.
    """
    parts = path.name.removeprefix(TEMPORARY).split("-")
    if not path.name.startswith(TEMPORARY) or len(parts) < 2 or not parts[0].isdigit():
        return False
    here = platform.node()
    host = here if parts[1] == here.replace("-", "_") else parts[1]
    life = parts[3] if len(parts) > 3 else ""
    is_alive = Process(int(parts[0]), host, life).is_alive()
    return _is_old(path) if is_alive is None else not is_alive


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > ABANDONED_S
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


OF_THE_MACHINE = frozenset(
    {
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ESTALE,
    }
)
"""What the machine refuses, whatever is in the file that is read."""


def machine_fault(error: Exception) -> str | None:
    """Return what the machine refused; None when the file is at fault.

    Parameters
    ----------
    error : Exception
        An `OSError`, or an error of a library that ends in the system's words.
    """
    if isinstance(error, MemoryError):
        return os.strerror(errno.ENOMEM)
    if isinstance(error, OSError):
        return error.strerror if error.errno in OF_THE_MACHINE else None
    words = (os.strerror(number) for number in sorted(OF_THE_MACHINE))
    return next((word for word in words if word in str(error)), None)


def entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, by name; nothing where there is none.

    Raises
    ------
    SchemaError
        When it is there and cannot be read, which a pattern of pathlib takes for empty.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.is_symlink():
            return []
        raise SchemaError(
            what=f"the folder cannot be read ({error.strerror})",
            where=str(folder),
            hint="Check the disk, where the folder is a link its target, and that this "
            "user may read it.",
        ) from error


def is_current(file: IO[Any], path: Path) -> bool:
    """Whether a name still leads to the file that is open."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def remove_tree(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; of a link the link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):  # pathlib has no name for it in Python 3.11
        path.unlink(missing_ok=True)


class Replacement:
    """Context: a binary file that takes the place of `path` when all went well.

    On an exception the temporary file is removed and `path` stays as it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(temporary_name())

    def __enter__(self) -> IO[bytes]:
        self._file = self._temporary.open("wb")
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            with self._file:
                if kind is None:
                    self._file.flush()
                    os.fsync(self._file.fileno())
            if kind is None:
                self._temporary.replace(self._path)
                sync_folder(self._path.parent)
        finally:
            # gone already where all went well; on a full disk closing can fail too
            self._temporary.unlink(missing_ok=True)
