"""Where the files of a dataset lie: a folder or an archive, read by name.

Nothing is ever written under a name that comes from the data.
"""

from __future__ import annotations

import hashlib
import io
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsc_wh.datasets.digests import Stamp, path_text
from zsc_wh.datasets.sniff import SUFFIXES, is_image, is_litter
from zsc_wh.errors import AbsentError, DataError, UnreadableError
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

OpenFile = io.BufferedReader | io.BytesIO
"""A file that is open for reading."""


@dataclass
class Found:
    """What lies in a place.

    Parameters
    ----------
    sizes : dict of str to int
        Bytes of every image, by its path with forward slashes.
    ignored : list of str
        Paths of everything else, but for hidden files and what desktops leave.
    stamps : dict of str to Stamp
        Stamps of images that were looked at on the way.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)

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
            When a name is not UTF-8, or there is no image; an `AbsentError` where there
            is nothing at all.
        """
        # all at once: there may be a million
        names = () if _is_utf8("/".join(self.sizes)) else self.sizes
        for name in names:
            if not _is_utf8(name):
                raise DataError(
                    what=f"the file name {os.fsencode(name)!r} is not UTF-8",
                    where=where,
                    hint="Rename the file.",
                )
        if not self.sizes and not self.ignored:
            raise AbsentError(
                what="there is nothing in it",
                where=where,
                hint="Put the images there, or check `path`.",
            )
        if not self.sizes:
            raise DataError(
                what=f"there is no image in it; looked for names ending in "
                f"{' '.join(SUFFIXES)} and for such content, and ignored "
                f"{len(self.ignored)} other entries",
                where=where,
                hint="Check `path`, or convert the images to PNG or JPEG.",
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

    def found(self, known: Digests) -> Found:
        """Return what `find` does; what is known of an archive is not looked for.

        What was seen of files on the way is not looked for again by `Digests.of_files`.
        """
        found = self.find()
        known.seen(self, found.stamps)
        return found

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


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def unreadable(where: str, why: str) -> UnreadableError:
    """Make the error of one file that is at fault."""
    return UnreadableError(
        what=f"the file cannot be read ({one_line(why)})",
        where=where,
        hint="Mend the file, the link or the permissions, or remove it.",
    )


def lost(where: str, error: OSError) -> DataError:
    """Make the error of a place that cannot be read any more."""
    return DataError(
        what=f"cannot be read ({error.strerror or one_line(error)})",
        where=where,
        hint="See that the folder or the disk is there and sound, and start again.",
    )
