"""Reopen cells: remove their runs, and free arrays that nothing else uses.

A cell can go by several names: two versions of a dataset that differ in a label share
it. What is asked for by a version of a name loses its results only where no other name
has them; the rest loses what that version alone tells, its scores against its labels.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.store import Store
from zsc_wh.upkeep.asked import ASKED
from zsc_wh.upkeep.pruning import at_rest
from zsc_wh.upkeep.rows import (
    make_tables,
    remove_arrays,
    remove_runs,
    remove_same,
    rename_cut_grids,
    with_steps,
)
from zsc_wh.upkeep.sharing import Elsewhere, others_of
from zsc_wh.upkeep.useless import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.upkeep.criteria import Criteria
    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Forgettable:
    """What can be forgotten.

    Parameters
    ----------
    reopened : int
        Cells that lose their runs.
    kept : int
        Cells that keep them, since they go by other names too.
    scores : int
        Scores that these lose, against labels that only the names asked for have.
    withdrawn : int
        Names for these that earlier declarations of grids lose.
    unasked : int
        Cells that match, but that only earlier declarations want.
    """

    reopened: int
    kept: int
    scores: int
    withdrawn: int
    unasked: int


@dataclass(frozen=True)
class Forgotten:
    """What was removed: runs, scores of kept runs, arrays, and the bytes of these.

    Arrays that another warehouse with the same store needs are not among them.
    """

    runs: int
    scores: int
    arrays: int
    freed_bytes: int


def find_forgettable(warehouse: Warehouse, criteria: Criteria) -> Forgettable:
    """Return what `forget` would remove; writes nothing."""
    ((*counts,),) = warehouse.read(with_steps(ASKED, _COUNTS), criteria.params).rows
    return Forgettable(*counts)


def forget(
    warehouse: Warehouse,
    criteria: Criteria,
    *,
    arrays: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> Forgotten:
    """Remove the results of cells and all that hangs on them, in one transaction.

    Parameters
    ----------
    warehouse : Warehouse
        Where they are recorded.
    criteria : Criteria
        Which cells are meant.
    arrays : bool
        Free the arrays that only reopened cells use, and remove their rows.
    on_wait : callable, optional
        Told whom it waits for, once.

    Raises
    ------
    LockedError, LoadError
        When others do not let go of the warehouse in time; and when arrays are to be
        freed or earlier declarations lose cells, while an ingest runs or shards wait
        that may count on these.
    """
    needs_rest = arrays or find_forgettable(warehouse, criteria).withdrawn > 0
    with at_rest(warehouse, on_wait) if needs_rest else nullcontext():
        elsewhere = Elsewhere(others_of(warehouse) if arrays else ())
        runs, scores, freed = warehouse.write(
            lambda connection: _forget(connection, criteria, arrays=arrays)
        )
        store = Store(warehouse.store_path)
        needed = elsewhere.needs(store, freed).values()
        freed = sorted(set(freed).difference(*needed))
        sizes = [size for key in freed if (size := store.delete(key))]
    return Forgotten(runs, scores, len(sizes), sum(sizes))


def _forget(
    connection: Any, criteria: Criteria, *, arrays: bool
) -> tuple[int, int, list[str]]:
    """Remove rows; return how many runs and other scores, and the keys of arrays."""
    make_tables(connection, ASKED, criteria.params)
    ((runs, scores),) = connection.execute(
        "select (select count(*) from run semi join reopened using (cell_key)),"
        " (select count(*) from lost_score)"
    ).fetchall()
    remove_runs(connection, "select cell_key from reopened")
    remove_same(connection, "score", "lost_score", "run_key, label_key")
    for table in ("probe_score", "probe"):
        remove_same(connection, table, "lost_probe", "probe_key")
    remove_same(connection, "grid_cell", "withdrawn", PLACE)
    rename_cut_grids(connection)
    if not arrays:
        return runs, scores, []
    freed = [key for (key,) in connection.execute("from freed_array").fetchall()]
    remove_arrays(connection, "select key from freed_array")
    return runs, scores, freed


_COUNTS = """
select
    (select count(*) from reopened),
    (select count(*) from kept),
    (select count(*) from lost_score),
    (select count(*) from withdrawn),
    (
        select count(distinct cell_key)
        from matching
        where
            not is_asked
            and cell_key not in (select cell_key from reopened)
    )
"""
