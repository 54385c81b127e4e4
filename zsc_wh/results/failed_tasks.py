"""Tasks that failed, and that the grids still want."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


class Failed(NamedTuple):
    """A task that is not done: its stage, what it was to compute, and why not."""

    stage: str
    subject: str
    status: str
    reason: str


def failed_tasks(warehouse: Warehouse, grid: str | None = None) -> list[Failed]:
    """Return the tasks that are not done and still wanted, in the order of their runs.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are recorded.
    grid : str, optional
        Label of the grid that wants them; without, any grid as it is declared now.
    """
    found = warehouse.run_query("failed_tasks", {"grid": grid})
    started = found.columns.index("started_at")
    rows = sorted(found.rows, key=lambda row: row[started])
    return [Failed(*row[: len(Failed._fields)]) for row in rows]
