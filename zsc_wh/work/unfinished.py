"""An embedding that is being made: its batches, in a file that survives a kill.

The file lies in the store, beside where the array will be. It says what its features
are made with, since others would have other bits, and then holds one record for each
batch, with a checksum. Nobody waits for the disk: after a loss of power the checksums
tell what is sound.
"""

from __future__ import annotations

import json
import sys
import zlib
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np

from zsc_wh.encoders import Batch
from zsc_wh.files import is_current
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LONGEST = 1 << 24
"""Bytes of the head of a record at most; more is damage."""


class _DamagedError(Exception):
    """A record is not as it was written."""


class Unfinished:
    """The file of one embedding; a `zsc_wh.encoders.Journal`.

    Parameters
    ----------
    path : Path
        Where it lies.
    file : binary file
        It, open and locked.
    made_with : mapping of str to str
        All that changes the bits of features, by what it is called for people.

    Attributes
    ----------
    notes : list of str
        What was found and not used, and where the embedding went on.
    """

    def __init__(
        self, path: Path, file: IO[bytes], made_with: Mapping[str, str]
    ) -> None:
        self._path = path
        self._file = file
        self._made_with = dict(made_with)
        self.notes: list[str] = []

    @classmethod
    def open(cls, path: Path, made_with: Mapping[str, str]) -> Self | None:
        """Open or begin the file; None while another process makes the same."""
        if sys.platform == "win32":  # which has no flock
            return None
        import fcntl

        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another has it, or this disk has no locks to tell
            file.close()
            return None
        if not is_current(file, path):  # finished and removed meanwhile
            file.close()
            return None
        return cls(path, file, made_with)

    def take_up(self) -> Iterator[Batch]:
        """Yield the batches that are sound; what follows them is cut off."""
        self._file.seek(0)
        sound = n = 0
        try:
            head = self._record()
            others = [] if head is None else self._other_than(head[0])
            if others:
                self.notes.append(
                    "an unfinished embedding was begun anew, as it was made with "
                    f"another {', '.join(others)}"
                )
            elif head is not None:
                sound = self._file.tell()
                while (record := self._record()) is not None:
                    batch = _batch(*record, n)
                    sound, n = self._file.tell(), batch.start + batch.n
                    yield batch
        except _DamagedError:
            self.notes.append(
                "an unfinished embedding was damaged: it was begun anew"
                + (f" after {counted(n, 'sample')}" if n else "")
            )
        if n:
            self.notes.append(
                f"went on after {counted(n, 'sample')}, which were embedded before"
            )
        self._file.truncate(sound)
        if not sound:
            self._write({"made_with": self._made_with})

    def add(self, batch: Batch) -> None:
        """Keep the next batch."""
        rows = batch.rows
        head = {
            "start": batch.start,
            "n": batch.n,
            "shape": None if rows is None else rows.shape,
            "unreadable": batch.unreadable,
        }
        self._write(head, b"" if rows is None else np.ascontiguousarray(rows).data)

    def close(self) -> None:
        """Leave it for later."""
        self._file.close()

    def remove(self) -> None:
        """Remove it: the array is stored."""
        self._path.unlink(missing_ok=True)

    def _write(self, head: Mapping[str, Any], payload: Any = b"") -> None:
        line = json.dumps({**head, "bytes": memoryview(payload).nbytes}).encode()
        check = zlib.crc32(payload, zlib.crc32(line))
        self._file.write(b"%08x %s\n" % (check, line))
        self._file.write(payload)
        self._file.flush()

    def _record(self) -> tuple[dict[str, Any], bytes] | None:
        """Read a record; None at the end, also of one that was cut short by a kill."""
        line = self._file.readline(_LONGEST)
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST:
                raise _DamagedError
            return None
        try:
            check, text = line[:-1].split(b" ", 1)
            head = json.loads(text)
            payload = self._file.read(head["bytes"])
            if len(payload) < head["bytes"]:
                return None
            if zlib.crc32(payload, zlib.crc32(text)) != int(check, 16):
                raise _DamagedError
        except (ValueError, LookupError, TypeError) as error:
            raise _DamagedError from error
        return head, payload

    def _other_than(self, head: Mapping[str, Any]) -> list[str]:
        """Return what a file was made with that is otherwise now."""
        found = head.get("made_with", {})
        names = {**found, **self._made_with}
        return [name for name in names if found.get(name) != self._made_with.get(name)]


def _batch(head: Mapping[str, Any], payload: bytes, start: int) -> Batch:
    """Return the batch of a record, which must begin where the one before ended."""
    if head["start"] != start:
        raise _DamagedError
    rows = None
    if head["shape"] is not None:
        rows = np.frombuffer(payload, dtype=np.float32).reshape(head["shape"])
    faults = tuple((index, reason) for index, reason in head["unreadable"])
    return Batch(start, head["n"], rows, faults)
