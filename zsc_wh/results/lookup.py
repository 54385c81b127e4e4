"""Find declared cells by key or by names, and the grids that declare one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest

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


def cell_key(warehouse: Warehouse, text: str, *, closed: bool = True) -> str:
    """Return the key of the one cell that `text` means.

    Parameters
    ----------
    warehouse, text, closed
        See `matching_titles`.

    Raises
    ------
    QueryError
        When there is none, with the nearest name, or more than one; they are listed.
    """
    found = matching_titles(warehouse, text, closed=closed)
    what = "cell with a result" if closed else "cell"
    if not found:
        titles = [title for _, title in matching_titles(warehouse, "", closed=closed)]
        paths = [title.rpartition("/")[0] for title in titles]
        raise QueryError(
            what=f"no {what} is called '{text}'"
            + nearest(text, [*dict.fromkeys(paths), *titles]),
            mend="`zscwh query results` lists them with their keys.",
        )
    if len(found) > 1:
        names = "\n  ".join(f"{key}  {title}" for key, title in found)
        raise QueryError(
            what=f"'{text}' means {len(found)} cells:\n  {names}\n",
            mend="Give more of the key, or the seed.",
        )
    return found[0][0]


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
