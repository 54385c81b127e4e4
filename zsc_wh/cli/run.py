"""Commands that plan and run grids: ``plan`` and ``ingest``."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import catalog_option, data_option, finite, rows_options

if TYPE_CHECKING:
    from zsc_wh.cli.progress import Display
    from zsc_wh.engine.reporting import Summary
    from zsc_wh.engine.slices import Slice

_GRIDS = click.argument(
    "grids",
    nargs=-1,
    required=True,
    metavar="GRID...",
    shell_complete=completing.grids,
)
_RETRY = click.option(
    "--retry",
    type=click.Choice(["failed", "all"]),
    help="Try failed and killed cells again; all: those out of memory or time too.",
)
_LIMIT = click.option(
    "--limit", type=click.IntRange(min=0), help="Run at most this many cells."
)
_CELL = click.option(
    "--cell",
    "only",
    metavar="CELL",
    shell_complete=completing.cells,
    help="Run only this cell, and no probe: its key, the beginning of it, or "
    "ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED for one of several.",
)


def _slice(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> Slice | None:
    """Read I/N, or say what is wrong with it."""
    if text is None:
        return None
    from zsc_wh.engine.slices import Slice

    return Slice.parse(text)


_SLICE = click.option(
    "--slice",
    "part",
    metavar="I/N",
    callback=_slice,
    help="Only the I-th of N slices. What cells share stays in one slice, and every "
    "machine finds the same slices.",
)


_VERIFY = click.option(
    "--verify",
    is_flag=True,
    help="Read all samples again. Without it, a file is read again when its size, its "
    "times or its inode changed.",
)

_DEVICE = click.option(
    "--device",
    default="auto",
    show_default=True,
    shell_complete=completing.devices,
    help="Device of embeddings, and of silhouettes, neighbours and affinity "
    "propagation that take long: auto, cpu, cuda, cuda:1, mps.",
)


_HUB_CODE = click.option(
    "--allow-hub-code",
    is_flag=True,
    help="Run the code of repositories that encoders of the kind torch-hub name.",
)


@click.command(epilog="Example: zscwh plan quickstart")
@_GRIDS
@catalog_option
@data_option
@_RETRY
@_LIMIT
@_CELL
@_SLICE
@_VERIFY
@click.option("--cells", is_flag=True, help="List every cell with its state.")
@click.option(
    "--embeddings",
    is_flag=True,
    help="List every embedding with its shape, its weights and its device.",
)
@_DEVICE
@_HUB_CODE
@rows_options
@click.pass_obj
def plan(
    warehouse: Path,
    grids: tuple[str, ...],
    catalogs: tuple[Path, ...],
    retry: str | None,
    limit: int | None,
    only: str | None,
    part: Slice | None,
    verify: bool,
    cells: bool,
    embeddings: bool,
    device: str,
    allow_hub_code: bool,
    fmt: str,
    output: Path | None,
) -> None:
    """Show what an ingest would do.

    Nothing is run; samples are read once, to know them by their content. GRID is a TOML
    file or the name of a shipped grid (zscwh catalog grids).

    The table has one row per stage: tasks to run, stored arrays that are read again
    (cached), and forecasts of the time on one core, of the memory of the largest
    task and of the disk space. Times follow what such tasks took on this machine: how
    many there were (past_tasks), and within which factor nine in ten forecasts held.
    With --cells it has one row per cell, with --embeddings one per embedding.
    """
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_grids
    from zsc_wh.engine.planned import cell_rows, overview, task_rows
    from zsc_wh.engine.preflight import check_plan
    from zsc_wh.engine.preview import preview
    from zsc_wh.warehouse import Warehouse
    from zsc_wh.work.missing import missing_text

    declared, _ = read_grids(grids, catalogs)
    display = _display()
    found = preview(
        declared,
        Warehouse(warehouse),
        retry=retry,
        limit=limit,
        only=only,
        verify=verify,
        allow_hub_code=allow_hub_code,
        part=part,
        reading=display.reading,
    )
    made = found.plan
    display.say(overview(made, found.changed))
    if embeddings:
        from zsc_wh.cli.embeddings import embedding_rows

        put(embedding_rows(made, found.store, device), fmt, output)
    else:
        put(cell_rows(made) if cells else task_rows(made), fmt, output)
    check_plan(made, found.missing, device=device)
    if found.missing:
        display.say(missing_text(found.missing))


@click.command(epilog="Example: zscwh ingest quickstart")
@_GRIDS
@catalog_option
@data_option
@_RETRY
@_LIMIT
@_CELL
@_SLICE
@_VERIFY
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    help="Tasks side by side; default: one a core.",
)
@click.option(
    "--memory-limit",
    metavar="SIZE",
    help="Memory for all tasks together, such as 8GiB; default: 80 % of the machine's.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    metavar="SECONDS",
    help="Longest time for one task.",
)
@_DEVICE
@_HUB_CODE
@click.option(
    "--offline",
    is_flag=True,
    help="Download no weights; those that are not here are named with their size and "
    "place.",
)
@click.option(
    "--shards-only",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Leave the results as shards in DIR for a later `zscwh load DIR`; what lies "
    "there is not run again.",
)
@click.pass_obj
def ingest(
    warehouse: Path,
    /,
    grids: tuple[str, ...],
    catalogs: tuple[Path, ...],
    memory_limit: str | None,
    timeout: float | None,
    **options: Any,
) -> None:
    """Run the cells that are missing.

    GRID is a TOML file or the name of a shipped grid (zscwh catalog grids). What is in
    the warehouse is not computed again. Published weights are looked for in the folders
    of $ZSCWH_WEIGHTS, as ENCODER.pth (.pt, .bin, .safetensors), or where [weights] of
    the grid says, before they are downloaded. Ctrl-C keeps what is done; the same
    command goes on. Exit code 1 means that a cell failed; the others were finished.
    """
    from zsc_wh.extras import require_ingest

    require_ingest()
    from zsc_wh.declare import read_grids
    from zsc_wh.engine import memory
    from zsc_wh.engine.ingest import Options
    from zsc_wh.engine.ingest import ingest as run_ingest
    from zsc_wh.warehouse import Warehouse

    declared, _ = read_grids(grids, catalogs)
    limit_bytes = memory.parse_bytes(memory_limit) if memory_limit else None
    settings = Options(memory_limit=limit_bytes, timeout_s=timeout, **options)
    display = _display()
    # A job scheduler says stop with SIGTERM; it means the same as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    summary = run_ingest(declared, Warehouse(warehouse), settings, display)
    display.finish(summary, warehouse, settings.shards_only)
    _exit(summary)


def _display() -> Display:
    """Return a display whose live line is gone when the command ends, also badly."""
    from zsc_wh.cli.progress import Display

    display = Display()
    click.get_current_context().call_on_close(display.clear)
    return display


def _exit(summary: Summary) -> None:
    if summary.interrupted:
        raise click.exceptions.Exit(130)
    if summary.failed:
        raise click.exceptions.Exit(1)
