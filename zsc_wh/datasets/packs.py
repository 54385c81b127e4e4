"""Digests of many files of one place, packed: a row of SQLite each takes too long."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Stamp

_WIDTH = 4
"""Numbers of a stamp."""
_SHA256_BYTES = 32
_PER_ROW = 250_000
"""Files in a row of SQLite, which must not come near its limit of 1 GB."""
_ABSENT = (-1,) * _WIDTH
"""In place of the stamp of a file that is not there; no file is of -1 bytes."""

Blobs = tuple[bytes, bytes, bytes]
"""Names, stamps and digests of files as SQLite keeps them."""


@dataclass(frozen=True)
class Pack:
    """Names, stamps and digests of files that were not young when they were read.

    Parameters
    ----------
    names : list of str
        Each once.
    stamps : ndarray of int64, shape (n, 4)
        Numbers beyond 63 bits are wrapped.
    sha256 : bytes
        32 for each file.
    """

    names: list[str]
    stamps: NDArray[np.int64]
    sha256: bytes

    @classmethod
    def of(cls, entries: Mapping[str, tuple[Sequence[int], bytes]]) -> Pack:
        """Pack stamps and digests by the name of the file."""
        return cls(
            list(entries),
            _numbers(stamp for stamp, _ in entries.values()),
            b"".join(sha256 for _, sha256 in entries.values()),
        )

    @classmethod
    def read(cls, rows: Iterable[Sequence[Any]]) -> Pack:
        """Return what SQLite kept of `rows`, after the place and the number of each."""
        names: list[str] = []
        stamps, sha256s = [np.empty((0, _WIDTH), np.int64)], []
        for _, _, packed, numbers, sha256 in rows:
            names += packed.decode(errors="surrogateescape").split("\0")
            stamps.append(np.frombuffer(numbers, np.int64).reshape(-1, _WIDTH))
            sha256s.append(sha256)
        return cls(names, np.concatenate(stamps), b"".join(sha256s))

    def rows(self) -> Iterator[Blobs]:
        """Yield the content of rows of SQLite."""
        for start in range(0, len(self.names), _PER_ROW):
            end = min(start + _PER_ROW, len(self.names))
            yield (
                "\0".join(self.names[start:end]).encode(errors="surrogateescape"),
                self.stamps[start:end].tobytes(),
                self.sha256[_SHA256_BYTES * start : _SHA256_BYTES * end],
            )

    def with_entries(self, entries: Mapping[str, tuple[Sequence[int], bytes]]) -> Pack:
        """Return a pack that says of these files what the entries say."""
        more = Pack.of(entries)
        kept = [i for i, name in enumerate(self.names) if name not in entries]
        digests = np.frombuffer(self.sha256, f"S{_SHA256_BYTES}")[kept]
        return Pack(
            [*(self.names[i] for i in kept), *more.names],
            np.concatenate([self.stamps[kept], more.stamps]),
            digests.tobytes() + more.sha256,
        )

    def trusted(
        self, names: Sequence[str], stamps: Sequence[Stamp | None]
    ) -> list[str | None]:
        """Return the digests, as hexadecimal digits, of files with the same stamp."""
        if not self.names:
            return [None] * len(names)
        if self.names == [*names]:
            found = np.arange(len(names))
        else:
            place = {name: i for i, name in enumerate(self.names)}
            found = np.fromiter((place.get(name, -1) for name in names), np.int64)
        now = _numbers(_ABSENT if stamp is None else stamp for stamp in stamps)
        same = (found >= 0) & (self.stamps[found] == now).all(axis=1)
        digits, width = self.sha256.hex(), 2 * _SHA256_BYTES
        return [
            digits[width * i : width * (i + 1)] if is_same else None
            for i, is_same in zip(found.tolist(), same.tolist(), strict=True)
        ]


def _numbers(stamps: Iterable[Sequence[int]]) -> NDArray[np.int64]:
    """Return stamps as an array, of shape (n, 4)."""
    kept = list(stamps)
    try:
        flat = np.fromiter(chain.from_iterable(kept), np.int64)
    except OverflowError:  # an odd clock, or a file system with long inodes
        wrapped = map(_wrapped, chain.from_iterable(kept))
        flat = np.fromiter(wrapped, np.int64)
    return flat.reshape(-1, _WIDTH)


def _wrapped(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63
