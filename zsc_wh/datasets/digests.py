"""Digests of samples, kept so that a file is read once and from then on only looked at.

A digest is trusted while path, size, modification time, change time and inode of its
file are what they were, as git's index does it. A file as young as its entry is read
again: it can have changed within the resolution of the clock.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from zsc_wh.datasets.cache import Cache
from zsc_wh.datasets.packs import Pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.places import Place

NAME = "digests.sqlite"
"""Name of the file in the store; safe to delete: what it knows is read again."""

YOUNG_NS = 2 * 10**9
"""Coarsest resolution of file times in use (FAT), in nanoseconds."""

_THREADS = 8  # more than cores: they are for file systems on which they wait
_LARGE = 1 << 16  # bytes that take longer to hash than a file to hand to a thread
_PER_TASK = 64  # files; a task each costs more than small files do
_JUDGED_AFTER_S = 0.1  # a moment of waiting says nothing of a file system
_FLUSH_S = 1.0
_TABLES = """
create table if not exists sample (
    place text, name text, stamp text, read_at_ns integer, sha256 blob,
    checksum integer, primary key (place, name)
) without rowid;
create table if not exists pack (
    place text, part integer, names blob, stamps blob, sha256s blob,
    checksum integer, primary key (place, part)
);
create table if not exists fact (
    path text, part text, stamp text, read_at_ns integer, content text,
    checksum integer, primary key (path, part)
) without rowid;
create table if not exists sound (
    sha256 blob primary key, checksum integer
) without rowid;
"""
_KEEP_SAMPLE = "insert or replace into sample values (?, ?, ?, ?, ?, ?)"
_KEEP_PACK = "insert or replace into pack values (?, ?, ?, ?, ?, ?)"
_PACKED = "select * from pack where place = ? order by part"
_MANY = 10_000
"""Files of a place that are kept in a row each before they are packed."""


class Stamp(NamedTuple):
    """What the system says of a file: a changed file has another one."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Take it from the answer of ``stat``."""
        return cls(
            status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
        )

    def __str__(self) -> str:
        # for SQLite, whose integers are too short for some inodes and times
        return " ".join(map(str, self))

    def is_trusted(self, then: str, read_at_ns: int) -> bool:
        """Whether a file with this stamp is as it was when it was read."""
        youngest = max(self.mtime_ns, self.ctime_ns)
        return str(self) == then and youngest + YOUNG_NS < read_at_ns


def path_text(path: Path) -> str:
    """Return a path without links, in a form that can be written if it is not UTF-8."""
    return os.fsencode(path.resolve()).decode(errors="backslashreplace")


