"""Free what nothing needs: arrays, rows, damaged files, leftovers of the dead."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from zsc_wh.engine.heartbeat import running_ingests
from zsc_wh.engine.store_use import sole_use
from zsc_wh.errors import LoadError, LockedError
from zsc_wh.files import entries, is_leftover, remove_tree
from zsc_wh.shards import list_shards
from zsc_wh.store import UNFINISHED, Store
from zsc_wh.upkeep.needs import Needed
from zsc_wh.upkeep.rows import remove_useless
from zsc_wh.upkeep.sharing import Elsewhere, others_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

_ROW_KINDS: Mapping[str, tuple[str, str]] = {
    "useless_version": ("names", "meanings that no grid and no result goes by"),
    "useless_grid": ("grids", "earlier declarations without a result"),
    "cut_grid": ("cut grids", "earlier declarations that lose cells without a result"),
    "useless_cell": ("cells", "that no grid wants any more and that have no result"),
    "useless_score": ("scores", "against labels that no name stands for any more"),
    "useless_thing": ("things", "datasets, labels, encoders ... that nothing needs"),
}
"""Steps of `zsc_wh.upkeep.useless` that are told, with a name and what they are."""


@dataclass(frozen=True)
class Heap:
    """Files and rows of one kind that nothing needs.

    Parameters
    ----------
    kind : str
        Name of the kind.
    what : str
        What they are, for people.
    paths : tuple of Path
        Files and folders; the note of an array before its file.
    n_bytes : int
        Size of the files.
    n_rows : int
        Number of rows.
    """

    kind: str
    what: str
    paths: tuple[Path, ...] = ()
    n_bytes: int = 0
    n_rows: int = 0

    @classmethod
    def of(cls, kind: str, what: str, paths: Iterable[Path], n_rows: int = 0) -> Self:
        """Weigh files as they lie."""
        paths = tuple(paths)
        sizes = (file.lstat().st_size for path in paths for file in _files(path))
        return cls(kind, what, paths, sum(sizes), n_rows)

    def remove(self) -> None:
        """Remove the files."""
        for path in self.paths:
            remove_tree(path)


@dataclass(frozen=True)
class Pruning:
    """What can go, by kind, and how many arrays stay for which other warehouse."""

    heaps: tuple[Heap, ...]
    kept: Mapping[Path, int] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(heap.n_bytes for heap in self.heaps)

    @property
    def n_rows(self) -> int:
        """Number of all rows."""
        return sum(heap.n_rows for heap in self.heaps)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to free."""
        return not any(heap.n_rows or heap.paths for heap in self.heaps)


def find_useless(warehouse: Warehouse, *, complete: bool = False) -> Pruning:
    """Return what nothing needs; writes nothing.

    Parameters
    ----------
    warehouse : Warehouse
        Needed is what the grids declare now, all cells that have a result, all probes
        that have a score, what these refer to, and the reductions of a needed
        embedding: its maps and UMAP spaces. Earlier declarations of grids and earlier
        meanings of names are needed as far as there is a result under them.
    complete : bool
        Let the arrays of complete cells go too: closed ones with all scores that their
        grids declare. Their rows stay, and they are made again where needed.

    Raises
    ------
    LockedError
        When an ingest is running, which may need what nothing refers to yet.
    LoadError
        When shards wait to be loaded, for the same reason.
    SchemaError
        When another warehouse has the same store and cannot be asked what it needs.
    """
    others = others_of(warehouse)
    for each in (warehouse, *others):
        _require_rest(each)
    store = Store(warehouse.store_path)
    stored = list(store.keys())
    needed = Needed(warehouse)
    rows = needed.useless_rows
    unused = {key for key in stored if not needed.has(store, key)}
    begun = {path.stem for path in store.contents(UNFINISHED)}
    begun -= {key for key in begun if needed.has(store, key)} | set(stored)
    done = {key for key in stored if complete and key in needed.done} - unused
    elsewhere = Elsewhere(others).needs(store, unused | done | begun)
    unused, done, begun = (
        keys.difference(*elsewhere.values()) for keys in (unused, done, begun)
    )
    heaps = [
        Heap.of(
            "unused arrays",
            "no cell, probe or map needs them",
            _of(store, sorted(unused)),
            rows["useless_array"],
        ),
        *(
            Heap(kind, what, n_rows=rows[step])
            for step, (kind, what) in _ROW_KINDS.items()
        ),
    ]
    for kind, what, paths in (
        ("damaged arrays", "set aside by an ingest", store.contents(".bad")),
        ("leftovers", "of processes that are gone", _leftovers(warehouse, store)),
        (
            "unfinished arrays",
            "begun, and no cell, probe or map needs them",
            (store.unfinished(key) for key in sorted(begun)),
        ),
        ("bad shards", "set aside by the loader", entries(warehouse.inbox / "bad")),
    ):
        heaps.append(Heap.of(kind, what, paths))
    if complete:
        what = "of cells with all their scores; made again where needed"
        heaps.append(Heap.of("complete arrays", what, _of(store, sorted(done))))
    return Pruning(tuple(heaps), {path: len(keys) for path, keys in elsewhere.items()})


def prune(
    warehouse: Warehouse,
    *,
    complete: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> Pruning:
    """Find what nothing needs, remove it, and return what it was.

    Rows go first, in one transaction: a crash leaves files that the next call finds.

    Parameters
    ----------
    warehouse, complete
        As `find_useless`.
    on_wait : callable, optional
        Told whom it waits for, once.

    Raises
    ------
    LockedError, LoadError
        As `find_useless`, and when others do not let go of the warehouse in time.
    """
    with at_rest(warehouse, on_wait):
        found = find_useless(warehouse, complete=complete)
        if found.n_rows:
            warehouse.write(remove_useless)
        for heap in found.heaps:
            heap.remove()
    return found


@contextmanager
def at_rest(
    warehouse: Warehouse, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Keep ingests from beginning, once nothing is on its way into the warehouse.

    Raises
    ------
    LockedError
        When an ingest is running, also one of another warehouse with the same store.
    LoadError
        When shards wait to be loaded.
    """
    _require_rest(warehouse)
    with warehouse.ingest_turn(on_wait):
        # the one that was waited for may have left shards
        _require_rest(warehouse)
        with sole_use(warehouse.store_path):
            yield


def _require_rest(warehouse: Warehouse) -> None:
    """Refuse while something is on its way into the warehouse."""
    for beat in running_ingests(warehouse.inbox):
        raise LockedError(
            what=f"an ingest of {', '.join(beat.grids)} is running "
            f"(process {beat.pid} on {beat.host})",
            where=str(warehouse.path),
            hint="Wait until it has finished, or end it, and try again.",
        )
    if waiting := len(list_shards(warehouse.inbox)):
        raise LoadError(
            what=f"{counted(waiting, 'shard waits', 'shards wait')} to be loaded",
            where=str(warehouse.inbox),
            hint="Load them first with `zscwh load`.",
        )


def _of(store: Store, keys: Iterable[str]) -> Iterator[Path]:
    """Yield the files of stored arrays."""
    for key in keys:
        yield from store.files(key)


def _leftovers(warehouse: Warehouse, store: Store) -> Iterator[Path]:
    """Yield temporary files of the dead, and arrays that never got their note."""
    yield from store.leftovers()
    yield from (p for p in entries(warehouse.inbox) if is_leftover(p))
    for array in store.contents(".npy"):
        if not array.with_suffix(".json").exists():
            yield array


def _files(path: Path) -> Iterator[Path]:
    """Yield the file, or the files of a folder; what links lead to is not ours."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for child in path.iterdir():
        yield from _files(child)
