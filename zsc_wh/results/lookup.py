"""Find declared cells by key or by names, and the grids that declare one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


class DeclaredIn(NamedTuple):
    """A grid that declares a cell: its name, the name of its file, its TOML text."""

    name: str
    source: str
    toml: str


def matching_titles(
    warehouse: Warehouse, text: str, *, closed: bool
) -> list[tuple[str, str]]:
    """Return key and title of the cells that `text` means.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are declared.
    text : str
        Beginning of the key, or ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED or not.
    closed : bool
        Whether only cells with a result are meant, or all that are declared.
    """
    rows = warehouse.run_query("find_cell", {"cell": text, "closed": closed})
    return [(str(key), str(title)) for key, title in rows.rows]


def declaring_grids(warehouse: Warehouse, cell_key: str) -> list[DeclaredIn]:
    """Return the grids that declare a cell, newest first, each as it reads now."""
    rows = warehouse.read(_GRIDS, {"cell_key": cell_key})
    return [DeclaredIn(*row) for row in rows.rows]


_GRIDS = """
select
    name,
    source,
    toml
from grid
inner join grid_cell using (grid_key)
where grid_cell.cell_key = $cell_key
qualify row_number() over (partition by name order by declared_at desc, grid_key) = 1
order by declared_at desc, name
"""
