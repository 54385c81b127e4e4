"""Find the grids that declare a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


class DeclaredIn(NamedTuple):
    """A declaration of a grid that wants a cell.

    Parameters
    ----------
    label : str
        The name of the grid; with a version, such as ``mine@1``, for one that it no
        longer has.
    is_newest : bool
        Whether the grid is declared so now.
    name, source, toml : str
        Name of the grid, name of its file, and the text of the file.
    """

    label: str
    is_newest: bool
    name: str
    source: str
    toml: str


def declaring_grids(warehouse: Warehouse, cell_key: str) -> list[DeclaredIn]:
    """Return the grids that declare a cell: as they are now first, the newest first."""
    rows = warehouse.read(_GRIDS, {"cell_key": cell_key})
    return [DeclaredIn(*row) for row in rows.rows]


_GRIDS = """
select
    grid_version.grid,
    grid_version.is_newest,
    grid.name,
    grid.source,
    grid.toml
from grid_version
-- a declaration that was renewed is that of its last time
inner join grid using (grid_key, declared_at)
where
    grid_version.grid_key in (
        select grid_key from grid_cell where cell_key = $cell_key
    )
order by grid_version.is_newest desc, grid_version.declared_at desc, grid_version.grid
"""
