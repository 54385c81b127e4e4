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


def matching_titles(warehouse: Warehouse, text: str) -> list[tuple[str, str]]:
    """Return key and title of the declared cells that `text` means, closed or not.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are declared.
    text : str
        Beginning of the key, or ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED or not.
    """
    rows = warehouse.read(_FIND, {"cell": text})
    return [(str(key), str(title)) for key, title in rows.rows]


def declaring_grids(warehouse: Warehouse, cell_key: str) -> list[DeclaredIn]:
    """Return the grids that declare a cell, newest first, each as it reads now."""
    rows = warehouse.read(_GRIDS, {"cell_key": cell_key})
    return [DeclaredIn(*row) for row in rows.rows]


_FIND = """
with titled as (
    select
        cell.cell_key,
        concat_ws(
            '/', encoder.name, dataset.name, reducer.name, clusterer.name
        ) as path,
        cell.seed
    from cell
    inner join encoder using (encoder_key)
    inner join dataset using (dataset_key)
    inner join reducer using (reducer_key)
    inner join clusterer using (clusterer_key)
)

select
    cell_key,
    concat_ws('/', path, seed) as title
from titled
where starts_with(cell_key, $cell) or $cell in (path, concat_ws('/', path, seed))
order by title, cell_key
"""

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
