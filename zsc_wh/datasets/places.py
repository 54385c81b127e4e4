"""Where the files of a dataset lie: a folder or an archive, read by name.

Nothing is ever written under a name that comes from the data.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from zsc_wh.datasets.digests import Stamp, path_text
from zsc_wh.datasets.sniff import HEAD_BYTES, SUFFIXES, is_image, is_litter
from zsc_wh.errors import DataError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

_PIECE = 1 << 20  # bytes hashed at a time

OpenFile = io.BufferedReader | io.BytesIO
"""A file that is open for reading."""

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


@dataclass
class Found:
    """What lies in a place.

    Parameters
    ----------
    sizes : dict of str to int
        Bytes of every image, by its path with forward slashes.
    ignored : list of str
        Paths of everything else, but for hidden files and what desktops leave.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def add(self, name: str, size: int, head: Callable[[], bytes]) -> None:
        """Sort a regular file in."""
        if is_image(name, head):
            self.sizes[name] = size
        else:
            self.ignore(name)

    def ignore(self, name: str) -> None:
        """Leave a path out; one that is not UTF-8 is kept in a form that is."""
        if is_litter(name):
            return
        self.ignored.append(os.fsencode(name).decode(errors="backslashreplace"))

    def check(self, where: str) -> None:
        """Check that the names can be written and that there is an image.

        Raises
        ------
        DataError
            When a name is not UTF-8, or there is no image.
        """
        for name in self.sizes:
            if not _is_utf8(name):
                raise DataError(
                    what=f"the file name {os.fsencode(name)!r} is not UTF-8",
                    where=where,
                    mend="Rename the file.",
                )
        if not self.sizes:
            raise DataError(
                what=f"there is no image in it; looked for names ending in "
                f"{' '.join(SUFFIXES)} and for such content, and ignored "
                f"{len(self.ignored)} other entries",
                where=where,
                mend="Check `path`, or convert the images to PNG or JPEG.",
            )


class Place(ABC):
    """A folder or an archive; may be read by several threads.

    Parameters
    ----------
    path : Path
        The folder or the archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def identity(self) -> str:
        """Path without links, for what is kept of its files."""
        return path_text(self.path)

    @abstractmethod
    def find(self) -> Found:
        """Return the images in it and whatever else there is.

        Raises
        ------
        DataError
            When it cannot be read, or a name occurs twice.
        """

    def found(self, known: Digests) -> Found:  # noqa: ARG002 - of a folder nothing is
        """Return what `find` does; what is known of an archive is not looked for."""
        return self.find()

    @abstractmethod
    def sizes(self, names: Sequence[str], known: Digests) -> tuple[int, ...]:
        """Return the bytes of files, 0 for a missing one.

        Raises
        ------
        DataError
            When the place itself cannot be read.
        """

    @abstractmethod
    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Return the stamps of files, None where there is no such regular file.

        Raises
        ------
        DataError
            When the place itself cannot be read.
        """

    def digest(self, name: str) -> tuple[Stamp | None, bytes | None]:
        """Read a file; return its stamp before that, and the sha256 of its bytes.

        Both are None where this one file cannot be read.

        Raises
        ------
        DataError
            When the place itself cannot be read any more.
        """
        try:
            return self._hashed(name)
        except UnreadableError:
            return None, None

    def _hashed(self, name: str) -> tuple[Stamp | None, bytes]:
        (stamp,) = self.stamps([name])
        with self.open(name) as file:
            return stamp, hashlib.file_digest(file, "sha256").digest()

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises
        ------
        UnreadableError
            When this one file is absent, forbidden or damaged.
        DataError
            When the place itself cannot be read any more.
        """

    @abstractmethod
    def where(self, name: str) -> str:
        """Return the full name of a file, for messages."""

    def open(self, name: str) -> AbstractContextManager[OpenFile]:
        """Open a file from which little will be read.

        Raises as `read` does, also for the `OSError` of reading from it.
        """
        return io.BytesIO(self.read(name))


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

    def sizes(
        self,
        names: Sequence[str],
        known: Digests,  # noqa: ARG002
    ) -> tuple[int, ...]:
        """Look at every file."""
        return tuple(stamp.size if stamp else 0 for stamp in self.stamps(names))

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
            raise unreadable(self.where(name), str(error)) from error


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
        elif status is None or stat.S_ISREG(status.st_mode):
            size = status.st_size if status else 0
            found.add(name, size, partial(_head, entry.path))
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


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def unreadable(where: str, why: str) -> UnreadableError:
    """Make the error of one file that is at fault."""
    return UnreadableError(
        what=f"the file cannot be read ({why})",
        where=where,
        mend="Mend the file, the link or the permissions, or remove it.",
    )


def lost(where: str, error: OSError) -> DataError:
    """Make the error of a place that cannot be read any more."""
    return DataError(
        what=f"cannot be read ({error.strerror or error})",
        where=where,
        mend="See that the folder or the disk is there and sound, and start again.",
    )


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn what the system raises on a folder or an entry of it into a `DataError`."""
    try:
        yield
    except OSError as error:
        raise DataError(
            what=f"cannot be read ({error.strerror})",
            where=str(error.filename or folder),
            mend="Mend the link or the permissions, or remove it.",
        ) from error
