"""The array store beside a warehouse: embeddings and reductions, one file a key.

An entry is ``ab/<key>.npy`` and ``ab/<key>.json``. The array is written first, the
note last, each to a temporary name, synced and renamed; an array without its note does
not exist. The note holds the sha256 of the array file and the warehouse rows that go
with it, so that an array that a crash left unrecorded is adopted, not computed again.
A note holds its key and a checksum too: after a crash it is the only witness of what
the array is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import StoreError
from zsc_wh.files import Replacement, entries, is_leftover, remove_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.records import Rows

UNFINISHED = ".part"
"""How names of arrays end that are being made, as far as they can be gone on with."""

_CHUNK = 1 << 22  # bytes hashed at a time


@dataclass(frozen=True)
class StoredArray:
    """What the note of a stored array says.

    Parameters
    ----------
    key : str
        Key of the stage output.
    sha256 : str
        Of the array file.
    shape : tuple of int
        ``(n, d)``.
    rows : mapping
        Warehouse rows that go with the array, by table.
    """

    key: str
    sha256: str
    shape: tuple[int, int]
    rows: Rows


class Store:
    """Arrays by key in a folder; safe for several processes at once.

    Parameters
    ----------
    root : Path
        The folder; made on the first write.

    Attributes
    ----------
    damaged : set of str
        Keys whose notes were found damaged; nobody has set them aside yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.damaged: set[str] = set()

    def uri(self, key: str) -> str:
        """Return where an array lies, relative to the store."""
        return f"{key[:2]}/{key}.npy"

    def unfinished(self, key: str) -> Path:
        """Return where what is being made of an array can be kept."""
        return (self.root / self.uri(key)).with_suffix(UNFINISHED)

    def put(
        self,
        key: str,
        array: NDArray[Any],
        rows: Callable[[str], Rows],
    ) -> StoredArray:
        """Write an array and its note, and return what the note says.

        Parameters
        ----------
        key : str
            Key of the stage output.
        array : ndarray of shape (n, d)
            Finite values.
        rows : callable
            From the sha256 of the file to the warehouse rows that go with it.
        """
        path = self.root / self.uri(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with Replacement(path) as file:
            hashing = _HashingWriter(file)
            np.save(hashing, np.ascontiguousarray(array), allow_pickle=False)
        stored = StoredArray(
            key=key,
            sha256=hashing.digest.hexdigest(),
            shape=(int(array.shape[0]), int(array.shape[1])),
            rows=rows(hashing.digest.hexdigest()),
        )
        with Replacement(path.with_suffix(".json")) as file:
            file.write(_written(stored))
        return stored

    def note(self, key: str) -> StoredArray | None:
        """Return what is noted of an array; None when it is not stored whole.

        A damaged note is as good as none, and the array is made anew over it. The key
        is kept in `damaged`, for the ingest to report.

        Raises
        ------
        StoreError
            When the note is there and cannot be read.
        """
        path = (self.root / self.uri(key)).with_suffix(".json")
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        stored = _read(content)
        if stored is None or stored.key != key:  # two files may have changed names
            self.damaged.add(key)
            return None
        return stored

    def load(self, key: str) -> NDArray[Any]:
        """Return an array, memory-mapped and read-only.

        Raises
        ------
        StoreError
            When it is not there or not a NumPy file.
        """
        path = self.root / self.uri(key)
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            why = (isinstance(error, OSError) and error.strerror) or "damaged"
            raise StoreError(
                what=f"a stored array cannot be read ({why})",
                where=str(path),
                hint="Run the ingest again: it computes the array anew.",
            ) from error
        return array

    def is_sound(self, stored: StoredArray) -> bool:
        """Read the whole file and compare its sha256 with the note."""
        digest = hashlib.sha256()
        try:
            with (self.root / self.uri(stored.key)).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except FileNotFoundError:
            return False
        return digest.hexdigest() == stored.sha256

    def quarantine(self, key: str) -> None:
        """Set an unsound array aside: its files get the suffix ``.bad``."""
        for part in self.files(key):
            part.replace(part.with_name(part.name + ".bad"))
        self.damaged.discard(key)

    def delete(self, key: str) -> int:
        """Remove an array, note first; return the bytes freed."""
        freed = 0
        for part in self.files(key):
            freed += part.stat().st_size
            part.unlink()
        return freed

    def files(self, key: str) -> list[Path]:
        """Return the files of an array that are there, note first."""
        path = self.root / self.uri(key)
        return [part for part in (path.with_suffix(".json"), path) if part.exists()]

    def keys(self) -> Iterator[str]:
        """Yield the keys of all stored arrays."""
        for note in self.contents(".json"):
            yield note.stem

    def contents(self, suffix: str = "") -> Iterator[Path]:
        """Yield the paths in the folders of arrays whose names end in `suffix`.

        Raises
        ------
        SchemaError
            When a folder is there and cannot be read.
        """
        for folder in entries(self.root):
            if len(folder.name) == 2 and folder.is_dir():
                yield from (p for p in entries(folder) if p.name.endswith(suffix))

    def size(self) -> tuple[int, int]:
        """Return (number of arrays, bytes of all files)."""
        files = [p for p in self.contents() if p.is_file()]
        arrays = sum(p.suffix == ".json" for p in files)
        return arrays, sum(p.stat().st_size for p in files)

    def sweep(self) -> None:
        """Remove what `leftovers` finds."""
        for path in self.leftovers():
            remove_tree(path)

    def leftovers(self) -> list[Path]:
        """Return temporary files of processes of this machine that are gone.

        What is unfinished of an array is left over once the array is stored.
        """
        return [
            path
            for path in self.contents()
            if is_leftover(path)
            or (path.suffix == UNFINISHED and path.with_suffix(".json").exists())
        ]


def unreadable(path: Path, error: OSError) -> StoreError:
    """Return the error for what is there in the store and cannot be read."""
    return StoreError(
        what=f"the store cannot be read ({error.strerror})",
        where=str(path),
        hint="Check the disk, and that this user may read it.",
    )


def _written(stored: StoredArray) -> bytes:
    """Return the content of a note: the checksum of its text, and the text."""
    note = {
        "key": stored.key,
        "sha256": stored.sha256,
        "shape": stored.shape,
        "rows": stored.rows,
    }
    text = json.dumps(note, default=datetime.isoformat)
    return json.dumps({"check": _check(text), "note": text}).encode()


def _read(content: bytes) -> StoredArray | None:
    """Return what a note says; None when a byte of it is not as it was written."""
    try:
        whole = json.loads(content)
        text = whole["note"]
        if _check(text) != whole["check"]:
            return None
        note = json.loads(text)
        return StoredArray(
            key=note["key"],
            sha256=note["sha256"],
            shape=(note["shape"][0], note["shape"][1]),
            rows=_with_times(note["rows"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _with_times(rows: Rows) -> Rows:
    """Turn the times of a note, which JSON holds as text, into times again."""
    return {
        table: [
            {
                name: datetime.fromisoformat(value) if name.endswith("_at") else value
                for name, value in row.items()
            }
            for row in content
        ]
        for table, content in rows.items()
    }


class _HashingWriter:
    """Pass bytes on to a file and hash them on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)
