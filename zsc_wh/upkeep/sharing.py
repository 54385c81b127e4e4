"""Other warehouses that have the same array store, running or not.

What frees arrays asks them too: an array that this warehouse has no use for may be all
that another one has of a result.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.engine.store_use import users_of
from zsc_wh.errors import SchemaError, ZscError
from zsc_wh.files import entries
from zsc_wh.upkeep.needs import Needed
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsc_wh.store import Store

_SUFFIX = ".store"


def others_of(warehouse: Warehouse) -> list[Warehouse]:
    """Return the other warehouses that use the store of this one.

    They are those that wrote themselves into it, the one whose name it bears, and those
    in the same folders that link to it.
    """
    root = os.path.realpath(warehouse.store_path)
    me = os.path.realpath(warehouse.path)
    beside = {Path(root).parent, warehouse.path.absolute().parent}
    stores = [path for folder in beside for path in entries(folder)]
    named = [Path(root), *stores]
    users = {
        os.path.realpath(str(path).removesuffix(_SUFFIX))
        for path in named
        if path.name.endswith(_SUFFIX)
    } | {os.path.realpath(path) for path in users_of(Path(root))}
    return [
        Warehouse(path)
        for path in map(Path, sorted(users - {me}))
        # one that was moved or unlinked is none any more
        if path.is_file() and os.path.realpath(f"{path}{_SUFFIX}") == root
    ]


class Elsewhere:
    """What other warehouses need of a store, at one moment.

    Parameters
    ----------
    others : iterable of Warehouse
        See `others_of`.

    Raises
    ------
    SchemaError
        When one of them cannot be asked.
    """

    def __init__(self, others: Iterable[Warehouse]) -> None:
        self._needed = {other.path: _asked(other) for other in others}

    def needs(self, store: Store, keys: Iterable[str]) -> dict[Path, set[str]]:
        """Return which of some arrays are needed, by the warehouses that need any."""
        keys = set(keys)
        found = {
            path: {key for key in keys if needed.has(store, key)}
            for path, needed in self._needed.items()
        }
        return {path: its for path, its in found.items() if its}


def _asked(other: Warehouse) -> Needed:
    try:
        return Needed(other)
    except ZscError as error:
        raise SchemaError(
            what="this warehouse has the same store and cannot tell which arrays it "
            f"needs: {error.what}",
            where=str(other.path),
            hint=error.hint or "Mend it, or remove its link to the store.",
        ) from error
