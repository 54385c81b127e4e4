"""The folder of shards: what lies in it, and what becomes of what was loaded.

Everything here is done by the process whose turn it is to write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError
from zsc_wh.files import is_leftover, sync_folder, temporary_name
from zsc_wh.shards import (
    Manifest,
    list_shards,
    read_manifest,
    remove_folder,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set
    from pathlib import Path

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
    new, damaged = [], []
    for shard in found:
        if shard.manifest.sha256 in seen:
            continue
        try:
            verify(shard.path)
        except LoadError as error:
            damaged.append(Rejected(shard.path, str(error)))
        else:
            new.append(shard)
            seen.add(shard.manifest.sha256)
    return new, damaged


def clear_leftovers(inbox: Path) -> None:
    """Remove the temporary folders that dead processes left in the inbox."""
    if inbox.is_dir():
        for path in inbox.iterdir():
            if is_leftover(path):
                remove_folder(path)


def remove_loaded(inbox: Path, shards: Iterable[Shard]) -> None:
    """Remove shards from the inbox; a crash half-way leaves no half of a shard."""
    for shard in shards:
        doomed = inbox / temporary_name()
        shard.path.rename(doomed)
        remove_folder(doomed)
    if inbox.is_dir():
        sync_folder(inbox)


def set_aside(inbox: Path, rejected: Sequence[Rejected]) -> list[Rejected]:
    """Move bad shards to the folder ``bad`` of the inbox; return them as they lie."""
    moved = []
    for shard in rejected:
        target = inbox / BAD / shard.path.name
        target.parent.mkdir(exist_ok=True)
        while target.exists():  # it was set aside before, and put back
            target = target.with_name(f"{target.name}.again")
        shard.path.rename(target)
        moved.append(Rejected(target, shard.reason))
    return moved
