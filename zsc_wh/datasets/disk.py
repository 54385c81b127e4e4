"""Places that are folders on the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from zsc_wh.datasets.digests import Stamp
from zsc_wh.datasets.places import Found, OpenFile, Place, lost, unreadable
from zsc_wh.datasets.sniff import HEAD_BYTES
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

_PIECE = 1 << 20  # bytes hashed at a time

_ONE_FILE = frozenset(
    {
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    }
)
"""What the system says when one file is at fault, and not the disk or the network."""


class Folder(Place):
    """A folder on the disk; links in it are followed."""

    def find(self) -> Found:
        """Walk the folder and those below.

        Notes
        -----
        Links are followed to files and to folders and also out of the folder, since
        subsets are often made of links; a link back to a folder on its own path is
        ignored. An image that cannot even be looked at has 0 bytes here.
        """
        found = Found()
        folders: list[tuple[str, frozenset[tuple[int, int]]]] = [("", frozenset())]
        while folders:
            prefix, above = folders.pop()
            folder = self.path / prefix
            with _readable(folder):
                status = folder.stat()
                identity = (status.st_dev, status.st_ino)
                if identity in above:
                    found.ignore(prefix.rstrip("/"))
                    continue
                with os.scandir(folder) as entries:
                    folders += [
                        (f"{name}/", above | {identity})
                        for name in _sort_out(prefix, entries, found)
                    ]
        return found

    def sizes(self, names: Sequence[str], known: Digests) -> tuple[int, ...]:
        """Look at every file."""
        stamps = self.stamps(names)
        pairs = zip(names, stamps, strict=True)
        known.seen(self, {name: stamp for name, stamp in pairs if stamp})
        return tuple(stamp.size if stamp else 0 for stamp in stamps)

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Look at every file."""
        with _readable(self.path):
            self.path.stat()
            # joined by hand: a Path for each of 100,000 names takes a second
            statuses = [_status(f"{self.path}/{name}") for name in names]
        return [
            Stamp.of(status) if status and stat.S_ISREG(status.st_mode) else None
            for status in statuses
        ]

    def read(self, name: str) -> bytes:
        """Read a file."""
        with self.open(name) as file:
            return file.read()

    @contextmanager
    def open(self, name: str) -> Iterator[OpenFile]:
        """Open a file; a pipe or a device would never end."""
        path = self.path / name
        with self._faults(name):
            if not stat.S_ISREG(path.stat().st_mode):
                raise unreadable(self.where(name), "it is not a regular file")
            with path.open("rb") as file:
                yield file

    def _hashed(self, name: str) -> tuple[Stamp | None, bytes]:
        """Take few calls to the system a file: there may be many small ones."""
        with self._faults(name):
            # a pipe would never open if it were waited for
            file = os.open(f"{self.path}/{name}", os.O_RDONLY | os.O_NONBLOCK)
            try:
                status = os.fstat(file)
                if not stat.S_ISREG(status.st_mode):
                    raise unreadable(self.where(name), "it is not a regular file")
                digest = hashlib.sha256()
                piece = min(status.st_size + 1, _PIECE)
                while content := os.read(file, piece):
                    digest.update(content)
            finally:
                os.close(file)
        return Stamp.of(status), digest.digest()

    def where(self, name: str) -> str:
        """Return the path."""
        return str(self.path / name)

    @contextmanager
    def _faults(self, name: str) -> Iterator[None]:
        """Tell the fault of one file from that of the whole folder."""
        try:
            yield
        except OSError as error:
            # `Path.exists` raises where the folder is forbidden
            if error.errno in _ONE_FILE and os.access(self.path, os.F_OK):
                raise unreadable(self.where(name), str(error.strerror)) from error
            raise lost(self.where(name), error) from error
        except ValueError as error:  # a null byte in the name
            why = "its name holds a null byte"
            raise unreadable(self.where(name), why) from error


def _sort_out(
    prefix: str, entries: Iterator[os.DirEntry[str]], found: Found
) -> Iterator[str]:
    """Sort the entries of one folder into images and others; yield the folders."""
    for entry in entries:
        name = prefix + entry.name
        if entry.name.startswith("."):
            found.ignore(name)
            continue
        status = _status(entry)
        if status is not None and stat.S_ISDIR(status.st_mode):
            yield name
        elif status is None:
            found.add(name, 0, partial(_head, entry.path))
        elif stat.S_ISREG(status.st_mode):
            found.stamps[name] = stamp = Stamp.of(status)
            found.add(name, stamp.size, partial(_head, entry.path))
        else:
            found.ignore(name)


def _status(file: str | os.DirEntry[str]) -> os.stat_result | None:
    """Return what the system knows of a file, None when this one is at fault."""
    try:
        return os.stat(file) if isinstance(file, str) else file.stat()  # noqa: PTH116
    except ValueError:  # a null byte in the name
        return None
    except OSError as error:
        if error.errno in _ONE_FILE:
            return None
        raise


def _head(path: str) -> bytes:
    """Return the first bytes of a file, none when this one is at fault."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path costs as much as the rest
            return file.read(HEAD_BYTES)
    except OSError as error:
        if error.errno in _ONE_FILE:
            return b""
        raise


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn what the system raises on a folder or an entry of it into a `DataError`."""
    try:
        yield
    except OSError as error:
        raise DataError(
            what=f"cannot be read ({error.strerror})",
            where=str(error.filename or folder),
            hint="Mend the link or the permissions, or remove it.",
        ) from error
