"""Places made of several files, each of which holds many samples: shards."""

from __future__ import annotations

import re
from collections import OrderedDict
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING

from zsc_wh.datasets.digests import Stamp
from zsc_wh.datasets.places import Found, Place, lost, unreadable
from zsc_wh.errors import AbsentError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

SEPARATOR = "/"
"""Stands between the name of a shard and the name in it; neither shards nor patterns
are looked for in folders below."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


class Shards(Place):
    """Shards in a folder; a name in them is a shard and a name with a slash between.

    Parameters
    ----------
    path : Path
        The folder.
    names : sequence of str
        Files in it, in the order of the samples.
    opener : callable
        From the path of a shard to the place that it is.
    keep : int
        Shards that are open at a time: samples are read in order, a batch ahead.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        opener: Callable[[Path], Place],
        keep: int = 4,
    ) -> None:
        super().__init__(path)
        self._names = frozenset(names)
        self._opener = opener
        self._keep = keep
        self._opened: OrderedDict[str, Place] = OrderedDict()
        self._lock = Lock()

    def find(self) -> Found:
        """Go through all shards."""
        found = Found()
        for shard in sorted(self._names):
            inner = self.shard(shard).find()
            for name, size in inner.sizes.items():
                found.sizes[f"{shard}{SEPARATOR}{name}"] = size
        return found

    def sizes(self, names: Sequence[str], known: Digests) -> tuple[int, ...]:
        """Look every name up, shard by shard."""
        inner: dict[str, list[str]] = {}
        for shard, name in map(_parts, names):
            inner.setdefault(shard, []).append(name)
        found = {
            (shard, name): size
            for shard, wanted in inner.items()
            if shard in self._names
            for name, size in zip(
                wanted, self.shard(shard).sizes(wanted, known), strict=True
            )
        }
        return tuple(found.get(_parts(name), 0) for name in names)

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Return that of its shard for every name."""
        wanted = dict.fromkeys(_parts(name)[0] for name in names)
        stamps: dict[str, Stamp | None] = {}
        for shard in wanted:
            path = self.path / shard
            try:
                known = shard in self._names
                stamps[shard] = Stamp.of(path.stat()) if known else None
            except OSError as error:
                raise lost(str(path), error) from error
        return [stamps[_parts(name)[0]] for name in names]

    def read(self, name: str) -> bytes:
        """Read a sample out of its shard."""
        shard, inner = _parts(name)
        if shard not in self._names:
            raise unreadable(self.where(name), "there is no such shard")
        return self.shard(shard).read(inner)

    def where(self, name: str) -> str:
        """Return the shard and the name in it."""
        shard, inner = _parts(name)
        return f"{self.path / shard}: {inner}"

    def shard(self, name: str) -> Place:
        """Return a shard; the ones that were asked for last stay open."""
        with self._lock:
            if name not in self._opened:
                self._opened[name] = self._opener(self.path / name)
            self._opened.move_to_end(name)
            while len(self._opened) > self._keep:
                self._opened.popitem(last=False)
            return self._opened[name]


def _parts(name: str) -> tuple[str, str]:
    shard, _, inner = name.partition(SEPARATOR)
    return shard, inner


def shard_names(folder: Path, patterns: Sequence[str]) -> list[str]:
    """Return the shards that patterns name, in their order.

    Parameters
    ----------
    folder : Path
        Where they lie.
    patterns : sequence of str
        Names in which ``*`` and ``?`` stand for anything, and ``{0000..0011}`` and
        ``{a,b}`` for each of these. What a ``*`` finds is sorted by code point.

    Raises
    ------
    DataError
        When there is no such folder, a shard that is named is not there, or nothing is
        found for a pattern.
    """
    if not folder.is_dir():
        raise AbsentError(
            what="there is no such folder of shards",
            where=str(folder),
            hint="Set `path` to it; a relative path starts at the folder of the "
            "declaring file.",
        )
    found: dict[str, None] = {}
    for pattern in patterns:
        for name in expanded(pattern):
            if SEPARATOR in name:
                raise DataError(
                    what=f"'{pattern}' names a shard in another folder",
                    where=str(folder),
                    hint="Set `path` to the folder of the shards.",
                )
            found.update(dict.fromkeys(_matching(folder, name, pattern)))
    return list(found)


def _matching(folder: Path, name: str, pattern: str) -> list[str]:
    if "*" in name or "?" in name:
        # a bracket is part of the name
        known = name.replace("[", "[[]")
        files = (each for each in folder.iterdir() if each.is_file())
        names = sorted(each.name for each in files if fnmatchcase(each.name, known))
        names = [each for each in names if not each.startswith(".")]
        what = f"no shard is called '{name}'"
    else:
        names = [name] if (folder / name).is_file() else []
        what = f"the shard '{name}' is not there"
    if not names:
        named = "" if name == pattern else f", which '{pattern}' names"
        raise AbsentError(
            what=f"{what}{named}",
            where=str(folder),
            hint="Download it, or correct `shards`.",
        )
    return names


def expanded(pattern: str) -> Iterator[str]:
    """Yield the texts that a pattern with braces stands for, as a shell does.

    Examples
    --------
    >>> list(expanded("a-{08..10}.{x,y}"))[:3]
    ['a-08.x', 'a-08.y', 'a-09.x']
    """
    match = _BRACES.search(pattern)
    if match is None:
        yield pattern
        return
    before, after = pattern[: match.start()], pattern[match.end() :]
    for inner in _alternatives(match[1]):
        for rest in expanded(after):
            yield f"{before}{inner}{rest}"


def _alternatives(text: str) -> Sequence[str] | Iterator[str]:
    bounds = _RANGE.fullmatch(text)
    if bounds is None:
        return text.split(",")
    first, last = bounds.groups()
    width = max(len(first), len(last)) if "0" in (first[0], last[0]) else 0
    return (f"{number:0{width}}" for number in range(int(first), int(last) + 1))


def named_shards(
    columns: Mapping[str, Sequence[tuple[str, int]]],
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return ids and sizes of the samples of all shards, from those of each."""
    pairs = [
        (f"{shard}{SEPARATOR}{name}", size)
        for shard, found in columns.items()
        for name, size in found
    ]
    return tuple(name for name, _ in pairs), tuple(size for _, size in pairs)
