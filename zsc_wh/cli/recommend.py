"""Command ``recommend``: what to choose for images without labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import catalog_option, is_asked_for, kept, rows_options

if TYPE_CHECKING:
    from zsc_wh.warehouse import Rows

SHOWN = (
    "rank",
    "encoder",
    "reducer",
    "clusterer",
    "verdict",
    "expected_loss",
    "loss_low",
    "loss_high",
    "silhouette",
    "consensus",
    "stability",
    "n_clusters",
    "flaw",
)
"""Columns of the table, where they have a value; the other forms have all of them."""


@click.command(epilog="Example: zscwh recommend digits")
@click.argument(
    "dataset", metavar="DATASET|FOLDER", shell_complete=completing.named("dataset")
)
@click.option(
    "--encoders",
    "encoders",
    multiple=True,
    metavar="NAME|@TAG",
    help="Encoders to try on a folder; can be given several times. Default: @baseline, "
    "which needs no download.",
)
@click.option(
    "--clusters",
    "k",
    type=click.IntRange(min=2),
    metavar="K",
    help="Number of clusters; without it clusterers that need one do not run.",
)
@catalog_option
@click.option("-y", "--yes", is_flag=True, help="Run the plan of a folder, do not ask.")
@click.option(
    "--grid",
    metavar="LABEL",
    shell_complete=completing.named("grid"),
    help="Only cells of this grid; NAME@1: as it was before.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="Print at most N recipes.",
)
@rows_options
@click.pass_obj
def recommend(
    warehouse: Path,
    dataset: str,
    encoders: tuple[str, ...],
    k: int | None,
    catalogs: tuple[Path, ...],
    yes: bool,
    grid: str | None,
    limit: int,
    fmt: str,
    output: Path | None,
) -> None:
    """Rank encoders, reducers and clusterers for images without labels.

    First comes what has clear clusters that the others find, too: a high silhouette
    times a high consensus. What that is likely to lose against the best recipe, in AMI,
    is learnt from the labelled datasets of the warehouse that are most like this one,
    and standard error says on how many it rests. Each recipe has a verdict: trust, weak
    or do not trust.

    DATASET is one of the warehouse; its labels are not looked at. For a FOLDER of
    images, or an archive, the plan of the shipped grid `recommend` is shown first, and
    run when you agree.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.cli.unlabelled import run_unlabelled
    from zsc_wh.errors import DataError

    images = Path(dataset)
    is_to_run = bool(encoders or k or yes)  # a known dataset may have its folder here
    if images.exists() and (is_to_run or not _is_known(warehouse, dataset)):
        dataset = run_unlabelled(
            warehouse, images, encoders, k, catalogs=catalogs, agreed=yes
        )
    elif is_to_run:
        message = f"There is no folder {dataset} to run --encoders or --clusters on."
        raise click.UsageError(message)
    opened = zsc_wh.open(warehouse)
    opened.require_known("dataset", [dataset], "recommend")
    asked = {"datasets": [dataset], "grid": grid}
    found = opened.run_query("recommendations", asked)
    if not found.rows:
        within = f" in the grid '{grid}'" if grid else ""
        raise DataError(
            what=f"the dataset '{dataset}' has no clustering{within} to rank",
            where=str(warehouse),
            hint="Run a grid with several encoders, reducers and clusterers on it.",
        )
    _say(found, dataset)
    put(_cut(found, limit, fmt), fmt, output)


def _is_known(warehouse: Path, dataset: str) -> bool:
    """Whether the warehouse, which may not be there yet, has a dataset of this name."""
    import zsc_wh

    if not warehouse.exists():
        return False
    asked = "select count(*) from known_name where kind = 'dataset' and name = $name"
    return bool(zsc_wh.open(warehouse).read(asked, {"name": dataset}).rows[0][0])


def _cut(found: Rows, limit: int, fmt: str) -> Rows:
    """Return the first rows, as a table without what few ask for or nobody knows."""
    from dataclasses import replace

    rows = replace(found, rows=found.rows[:limit])
    if fmt != "table" or kept("columns") or is_asked_for("output"):
        return rows
    places = [
        i
        for i in map(rows.columns.index, SHOWN)
        if any(row[i] is not None for row in rows.rows)
    ]
    return replace(
        rows,
        columns=tuple(rows.columns[i] for i in places),
        types=tuple(rows.types[i] for i in places),
        rows=[tuple(row[i] for i in places) for row in rows.rows],
    )


def _say(found: Rows, dataset: str) -> None:
    """Say of the dataset as a whole how far to trust the order, and why."""
    from zsc_wh.words import counted

    first = dict(zip(found.columns, found.rows[0], strict=True))
    n = len(found.rows)
    click.echo(
        f"{dataset}: {first['dataset_verdict']}; {counted(n, 'recipe')} ranked\n"
        f"  {first['reason']}",
        err=True,
    )
