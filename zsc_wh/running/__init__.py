"""Plan and run grids from Python, as the command line does.

`zsc_wh.plan` and `zsc_wh.ingest` are these; what they need is imported when they are
called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.running.given import as_paths, as_slice, check, data_folders, warehouse_at
from zsc_wh.running.results import Ingested, Planned, frame
from zsc_wh.running.told import Told

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from zsc_wh.running.given import Paths

__all__ = ["Ingested", "Planned", "ingest", "plan"]


def plan(
    *grids: str | os.PathLike[str],
    warehouse: str | os.PathLike[str] | None = None,
    catalogs: Paths = (),
    data: Paths = (),
    retry: str | None = None,
    limit: int | None = None,
    cell: str | None = None,
    part: str | None = None,
    verify: bool = False,
    allow_hub_code: bool = False,
    device: str = "auto",
) -> Planned:
    """Find out what `ingest` would do; nothing is run.

    Parameters
    ----------
    *grids : str or Path
        TOML files, or names of shipped grids.
    warehouse : str or Path, optional
        The file, which need not exist; by default that of ``$ZSCWH_WAREHOUSE``, else
        ``zscwh.duckdb``.
    catalogs : path or iterable of paths, optional
        TOML files with entries of your own.
    data : path or iterable of paths, optional
        Folders of published datasets, in place of ``$ZSCWH_DATA``.
    retry : {None, "failed", "all"}
        Failed and killed cells are tried again; all: those out of memory or time too.
    limit : int, optional
        At most this many cells.
    cell : str, optional
        This cell alone: its key, the beginning of it, or
        ``encoder/dataset/reducer/clusterer``, with ``/seed`` for one of several.
    part : str, optional
        One slice of all, as ``"2/8"``.
    verify : bool
        Read all samples again.
    allow_hub_code : bool
        Run the code of repositories that encoders name.
    device : str
        auto, cpu, cuda, cuda:1 or mps.

    Returns
    -------
    Planned
        It shows itself as ``zscwh plan`` does. What an ingest cannot do without is in
        `Planned.missing`.

    Raises
    ------
    ConfigError
        When a declaration or an argument is wrong, or there is no such device.
    ZscError
        When the plan cannot be made otherwise.
    """
    check(grids, retry, limit)
    from zsc_wh.declare import read_grids
    from zsc_wh.engine.plan import State
    from zsc_wh.engine.planned import cell_rows, overview, task_rows
    from zsc_wh.engine.preflight import check_plan
    from zsc_wh.engine.preview import preview
    from zsc_wh.work.missing import missing_text

    with data_folders(data):
        declared, _ = read_grids(map(str, grids), as_paths(catalogs))
        found = preview(
            declared,
            warehouse_at(warehouse),
            retry=retry,
            limit=limit,
            only=cell,
            part=as_slice(part),
            verify=verify,
            allow_hub_code=allow_hub_code,
        )
        # the command shows its table before it refuses; here that is in the result
        check_plan(found.plan, (), device=device)
        return Planned(
            {str(state): n for state in State if (n := found.plan.count(state))},
            frame(cell_rows(found.plan)),
            frame(task_rows(found.plan)),
            missing_text(found.missing) if found.missing else "",
            overview(found.plan, found.changed),
        )


def ingest(
    *grids: str | os.PathLike[str],
    warehouse: str | os.PathLike[str] | None = None,
    catalogs: Paths = (),
    data: Paths = (),
    retry: str | None = None,
    limit: int | None = None,
    cell: str | None = None,
    part: str | None = None,
    verify: bool = False,
    allow_hub_code: bool = False,
    device: str = "auto",
    jobs: int | None = None,
    memory_limit: str | int | None = None,
    timeout: float | None = None,
    offline: bool = False,
    shards_only: str | os.PathLike[str] | None = None,
    progress: Callable[[str], object] | None = None,
) -> Ingested:
    """Run the cells that are missing, and load their results.

    Tasks run in processes of their own, which import this package and not the calling
    script: it needs no ``if __name__ == "__main__"``.

    Parameters
    ----------
    *grids, warehouse, catalogs, data, retry, limit, cell, part, verify, device
        As `plan`, with `allow_hub_code`; the warehouse is made where there is none.
    jobs : int, optional
        Tasks side by side; one a core by default.
    memory_limit : str or int, optional
        Memory for all tasks together, such as ``"8GiB"`` or in bytes; 80 % of the
        machine's by default.
    timeout : float, optional
        Longest time for one task, in seconds.
    offline : bool
        Download no weights; those that are not here are an error.
    shards_only : str or Path, optional
        Leave the results as shards in this folder, for `load`; a slice needs it.
    progress : callable, optional
        Told what goes on, line by line, such as ``print``.

    Returns
    -------
    Ingested
        What was done. A cell that fails is no error: it is counted, and its reason is
        in `Ingested.cells`.

    Raises
    ------
    ConfigError
        When a declaration or an argument is wrong, or data or weights are not here.
    MissingExtraError
        When the extra ``ingest`` is not installed.
    ZscError
        When the plan cannot be made or the warehouse not be used.
    KeyboardInterrupt
        When it was stopped; what was finished is in the warehouse, and the same call
        goes on from there.
    """
    from zsc_wh.extras import require_ingest

    require_ingest()
    check(grids, retry, limit, jobs, timeout)
    from zsc_wh.declare import read_grids
    from zsc_wh.engine import memory
    from zsc_wh.engine.ingest import Options
    from zsc_wh.engine.ingest import ingest as run

    if memory_limit is not None:
        memory_limit = memory.parse_bytes(str(memory_limit))
    settings = Options(
        retry=retry,
        limit=limit,
        only=cell,
        part=as_slice(part),
        jobs=jobs,
        memory_limit=memory_limit,
        timeout_s=timeout,
        device=device,
        offline=offline,
        allow_hub_code=allow_hub_code,
        verify=verify,
        shards_only=None if shards_only is None else Path(shards_only).expanduser(),
    )
    told = Told(progress or (lambda _line: None))
    with data_folders(data):
        declared, _ = read_grids(map(str, grids), as_paths(catalogs))
        summary = run(declared, warehouse_at(warehouse), settings, told)
    if summary.interrupted:
        raise KeyboardInterrupt
    return Ingested(
        dict(summary.cells),
        dict(summary.executed),
        summary.failed,
        told.cells(summary.plan),
    )
