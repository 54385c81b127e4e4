"""Free what nothing needs: arrays, their rows, damaged files, leftovers of the dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zsc_wh.engine.heartbeat import running_ingests
from zsc_wh.errors import LoadError, LockedError
from zsc_wh.files import is_leftover
from zsc_wh.shards import list_shards
from zsc_wh.store import Store
from zsc_wh.upkeep.needs import Needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

ARRAY_TABLES = (
    ("array_score", "array_key"),
    ("projection", "reduction_key"),
    ("unreadable_sample", "embedding_key"),
    ("reduction", "reduction_key"),
    ("embedding", "embedding_key"),
)
"""Tables of what hangs on an array, with the column that holds its key."""


@dataclass(frozen=True)
class Heap:
    """Files of one kind that nothing needs.

    Parameters
    ----------
    kind : str
        Name of the kind.
    what : str
        What they are, for people.
    paths : tuple of Path
        Files, and folders that hold files alone; the note of an array before its file.
    n_bytes : int
        Their size.
    """

    kind: str
    what: str
    paths: tuple[Path, ...]
    n_bytes: int

    @classmethod
    def of(cls, kind: str, what: str, paths: Iterable[Path]) -> Self:
        """Weigh files as they lie."""
        paths = tuple(paths)
        sizes = (file.stat().st_size for path in paths for file in _files(path))
        return cls(kind, what, paths, sum(sizes))

    def remove(self) -> None:
        """Remove them."""
        for path in self.paths:
            for file in _files(path):
                file.unlink(missing_ok=True)
            if path.is_dir():
                path.rmdir()


@dataclass(frozen=True)
class Pruning:
    """What can go.

    Parameters
    ----------
    heaps : tuple of Heap
        Files, by kind.
    rows : list of str
        Keys of embeddings and reductions whose rows go too.
    """

    heaps: tuple[Heap, ...]
    rows: list[str]

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(heap.n_bytes for heap in self.heaps)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to free."""
        return not self.rows and not any(heap.paths for heap in self.heaps)


def find_useless(warehouse: Warehouse, *, complete: bool = False) -> Pruning:
    """Return what nothing needs; writes nothing.

    Parameters
    ----------
    warehouse : Warehouse
        Needed are the arrays of all its declared cells and of its probes, and the
        reductions of a needed embedding: its maps and UMAP spaces.
    complete : bool
        Let the arrays of complete cells go too: closed ones with all scores that their
        grids declare. Their rows stay, and they are made again where needed.

    Raises
    ------
    LockedError
        When an ingest is running, which may need what nothing refers to yet.
    LoadError
        When shards wait to be loaded, for the same reason.
    """
    _require_rest(warehouse)
    store = Store(warehouse.store_path)
    stored = list(store.keys())
    needed = Needed(warehouse)
    unused = {key for key in stored if not needed.has(store, key)}
    kinds = {
        "unused arrays": (
            "no cell, probe or map needs them",
            _of(store, sorted(unused)),
        ),
        "damaged arrays": ("set aside by an ingest", store.root.glob("??/*.bad")),
        "leftovers": ("of processes that are gone", _leftovers(warehouse, store)),
        "bad shards": ("set aside by the loader", warehouse.inbox.glob("bad/*")),
    }
    if complete:
        done = [key for key in stored if key in needed.done and key not in unused]
        what = "of cells with all their scores; made again where needed"
        kinds["complete arrays"] = (what, _of(store, done))
    heaps = (Heap.of(kind, what, paths) for kind, (what, paths) in kinds.items())
    return Pruning(tuple(heaps), needed.useless_rows)


def prune(warehouse: Warehouse, *, complete: bool = False) -> Pruning:
    """Find what nothing needs, remove it, and return what it was.

    Rows go first, in one transaction: a crash leaves files that the next call finds.

    Raises
    ------
    LockedError, LoadError
        As `find_useless`, and when others do not let go of the warehouse in time.
    """
    found = find_useless(warehouse, complete=complete)
    if found.rows:
        warehouse.write(lambda connection: drop_array_rows(connection, found.rows))
    for heap in found.heaps:
        heap.remove()
    return found


def drop_array_rows(connection: Any, keys: list[str]) -> None:
    """Delete the rows of embeddings and reductions, and all that hangs on them."""
    for table, column in ARRAY_TABLES:
        connection.execute(
            f"delete from {table} where {column} in (select unnest($keys))",  # noqa: S608 - fixed names
            {"keys": keys},
        )


def _require_rest(warehouse: Warehouse) -> None:
    """Refuse while something is on its way into the warehouse."""
    for beat in running_ingests(warehouse.inbox):
        raise LockedError(
            what=f"an ingest of {', '.join(beat.grids)} is running "
            f"(process {beat.pid} on {beat.host})",
            where=str(warehouse.path),
            mend="Wait until it has finished, or end it, and try again.",
        )
    if waiting := len(list_shards(warehouse.inbox)):
        raise LoadError(
            what=f"{waiting} shards wait to be loaded",
            where=str(warehouse.inbox),
            mend="Load them first with `zscwh load`.",
        )


def _of(store: Store, keys: Iterable[str]) -> Iterator[Path]:
    """Yield the files of stored arrays."""
    for key in keys:
        yield from store.files(key)


def _leftovers(warehouse: Warehouse, store: Store) -> Iterator[Path]:
    """Yield temporary files of the dead, and arrays that never got their note."""
    yield from store.leftovers()
    yield from (p for p in warehouse.inbox.glob(".tmp-*") if is_leftover(p))
    for array in store.root.glob("??/*.npy"):
        if not array.with_suffix(".json").exists():
            yield array


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from path.iterdir()
    else:
        yield path
