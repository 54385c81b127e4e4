"""Know what shards hold that no warehouse has loaded yet."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from zsc_wh.shards import list_shards
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def with_shards(
    warehouse: Warehouse, folder: Path | None, say: Callable[[str], None]
) -> Iterator[Warehouse]:
    """Yield a warehouse to plan by, in which the shards of a folder are loaded.

    It is a copy for the time being, so that an ingest that was killed goes on where it
    was, and the warehouse itself is left alone. Without shards it is the warehouse.

    Parameters
    ----------
    warehouse : Warehouse
        What is copied, if it is there.
    folder : Path or None
        The folder of shards.
    say : callable
        Told of each shard that cannot be read; what it held is computed again.
    """
    if folder is None or not list_shards(folder):
        yield warehouse
        return
    with TemporaryDirectory(prefix="zscwh-") as place:
        known = Warehouse(Path(place) / warehouse.path.name)
        if warehouse.path.exists():
            warehouse.copy_to(known.path)
        known.create()
        for path, reason in known.load(folder).bad:
            say(f"shard not read: {path}: {reason}")
        yield known
