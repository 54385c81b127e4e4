"""The folder of shards: what lies in it, and what becomes of what was loaded.

Everything here is done by the process whose turn it is to write. Cleaning up never
fails a load: what stays in the inbox is known to the warehouse and goes next time.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError
from zsc_wh.files import entries, is_leftover, remove_tree, sync_folder, temporary_name
from zsc_wh.shards import (
    Manifest,
    list_shards,
    read_manifest,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set
    from pathlib import Path

_LOG = logging.getLogger(__name__)

BAD = "bad"
"""Folder in the inbox that takes the shards that cannot be loaded."""


@dataclass(frozen=True)
class Shard:
    """A shard that was found whole: where it lies and what it says of itself."""

    path: Path
    manifest: Manifest


@dataclass(frozen=True)
class Rejected:
    """A shard that cannot be loaded, and why."""

    path: Path
    reason: str


def find_shards(folder: Path) -> tuple[list[Shard], list[Rejected]]:
    """Return the shards of a folder in the order of writing, by their manifests."""
    found, bad = [], []
    for path in list_shards(folder):
        try:
            found.append(Shard(path, read_manifest(path)))
        except LoadError as error:
            bad.append(Rejected(path, str(error)))
    return found, bad


def verified(
    found: Sequence[Shard], known: Set[str]
) -> tuple[list[Shard], list[Rejected]]:
    """Return the shards not loaded yet, each once, and those that are damaged."""
    seen = set(known)
    unknown = [shard for shard in found if shard.manifest.sha256 not in seen]
    # hashing and polars let other threads run; Ctrl-C cancels what has not begun
    with ThreadPoolExecutor() as pool:
        faults = list(pool.map(_fault, unknown))
    new, damaged = [], []
    for shard, fault in zip(unknown, faults, strict=True):
        if shard.manifest.sha256 in seen:
            continue
        if fault is None:
            new.append(shard)
            seen.add(shard.manifest.sha256)
        else:
            damaged.append(Rejected(shard.path, fault))
    return new, damaged


def _fault(shard: Shard) -> str | None:
    """Return what is wrong with a shard, or None."""
    try:
        verify(shard.path)
    except LoadError as error:
        return str(error)
    return None


def clear_leftovers(inbox: Path) -> None:
    """Remove the temporary folders that dead processes left in the inbox."""
    for path in entries(inbox):
        if is_leftover(path):
            with _reported(path):
                remove_tree(path)


def remove_loaded(inbox: Path, shards: Iterable[Shard]) -> None:
    """Remove shards from the inbox; a crash half-way leaves no half of a shard."""
    for shard in shards:
        doomed = inbox / temporary_name()
        with _reported(shard.path):
            shard.path.rename(doomed)
            remove_tree(doomed)
    if inbox.is_dir():
        with _reported(inbox):
            sync_folder(inbox)


def set_aside(inbox: Path, rejected: Sequence[Rejected]) -> list[Rejected]:
    """Move bad shards to the folder ``bad`` of the inbox; return them as they lie."""
    moved = []
    for shard in rejected:
        target = inbox / BAD / shard.path.name
        place = shard.path
        with _reported(shard.path):
            target.parent.mkdir(exist_ok=True)
            while target.exists():  # it was set aside before, and put back
                target = target.with_name(f"{target.name}.again")
            place = shard.path.rename(target)
        moved.append(Rejected(place, shard.reason))
    return moved


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Report what the disk refuses, and go on."""
    try:
        yield
    except OSError as error:
        _LOG.warning("%s cannot be cleaned up (%s)", path, error.strerror)
