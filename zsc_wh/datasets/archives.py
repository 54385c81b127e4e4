"""Places that are archives, whatever their format.

Members are read into memory and never extracted, so that no name in an archive can lead
anywhere on the disk.
"""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.places import Found, Place, lost, unreadable
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests, Stamp

BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    NotImplementedError,
    struct.error,
)
"""What the libraries raise on damaged content; bz2 and gzip also an `OSError`."""


_DAMAGED = "it is damaged or cut off in its archive"
_NO_ARCHIVE = "it is damaged, cut off, or no archive at all"


@dataclass(frozen=True)
class Member:
    """One entry of an archive; `handle` is what its content is found by."""

    name: str
    size: int
    is_folder: bool
    is_file: bool
    handle: Any
    head: Callable[[], bytes]


class Archive(Place):
    """An archive, its members named below a folder inside.

    Parameters
    ----------
    path : Path
        The file.
    inside : str
        The folder, without a slash at its end; empty for all.
    stamp : Stamp
        Taken before this is made: that of a file which takes its place meanwhile does
        not go with what is read.
    """

    def __init__(self, path: Path, inside: str, stamp: Stamp) -> None:
        super().__init__(path)
        self._stamp = stamp
        self._prefix = f"{inside}/" if inside else ""
        # One member at a time: the file has one position, and a ZipFile counts its
        # users without a lock.
        self._lock = Lock()

    @property
    def identity(self) -> str:
        """Path without links, and the folder inside."""
        return f"{super().identity}:{self._prefix}"

    @abstractmethod
    def _indexed(self) -> Iterator[Member]:
        """Yield all members with handles that `_content` takes.

        `head` works until the next one is asked for.
        """

    def _streamed(self) -> Iterator[Member] | None:
        """Yield all members, handles aside, where that costs less than to index them.

        None where it does not.
        """
        return None

    @abstractmethod
    def _content(self, handle: Any) -> bytes:
        """Return the content of a member."""

    def find(self) -> Found:
        """Go through the members; links, devices and hidden files are ignored."""
        found = Found()
        with self._faults():
            for name, member in self._listed(found):
                if any(part.startswith(".") for part in name.split("/")):
                    found.ignore(name)
                else:
                    found.add(name, member.size, member.head)
        return found

    def found(self, known: Digests) -> Found:
        """Go through the members once, for as long as the archive stays as it is."""
        what = f"images below '{self._prefix}'"
        return Found(**known.fact(self.path, what, lambda: vars(self.find())))

    def sizes(self, names: Sequence[str], known: Digests) -> tuple[int, ...]:
        """Look every name up."""
        files = known.fact(self.path, f"sizes below '{self._prefix}'", self.members)
        return tuple(files.get(name, 0) for name in names)

    def members(self) -> dict[str, int]:
        """Return the bytes of every regular file, in the order of the archive.

        Raises
        ------
        DataError
            When it cannot be read, or a name occurs twice.
        """
        with self._faults():
            return {name: member.size for name, member in self._listed(None)}

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Return that of the archive for every member."""
        return [self._stamp] * len(names)

    def read(self, name: str) -> bytes:
        """Read a member; its size bounds what is decompressed."""
        with self._lock:
            with self._faults():
                index = self._index
            if name not in index:
                raise unreadable(self.where(name), "there is no such file in it")
            try:
                return self._content(index[name])
            except BROKEN as error:
                raise unreadable(self.where(name), _DAMAGED) from error
            except OSError as error:
                if error.errno is None:  # raised by a library, not by the system
                    raise unreadable(self.where(name), _DAMAGED) from error
                raise lost(self.where(name), error) from error

    def where(self, name: str) -> str:
        """Return archive and member."""
        return f"{self.path}: {self._prefix}{name}"

    @cached_property
    def _index(self) -> dict[str, Any]:
        return {n: member.handle for n, member in self._files(self._indexed(), None)}

    def _listed(self, found: Found | None) -> Iterator[tuple[str, Member]]:
        """Yield the regular files; `read` will know where what is indexed lies."""
        streamed = self._streamed()
        if streamed is not None:
            yield from self._files(streamed, found)
            return
        index = {}
        for name, member in self._files(self._indexed(), found):
            index[name] = member.handle
            yield name, member
        self._index = index

    def _files(
        self, members: Iterator[Member], found: Found | None
    ) -> Iterator[tuple[str, Member]]:
        """Yield the regular files below the folder inside, by tidy name."""
        seen = set()
        for member in members:
            name = tidy(member.name)
            if name is not None and not name.startswith(self._prefix):
                continue
            if member.is_folder:
                continue
            if name is None or not member.is_file:
                if found is not None:
                    found.ignore(member.name)
                continue
            name = name.removeprefix(self._prefix)
            if name in seen:
                raise DataError(
                    what=f"the name '{name}' occurs twice in the archive",
                    where=str(self.path),
                    hint="Pack it anew, every file once.",
                )
            seen.add(name)
            yield name, member

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what is raised on a whole archive into a `DataError`."""
        try:
            yield
        except (*BROKEN, OSError) as error:
            why = (isinstance(error, OSError) and error.strerror) or _NO_ARCHIVE
            raise DataError(
                what=f"cannot be read as an archive: {why}",
                where=str(self.path),
                hint="Set `path` to a folder, a .zip or a .tar (also .gz, .bz2, .xz) "
                "that is whole.",
            ) from error


def tidy(name: str) -> str | None:
    """Return a path without empty parts and dots; None if it leads out."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if name.startswith("/") or ".." in parts else "/".join(parts)
