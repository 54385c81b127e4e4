"""Images without labels for ``recommend``: show the plan, ask, run it.

All of it goes to standard error: standard output has the recommendation alone.
"""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.cli.progress import Display
    from zsc_wh.declare import Grid


def run_unlabelled(
    warehouse: Path,
    images: Path,
    encoders: Sequence[str],
    k: int | None,
    *,
    catalogs: Sequence[Path],
    agreed: bool,
) -> str:
    """Run the grid of some images unless it is done; return what they are called.

    Parameters
    ----------
    warehouse : Path
        Where results go.
    images : Path
        A folder or an archive.
    encoders : sequence of str
        Names and tags, empty for those of the shipped grid.
    k : int or None
        Number of clusters, for clusterers that need one.
    catalogs : sequence of Path
        Files with entries of the user's own.
    agreed : bool
        Whether the user said yes to any plan.

    Raises
    ------
    click.UsageError
        When there is something to run and nobody to be asked.
    click.exceptions.Abort, click.exceptions.Exit
        When the user does not want it, or stops it.
    ConfigError, DataError
        When the plan cannot be made.
    """
    from zsc_wh.cli.progress import Display
    from zsc_wh.declare import read_grids
    from zsc_wh.declare.unlabelled import unlabelled_grid
    from zsc_wh.errors import ConfigError
    from zsc_wh.extras import require_ingest

    require_ingest()
    made = unlabelled_grid(images, encoders, k)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "recommend.toml"
        file.write_text(made.text, encoding="utf-8")
        try:
            declared, _ = read_grids([str(file)], catalogs)
        except ConfigError as error:
            # nobody wrote the file; what can be wrong in it was asked for
            place = rf"{re.escape(str(file))}:\d+: \S+\.encoders(\[\d+\])?"
            what, where = (
                re.sub(place, "--encoders", each) for each in (error.what, error.where)
            )
            raise ConfigError(what, where=where, hint=error.hint) from error
    display = Display()
    click.get_current_context().call_on_close(display.clear)
    if not _is_done(warehouse, declared, display):
        _agree(agreed=agreed)
        _ingest(warehouse, declared, display)
    return made.dataset


def _is_done(warehouse: Path, declared: Sequence[Grid], display: Display) -> bool:
    """Show the plan and its forecasts; return whether nothing is left to run."""
    from zsc_wh.cli.fitting import with_units
    from zsc_wh.cli.forms import render
    from zsc_wh.engine.planned import overview, task_rows
    from zsc_wh.engine.preflight import check_plan
    from zsc_wh.engine.preview import preview
    from zsc_wh.warehouse import Warehouse
    from zsc_wh.work.missing import missing_text

    found = preview(declared, Warehouse(warehouse), reading=display.reading)
    plan = found.plan
    if len(plan.graph):
        display.say(overview(plan, found.changed))
        table = render(with_units(task_rows(plan)), "table")
        display.say(table.decode() if isinstance(table, bytes) else table.rstrip())
    check_plan(plan, found.missing)
    if found.missing:
        display.say(missing_text(found.missing))
    return not len(plan.graph)


def _agree(*, agreed: bool) -> None:
    if agreed:
        return
    if not sys.stdin.isatty():
        message = "Nobody can be asked here; add --yes to run this."
        raise click.UsageError(message)
    click.confirm("Run this?", abort=True, err=True)


def _ingest(warehouse: Path, declared: Sequence[Grid], display: Display) -> None:
    """Run what is left; a cell that fails costs itself alone."""
    from zsc_wh.engine.ingest import Options, ingest
    from zsc_wh.warehouse import Warehouse

    # A job scheduler says stop with SIGTERM; it means the same as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    summary = ingest(declared, Warehouse(warehouse), Options(), display)
    display.finish(summary, warehouse, None)
    if summary.interrupted:
        raise click.exceptions.Exit(130)
