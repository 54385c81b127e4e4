"""Who uses an array store: ingests share it, and what frees arrays has it alone.

Several warehouses can have one store, by a link, so the turn to fill a warehouse does
not tell. The lock is the kernel's and is dropped with the process, however it ends.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from zsc_wh.errors import LockedError, StoreError
from zsc_wh.files import Replacement, entries, is_current

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = ".lock"
"""File in the store; it stays empty, so that it can be locked on a full disk too."""


_USERS = ".users"
"""Folder in the store: a file for each warehouse that uses it, with its path."""


@contextmanager
def shared_use(root: Path, user: Path) -> Iterator[None]:
    """Use the store in the folder `root`, together with others that do.

    Parameters
    ----------
    root : Path
        The store.
    user : Path
        The warehouse that uses it; the store keeps its path, for `users_of`.

    Raises
    ------
    LockedError
        When another process is freeing its arrays.
    StoreError
        When the folder cannot be used.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            what=f"the store cannot be made ({error.strerror})",
            where=str(root),
            hint="Check that there is space and that its folder can be written.",
        ) from error
    with _locked(root, alone=False):
        _sign(root, user)
        yield


def users_of(root: Path) -> list[Path]:
    """Return the warehouses that ever used the store in the folder `root`.

    Raises
    ------
    StoreError
        When their list cannot be read.
    """
    try:
        texts = [path.read_bytes() for path in entries(root / _USERS)]
    except OSError as error:
        raise StoreError(
            what=f"the users of the store cannot be read ({error.strerror})",
            where=str(root / _USERS),
            hint="Check the disk, and that this user may read it.",
        ) from error
    # one that was cut short by a crash names nothing
    return [Path(os.fsdecode(text)) for text in texts if text and b"\0" not in text]


def _sign(root: Path, user: Path) -> None:
    path = os.fsencode(os.path.realpath(user))
    entry = root / _USERS / hashlib.sha256(path).hexdigest()[:16]
    try:
        if entry.exists():
            return
        entry.parent.mkdir(exist_ok=True)
        with Replacement(entry) as file:
            file.write(path)
    except OSError as error:
        raise StoreError(
            what=f"the store cannot be written ({error.strerror})",
            where=str(entry),
            hint="Check that there is space and that its folder can be written.",
        ) from error


@contextmanager
def sole_use(root: Path) -> Iterator[None]:
    """Have the store in the folder `root` alone, to free arrays of it.

    Raises
    ------
    LockedError
        When an ingest, of this or of another warehouse, uses it.
    StoreError
        When the folder cannot be used.
    """
    if not root.is_dir():
        yield  # nothing is stored, so nothing is freed
        return
    with _locked(root, alone=True):
        yield


@contextmanager
def _locked(root: Path, *, alone: bool) -> Iterator[None]:
    if sys.platform == "win32":
        raise StoreError(
            what="a store cannot be locked on Windows, which has no flock",
            where=str(root),
            hint="Use Linux, macOS or the Windows Subsystem for Linux.",
        )
    import fcntl

    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with _opened(root / _LOCK) as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(root, alone=alone) from error
        except OSError as error:
            raise StoreError(
                what=f"the file system does not lock files ({error.strerror})",
                where=str(root),
                hint="Keep the store on a local disk.",
            ) from error
        if not is_current(file, root / _LOCK):
            raise _in_use(root, alone=alone)  # removed and made anew meanwhile
        try:
            yield
        finally:
            # by hand: a forked child may still have the file open
            fcntl.flock(file, fcntl.LOCK_UN)


def _in_use(root: Path, *, alone: bool) -> LockedError:
    user = "an ingest uses" if alone else "another process frees arrays of"
    return LockedError(
        what=f"{user} this store",
        where=str(root),
        hint="Wait until it has finished, or end it, and try again.",
    )


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("a+b")
    except OSError as error:
        raise StoreError(
            what=f"the store cannot be locked ({error.strerror})",
            where=str(path),
            hint="Check that its folder can be written.",
        ) from error
