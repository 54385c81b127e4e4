"""Commands that keep a warehouse: ``init``, ``load``, ``status``, ``forget``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import rows_options
from zsc_wh.errors import ConfigError, LoadError
from zsc_wh.records import RUN_STATUSES, Status
from zsc_wh.words import counted, format_bytes, plural, some, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zsc_wh.cli.options import F
    from zsc_wh.results.failed_tasks import Failed
    from zsc_wh.warehouse import Warehouse


@click.command(epilog="Example: zscwh init")
@click.pass_obj
def init(warehouse: Path) -> None:
    """Make a warehouse, or update an old one."""
    from zsc_wh.warehouse import Warehouse

    existed = warehouse.exists()
    Warehouse(warehouse).create()
    click.echo(f"{warehouse} {'is ready' if existed else 'made'}", err=True)


@click.command(epilog="Example: zscwh load shards/")
@click.argument(
    "folders",
    nargs=-1,
    metavar="[DIR]...",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.pass_obj
def load(warehouse: Path, folders: tuple[Path, ...]) -> None:
    """Load shards made elsewhere.

    Without DIR, those left in the inbox are loaded.
    """
    from zsc_wh.warehouse import Warehouse

    target = Warehouse(warehouse)
    target.create()
    bad = []
    for folder in folders or (None,):
        report = target.load(folder, on_wait=lambda line: click.echo(line, err=True))
        bad += report.bad
        click.echo(
            f"{folder or target.inbox}: {counted(report.shards, 'shard')} loaded with "
            f"{counted(report.rows, 'new row')}, {report.known} known before",
            err=True,
        )
        for line in report.left_out_lines:
            click.echo(line, err=True)
    if bad:
        raise LoadError(
            what="\n  ".join(
                [
                    f"{counted(len(bad), 'shard')} not loaded",
                    *(f"{p}: {why}" for p, why in bad),
                ]
            )
        )


@click.command(epilog="Example: zscwh status")
@click.option(
    "--grid",
    metavar="LABEL",
    shell_complete=completing.named("grid"),
    help="Only this grid; NAME@1: as it was before.",
)
@rows_options
@click.pass_obj
def status(warehouse: Path, grid: str | None, fmt: str, output: Path | None) -> None:
    """Show what is done, what failed, what could not be read and what is running.

    The rows are the coverage of each grid as it is declared now; the rest goes to
    standard error. What was blocked by a fault of a declaration, of files or of the
    machine is tried again by the next ingest.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.engine.heartbeat import running_ingests
    from zsc_wh.results.failed_tasks import failed_tasks
    from zsc_wh.shards import list_shards
    from zsc_wh.store import Store

    opened = zsc_wh.open(warehouse)
    put(opened.run_query("coverage", {"grid": grid}), fmt, output)
    for reason, count in opened.run_query("failure_reasons", {"grid": grid}).rows:
        click.echo(f"{counted(count, 'cell')}: {reason}", err=True)
    for line in _failures(failed_tasks(opened, grid)):
        click.echo(line, err=True)
    for line in _samples_left_out(opened, grid):
        click.echo(line, err=True)
    for beat in running_ingests(opened.inbox):
        elapsed = word("wall_s", round(time.time() - beat.started_at))
        click.echo(
            f"running: {', '.join(beat.grids)} on {beat.host} (process {beat.pid}) for "
            f"{elapsed}, {beat.done} of {counted(beat.total, 'task')} done, "
            f"{beat.failed} failed; now {'; '.join(beat.running) or 'nothing'}",
            err=True,
        )
    waiting = len(list_shards(opened.inbox))
    arrays, size = Store(opened.store_path).size()
    click.echo(
        f"{warehouse}: {format_bytes(warehouse.stat().st_size)}; store: "
        f"{counted(arrays, 'array')}, {format_bytes(size)}; inbox: "
        f"{counted(waiting, 'shard')} to load",
        err=True,
    )


def _failures(tasks: Iterable[Failed]) -> Iterator[str]:
    """Yield a line for every probe that waits for a retry, and for what is blocked.

    What else failed has left a run, and is told by its cells.
    """
    blocked = []
    for stage, subject, status, reason in tasks:
        if status == Status.BLOCKED:
            blocked.append(f"blocked: {stage} {subject}: {reason}")
        elif stage == "probe":
            yield f"probe {subject}: {status}: {reason}"
    yield from blocked


