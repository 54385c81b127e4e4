"""What an ingest would do, found out without running anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.datasets import Digests
from zsc_wh.engine.changes import changes
from zsc_wh.engine.plan import make_plan
from zsc_wh.engine.preflight import check_code, missing_things
from zsc_wh.engine.recorded import read_recorded
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zsc_wh.declare import Grid
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.slices import Slice
    from zsc_wh.warehouse import Warehouse
    from zsc_wh.work.missing import Missing


@dataclass(frozen=True)
class Preview:
    """A plan, with what changed since the last one and what this machine lacks."""

    plan: Plan
    changed: Sequence[str]
    missing: Sequence[Missing]
    store: Store


def preview(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    *,
    retry: str | None = None,
    limit: int | None = None,
    only: str | None = None,
    verify: bool = False,
    allow_hub_code: bool = False,
    part: Slice | None = None,
    reading: Callable[[str, int, int], None] | None = None,
) -> Preview:
    """Plan an ingest; samples are read once, to know them by their content.

    Parameters
    ----------
    grids : sequence of Grid
        What is wanted.
    warehouse : Warehouse
        What is there; the file need not exist.
    retry, limit, only, verify, allow_hub_code, part
        As in `zsc_wh.engine.ingest.Options`.
    reading : callable, optional
        Told how many samples of a dataset are read, and of how many.

    Raises
    ------
    ZscError
        When the plan cannot be made.
    """
    check_code(grids, allowed=allow_hub_code)
    store = Store(warehouse.store_path)
    digests = Digests(store.root, verify=verify, progress=reading)
    plan = make_plan(
        grids,
        read_recorded(warehouse),
        store,
        digests=digests,
        retry=retry,
        limit=limit,
        only=only,
        part=part,
    )
    missing = missing_things(plan, digests)
    return Preview(plan, changes(plan, warehouse), missing, store)
