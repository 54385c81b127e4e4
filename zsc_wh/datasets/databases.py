"""Places that are LMDB databases."""

from __future__ import annotations

from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from zsc_wh.datasets.digests import Stamp, path_text
from zsc_wh.datasets.places import Found, Place, unreadable
from zsc_wh.errors import AbsentError, DataError
from zsc_wh.installed import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

SEPARATOR = "/"
"""Stands between a class and a key."""

_DATA = "data.mdb"  # what makes a folder a database


class Lmdb(Place):
    """LMDB databases; a name in them is a class and a key with a slash between.

    Parameters
    ----------
    path : Path
        The folder of the databases.
    databases : mapping of str to Path
        Folder of the database of each class; of the class ``""`` where there is one
        database and no class.
    """

    def __init__(self, path: Path, databases: Mapping[str, Path]) -> None:
        super().__init__(path)
        self._databases = databases

    @property
    def identity(self) -> str:
        """Path without links, and the databases in it."""
        names = "|".join(folder.name for folder in self._databases.values())
        return f"{super().identity}: {names}"

    def sizes_of(self, known: Digests) -> dict[str, int]:
        """Return the bytes of every value, by name: classes as given, keys by bytes."""
        found: dict[str, int] = {}
        for name, folder in self._databases.items():
            data = _data_file(folder)
            keys = known.fact(data, "keys and sizes", partial(self._keys, name))
            found.update({f"{_prefix(name)}{key}": size for key, size in keys})
        return found

    def find(self) -> Found:
        """Go through all databases."""
        return Found(
            {
                f"{_prefix(name)}{key}": size
                for name in self._databases
                for key, size in self._keys(name)
            }
        )

    def sizes(self, names: Sequence[str], known: Digests) -> tuple[int, ...]:
        """Look every name up."""
        found = self.sizes_of(known)
        return tuple(found.get(name, 0) for name in names)

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Return that of its database for every value."""
        stamps = {
            name: Stamp.of(_data_file(folder).stat())
            for name, folder in self._databases.items()
        }
        return [stamps.get(self._parts(name)[0]) for name in names]

    def read(self, name: str) -> bytes:
        """Read a value."""
        database, key = self._parts(name)
        if database not in self._databases:
            raise unreadable(self.where(name), "there is no such database")
        opened = self._opened[database]
        try:
            with opened.lmdb.begin() as transaction:
                value = transaction.get(_key_bytes(key))
        except opened.error as error:
            raise unreadable(self.where(name), "it is damaged") from error
        if value is None:
            raise unreadable(self.where(name), "there is no such key")
        return bytes(value)

    def where(self, name: str) -> str:
        """Return the database and the key."""
        database, key = self._parts(name)
        return f"{self._databases.get(database, self.path)}: {key}"

    def _parts(self, name: str) -> tuple[str, str]:
        if list(self._databases) == [""]:
            return "", name
        database, _, key = name.partition(SEPARATOR)
        return database, key

    @cached_property
    def _opened(self) -> dict[str, _Environment]:
        return {name: _shared(folder) for name, folder in self._databases.items()}

    def _keys(self, name: str) -> list[tuple[str, int]]:
        """Return the keys of a database in order, with the bytes of each value."""
        opened = self._opened[name]
        try:
            with opened.lmdb.begin(buffers=True) as transaction:
                return [
                    (_key_text(bytes(key)), len(value))
                    for key, value in transaction.cursor()
                ]
        except opened.error as error:
            raise _damaged(self._databases[name]) from error


class _Environment:
    """An open database, closed when nobody holds it any more."""

    def __init__(self, folder: Path) -> None:
        import lmdb

        self.error: type[Exception] = lmdb.Error
        data = _data_file(folder)
        self.stamp = Stamp.of(data.stat())
        try:
            # without its lock: the folder of data may not be written to
            self.lmdb: Any = lmdb.open(
                str(folder), readonly=True, lock=False, readahead=False
            )
        except lmdb.Error as error:
            if "already open" in str(error):  # lmdb has no class for it
                raise DataError(
                    what="the database is open in this process already",
                    where=str(folder),
                    hint="Close what else reads it, such as torchvision's LSUN.",
                ) from error
            raise _damaged(folder) from error
        needed = (self.lmdb.info()["last_pgno"] + 1) * self.lmdb.stat()["psize"]
        if self.stamp.size < needed:
            self.lmdb.close()
            # to read beyond its end would end the process
            raise _damaged(folder)


_OPENED: WeakValueDictionary[str, _Environment] = WeakValueDictionary()
_OPENING = Lock()


def _shared(folder: Path) -> _Environment:
    """Return the open database of a folder; a process cannot open one twice."""
    require("lmdb", "lmdb, which reads such databases", extra="lmdb")
    key = path_text(folder)
    with _OPENING:
        known = _OPENED.get(key)
        if known is not None and known.stamp == Stamp.of(_data_file(folder).stat()):
            return known
        if known is not None:
            known.lmdb.close()  # it is another file now
        opened = _OPENED[key] = _Environment(folder)
        return opened


def _data_file(folder: Path) -> Path:
    file = folder / _DATA
    if not file.is_file():
        raise AbsentError(
            what="there is no LMDB database, which is a folder with a data.mdb",
            where=str(folder),
            hint="Unpack the archive of the dataset there, or set `path`; a relative "
            "path starts at the folder of the declaring file.",
        )
    return file


def _damaged(folder: Path) -> DataError:
    return DataError(
        what="cannot be read as an LMDB database: it is damaged or cut off",
        where=str(folder),
        hint="Download it again from its official page.",
    )


def _prefix(name: str) -> str:
    return f"{name}{SEPARATOR}" if name else ""


def _key_text(key: bytes) -> str:
    is_plain = key.isascii() and key.decode("ascii").isprintable()
    return key.decode() if is_plain and not key.startswith(b"0x") else f"0x{key.hex()}"


def _key_bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
