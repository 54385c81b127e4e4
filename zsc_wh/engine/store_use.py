"""Who uses an array store: ingests share it, and what frees arrays has it alone.

Several warehouses can have one store, by a link, so the turn to fill a warehouse does
not tell. The lock is the kernel's and is dropped with the process, however it ends.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from zsc_wh.errors import LockedError, StoreError
from zsc_wh.files import is_current

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK = ".lock"
"""File in the store; it stays empty, so that it can be locked on a full disk too."""


@contextmanager
def shared_use(root: Path) -> Iterator[None]:
    """Use the store in the folder `root`, together with others that do.

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
            mend="Check that there is space and that its folder can be written.",
        ) from error
    with _locked(root, alone=False):
        yield


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
            mend="Use Linux, macOS or the Windows Subsystem for Linux.",
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
                mend="Keep the store on a local disk.",
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
        mend="Wait until it has finished, or end it, and try again.",
    )


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("a+b")
    except OSError as error:
        raise StoreError(
            what=f"the store cannot be locked ({error.strerror})",
            where=str(path),
            mend="Check that its folder can be written.",
        ) from error