def _samples_left_out(opened: Warehouse, grid: str | None) -> Iterator[str]:
    """Yield a line for every reason why samples could not be read, and for no images.

    Names are cut short: features that know no sample of a folder would fill screens.
    """
    unreadable: dict[tuple[str, str], list[str]] = {}
    for dataset, index, sample_id, reason, *_ in opened.run_query(
        "unreadable", {"grid": grid}
    ).rows:
        name = f"sample {index}" if sample_id is None else sample_id
        unreadable.setdefault((dataset, reason), []).append(name)
    for (dataset, reason), names in unreadable.items():
        yield f"unreadable in {dataset}: {_cut(names, 'unreadable')}: {reason}"
    ignored: dict[str, list[str]] = {}
    for dataset, path in opened.run_query("ignored", {"grid": grid}).rows:
        ignored.setdefault(dataset, []).append(path)
    for dataset, names in ignored.items():
        yield f"no image in {dataset}: {_cut(names, 'ignored')}"


def _cut(names: list[str], query: str) -> str:
    """Return the first names, and which query lists the others."""
    shown = some(names)
    return shown if shown == ", ".join(names) else f"{shown} (`zscwh query {query}`)"


def _label(kind: str, text: str) -> Callable[[F], F]:
    """Return the option of ``forget`` that takes names of a kind."""
    return click.option(
        f"--{kind}",
        multiple=True,
        metavar="LABEL",
        shell_complete=completing.named(kind),
        help=text,
    )


@click.command(epilog="Example: zscwh forget --status failed --dry-run")
@click.option(
    "--cell",
    multiple=True,
    metavar="CELL",
    shell_complete=completing.cells,
    help="This cell: its key, the beginning of it, or its path of names.",
)
@_label("grid", "Cells that this grid wants.")
@_label("encoder", "Cells of this encoder.")
@_label("dataset", "Cells of this dataset.")
@_label("reducer", "Cells of this reducer.")
@_label("clusterer", "Cells of this clusterer.")
@click.option(
    "--seed",
    multiple=True,
    type=int,
    shell_complete=completing.named("seed"),
    help="Cells of this seed.",
)
@click.option(
    "--status",
    multiple=True,
    type=click.Choice(RUN_STATUSES),
    help="Cells that a run left in this status.",
)
@click.option("--arrays", is_flag=True, help="Free their stored arrays too.")
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(
    warehouse: Path,
    /,
    arrays: bool,
    dry_run: bool,
    yes: bool,
    **criteria: Any,
) -> None:
    """Reopen cells, so that they are run again.

    Their runs, assignments and scores are removed. The cells stay declared, and the
    next ingest runs them again. All criteria given must hold; of one that is given
    several times, one value has to: --encoder a --encoder b.

    CELL is a key or the beginning of one, or ENCODER/DATASET/REDUCER/CLUSTERER, with
    /SEED where there are several.

    A LABEL is a name, or NAME@1 for what the name meant before. Without a grid and a
    version, cells that only earlier declarations want are left alone. Asked for by a
    version, a cell that goes by other names too keeps its runs; it loses the scores
    against labels that only the version has. `zscwh prune` then frees what is left of
    the version.
    """
    import zsc_wh
    from zsc_wh.upkeep.criteria import asked as asked_for
    from zsc_wh.upkeep.forgetting import find_forgettable
    from zsc_wh.upkeep.forgetting import forget as forget_cells

    if not any(criteria.values()):
        raise ConfigError(
            what="nothing says which cells to forget",
            hint="Give at least one of --cell, --grid, --encoder, --dataset, "
            "--reducer, --clusterer, --seed, --status.",
        )
    opened = zsc_wh.open(warehouse)
    asked = asked_for(opened, criteria)
    found = find_forgettable(opened, asked)
    wanted = ", ".join(
        f"{name} {' or '.join(map(str, values))}"
        for name, values in criteria.items()
        if values
    )
    matching = found.reopened + found.kept
    click.echo(
        f"{counted(matching, 'cell has', 'cells have')} runs that match: {wanted}",
        err=True,
    )
    if found.kept:
        click.echo(
            f"{found.kept} of them {plural(found.kept, 'goes', 'go')} by other names "
            f"too and {plural(found.kept, 'keeps its', 'keep their')} runs; "
            f"{counted(found.scores, 'score is', 'scores are')} against labels that no "
            "other name has",
            err=True,
        )
    if found.unasked:
        click.echo(
            f"{found.unasked} more {plural(found.unasked, 'matches', 'match')} that "
            "only earlier declarations want; ask by a version of a name, or by --grid",
            err=True,
        )
    if dry_run or not (found.reopened or found.scores or found.withdrawn):
        return
    if not yes:
        click.confirm("Forget them?", abort=True, err=True)
    forgotten = forget_cells(
        opened,
        asked,
        arrays=arrays,
        on_wait=lambda line: click.echo(line, err=True),
    )
    click.echo(
        f"{counted(forgotten.runs, 'run')} of {counted(found.reopened, 'cell')} and "
        f"{counted(forgotten.scores, 'other score')} forgotten; "
        f"{counted(forgotten.arrays, 'array')} freed "
        f"({format_bytes(forgotten.freed_bytes)})",
        err=True,
    )
