"""Command ``compare``: two warehouses, grids, seeds or names, cell by cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import rows_options
from zsc_wh.words import counted, plural

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.results.comparing import Compared


@click.command(epilog="Example: zscwh compare zscwh.duckdb copy.duckdb --metric ami")
@click.argument("a", shell_complete=completing.sides)
@click.argument("b", shell_complete=completing.sides)
@click.option(
    "-p",
    "--metric",
    default="ami",
    shell_complete=completing.named("score"),
    show_default=True,
    help="The score to compare, by its name in `zscwh catalog scores`.",
)
@rows_options
@click.pass_obj
def compare(
    warehouse: Path, a: str, b: str, metric: str, fmt: str, output: Path | None
) -> None:
    """Show what differs between A and B, and what is within seed noise.

    Each is a warehouse file, grid:NAME (grid:NAME@1: as it was before) or seed:N; or
    both are encoders, datasets, reducers or clusterers: encoder:pixels encoder:resnet18
    compares these two wherever all else has one name. photos@1 photos compares what
    photos meant first with what it means now; where two kinds have the name, write
    dataset:photos@1 dataset:photos. A file of such a name is ./photos@1. A side is the
    mean over its seeds.

    within_noise says that the difference is no larger than what seeds alone stay below
    in 95 of 100 cases (Student's t). noise_from says whose seeds told: those of the
    cell, else of its recipe (reducer and clusterer), else of its clusterer.
    """
    from zsc_wh.cli.output import put
    from zsc_wh.results import comparing, sides_asked

    found = comparing.compare(*sides_asked.sides(a, b, warehouse), metric)
    put(comparing.as_rows(found), fmt, output)
    click.echo(_summary(found), err=True)


def _summary(found: list[Compared]) -> str:
    both = [row for row in found if row.difference is not None]
    verdicts = Counter(row.within_noise for row in both)
    lines = [
        f"{counted(len(both), 'cell')} compared: {verdicts[True]} within seed noise, "
        f"{verdicts[False]} beyond, {verdicts[None]} without seeds to tell it; "
        f"{len(found) - len(both)} on one side only or without a score"
    ]
    if verdicts[False]:
        tested = verdicts[True] + verdicts[False]
        lines.append(f"by chance alone about {tested / 20:.1f} would be beyond")
    if redeclared := sum(row.redeclared for row in both):
        are = plural(redeclared, "is", "are")
        lines.append(
            f"{redeclared} of them {are} declared differently on the two sides"
        )
    return "\n".join(lines)