class Digests:
    """Digests of the samples of datasets, read where they are not known.

    Parameters
    ----------
    folder : Path, optional
        The store beside the warehouse, where they are kept; None keeps nothing.
    verify : bool, optional
        Whether every file is read again, whatever is known of it.
    progress : callable, optional
        Told what is read, samples done and samples in all.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        verify: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._cache = None if folder is None else Cache(folder / NAME, _TABLES)
        self._verify = verify
        self._progress = progress
        self._facts: dict[tuple[str, str], Any] = {}
        self._sound: set[str] | None = None
        self._seen: dict[str, Mapping[str, Stamp]] = {}

    def seen(self, place: Place, stamps: Mapping[str, Stamp]) -> None:
        """Take the stamps of files that were just looked at, for the next `of_files`.

        To look at a million files takes seconds.
        """
        self._seen[place.identity] = stamps

    def of_files(
        self, place: Place, names: Sequence[str], title: str = ""
    ) -> tuple[str | None, ...]:
        """Return the sha256 of files in a folder or an archive.

        Parameters
        ----------
        place : Place
            Where they lie.
        names : sequence of str
            Their names in it.
        title : str, optional
            What `progress` calls them.

        Returns
        -------
        tuple of str or None
            64 hexadecimal digits each; None for a file that is absent or that alone
            cannot be read.

        Raises
        ------
        DataError
            When the place itself cannot be read.
        SchemaError
            When the digests cannot be kept.

        Notes
        -----
        Threads read where they help: hashing and reading let go of the interpreter, but
        to take turns in it costs more than a small file in the cache of the system.
        What was read is written about once a second, so that a process that is killed
        loses little.
        """
        stamps = self._stamps(place, names)
        known = self._known(place)
        pack = Pack.read(self._rows(_PACKED, place.identity))
        digests = pack.trusted(names, stamps)
        unread: list[str] = []
        for index, digest in enumerate(digests):
            if digest is not None and not known:
                continue
            stamp, entry = stamps[index], known.get(names[index])
            if stamp is None:
                continue
            if entry is not None and stamp.is_trusted(*entry[:2]):
                digests[index] = entry[2].hex()  # may be newer than the pack
            elif digest is None:
                unread.append(names[index])
        if unread:
            found = self._read(place, unread, title)
            digests = [
                found.get(name, digest)
                for name, digest in zip(names, digests, strict=True)
            ]
        if len(known) + len(unread) >= _MANY:
            self._repack(place)
        return tuple(digests)

    def fact(self, path: Path, part: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` tells of a whole file, which JSON can say.

        Parameters
        ----------
        path : Path
            The file that decides it.
        part : str
            What is computed of it.
        compute : callable
            Reads the file; whatever it raises passes through.
        """
        key = (path_text(path), part)
        if key in self._facts:
            return self._facts[key]
        stamp = Stamp.of(path.stat())
        for *_, then, read_at_ns, content in self._rows(
            "select * from fact where path = ? and part = ?", *key
        ):
            if stamp.is_trusted(then, read_at_ns):
                self._facts[key] = json.loads(content)
                return self._facts[key]
        began_at_ns = time.time_ns()
        self._facts[key] = compute()
        fresh = (*key, str(stamp), began_at_ns, json.dumps(self._facts[key]))
        self._keep("insert or replace into fact values (?, ?, ?, ?, ?, ?)", [fresh])
        return self._facts[key]

    def sound(self) -> set[str]:
        """Return the digests of images that are known to decode."""
        if self._sound is None:
            rows = self._rows("select * from sound")
            self._sound = {digest.hex() for (digest,) in rows}
        return self._sound

    def keep_sound(self, digests: Sequence[str]) -> None:
        """Keep that images with these digests decode."""
        self.sound().update(digests)
        rows = [(bytes.fromhex(digest),) for digest in digests]
        self._keep("insert or ignore into sound values (?, ?)", rows)

    def _read(
        self, place: Place, names: Sequence[str], title: str
    ) -> Mapping[str, str | None]:
        """Read files, and keep what they hold."""
        identity = place.identity
        found: dict[str, str | None] = {}
        fresh: list[tuple[object, ...]] = []
        flushed = time.monotonic()
        tasks = [names[i : i + _PER_TASK] for i in range(0, len(names), _PER_TASK)]
        try:
            for read in _read_all(place, tasks):
                for name, stamp, read_at_ns, digest in read:
                    found[name] = None if digest is None else digest.hex()
                    if digest is not None and stamp is not None:
                        row = (identity, name, str(stamp), read_at_ns, digest)
                        fresh.append(row)
                if self._progress is not None:
                    self._progress(title, len(found), len(names))
                if time.monotonic() - flushed > _FLUSH_S:
                    self._keep(_KEEP_SAMPLE, fresh)
                    fresh, flushed = [], time.monotonic()
        finally:
            self._keep(_KEEP_SAMPLE, fresh)
        return found

    def _known(self, place: Place) -> Mapping[str, tuple[str, int, bytes]]:
        """Return stamp, time of reading and digest of files, by their name."""
        rows = self._rows("select * from sample where place = ?", place.identity)
        return {name: (stamp, at_ns, sha256) for _, name, stamp, at_ns, sha256 in rows}

    def _stamps(self, place: Place, names: Sequence[str]) -> list[Stamp | None]:
        """Return the stamps of files, looking only at those that were not just seen."""
        seen = self._seen.pop(place.identity, {})
        if not seen:
            return place.stamps(names)
        stamps = [seen.get(name) for name in names]
        rest = [index for index, stamp in enumerate(stamps) if stamp is None]
        looked = place.stamps([names[index] for index in rest])
        for index, stamp in zip(rest, looked, strict=True):
            stamps[index] = stamp
        return stamps

    def _repack(self, place: Place) -> None:
        """Move the rows of files into the pack, but for those that were young.

        What another process keeps meanwhile may be lost, and is read again.
        """
        if self._cache is None:
            return
        identity = place.identity
        rows = self._cache.read("select * from sample where place = ?", identity)
        moved, young = {}, []
        for row in rows:
            _, name, stamp, read_at_ns, sha256 = row
            numbers = Stamp(*map(int, stamp.split()))
            if numbers.is_trusted(stamp, read_at_ns):
                moved[name] = (numbers, sha256)
            else:
                young.append(tuple(row))
        packed = Pack.read(self._cache.read(_PACKED, identity))
        pack = packed.with_entries(moved)
        parts = enumerate(pack.rows())
        self._cache.replace(
            [
                (f"delete from {table} where place = ?", identity)  # noqa: S608 - fixed names
                for table in ("sample", "pack")
            ],
            [
                (_KEEP_SAMPLE, young),
                (_KEEP_PACK, ((identity, part, *blobs) for part, blobs in parts)),
            ],
        )

    def _rows(self, query: str, *values: object) -> list[list[Any]]:
        """Return what is kept, nothing where it is not to be believed."""
        if self._cache is None or self._verify:
            return []
        return self._cache.read(query, *values)

    def _keep(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if self._cache is not None and rows:
            self._cache.write(statement, rows)


_Read = list[tuple[str, Stamp | None, int, bytes | None]]
"""Of each file its name, stamp, time of reading and digest."""


def _read_all(place: Place, tasks: Sequence[Sequence[str]]) -> Iterator[_Read]:
    """Read the files of every task, by threads from the first task on that needs them.

    It does where its files are large, or where more than half of the time so far was
    spent waiting for the file system.
    """
    took = worked = 0.0
    left: Sequence[Sequence[str]] = ()
    for position, task in enumerate(tasks):
        took -= time.monotonic()
        worked -= time.thread_time()
        read = _digests(place, task)
        took += time.monotonic()
        worked += time.thread_time()
        yield read
        n_bytes = sum(stamp.size for _, stamp, *_ in read if stamp is not None)
        is_waiting = took > _JUDGED_AFTER_S and worked < took / 2
        if is_waiting or n_bytes > _LARGE * len(task):
            left = tasks[position + 1 :]
            break
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            yield from pool.map(lambda task: _digests(place, task), left)
        finally:
            pool.shutdown(cancel_futures=True)


def _digests(place: Place, names: Sequence[str]) -> _Read:
    """Read files."""
    found = []
    for name in names:
        read_at_ns = time.time_ns()
        stamp, digest = place.digest(name)
        found.append((name, stamp, read_at_ns, digest))
    return found
