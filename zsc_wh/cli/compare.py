"""Command ``compare``: two warehouses, grids or seeds, cell by cell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import rows_options

if TYPE_CHECKING:
    from zsc_wh.results.comparing import Compared, Side
    from zsc_wh.warehouse import Rows

_TEXTS = ("encoder", "dataset", "reducer", "clusterer", "level", "dtype")


@click.command(epilog="Example: zscwh compare zscwh.duckdb copy.duckdb --metric ami")
@click.argument("a")
@click.argument("b")
@click.option(
    "-p",
    "--metric",
    default="ami",
    show_default=True,
    help="The score to compare, by its name in `zscwh catalog scores`.",
)
@rows_options
@click.pass_obj
def compare(
    warehouse: Path, a: str, b: str, metric: str, fmt: str, output: Path | None
) -> None:
    """Show what differs between A and B, and what is within seed noise.

    Each is a warehouse file, grid:NAME or seed:N. A side is the mean over its seeds.
    within_noise says that the difference is no larger than what seeds alone stay below
    in 95 of 100 cases (Student's t). noise_from says whose seeds told: those of the
    cell, else of its recipe (reducer and clusterer), else of its clusterer.
    """
    from zsc_wh.cli.output import put
    from zsc_wh.results import comparing

    found = comparing.compare(_side(a, warehouse), _side(b, warehouse), metric)
    put(_rows(found), fmt, output)
    click.echo(_summary(found), err=True)


def _side(text: str, warehouse: Path) -> Side:
    import zsc_wh
    from zsc_wh.results.comparing import Side

    kind, _, value = text.partition(":")
    if kind == "grid":
        return Side(zsc_wh.open(warehouse), grid=value)
    if kind == "seed":
        if not value.isdecimal():
            fault = f"'{value}' is no seed; write it like seed:1"
            raise click.BadParameter(fault)
        return Side(zsc_wh.open(warehouse), seed=int(value))
    return Side(zsc_wh.open(Path(text)))


def _rows(found: list[Compared]) -> Rows:
    from zsc_wh.warehouse import Rows

    rows: list[tuple[object, ...]] = [
        (
            *row.names,
            row.a,
            row.b,
            row.difference,
            row.noise_sd,
            row.n_a,
            row.n_b,
            row.within_noise,
            row.noise_from,
        )
        for row in found
    ]
    numbers = ("a", "b", "difference", "noise_sd")
    return Rows(
        (*_TEXTS, *numbers, "n_a", "n_b", "within_noise", "noise_from"),
        (
            *("VARCHAR",) * len(_TEXTS),
            *("DOUBLE",) * len(numbers),
            "INTEGER",
            "INTEGER",
            "BOOLEAN",
            "VARCHAR",
        ),
        rows,
    )


def _summary(found: list[Compared]) -> str:
    both = [row for row in found if row.difference is not None]
    verdicts = Counter(row.within_noise for row in both)
    lines = [
        f"{len(both)} cells compared: {verdicts[True]} within seed noise, "
        f"{verdicts[False]} beyond, {verdicts[None]} without seeds to tell it; "
        f"{len(found) - len(both)} on one side only or without a score"
    ]
    if verdicts[False]:
        tested = verdicts[True] + verdicts[False]
        lines.append(f"by chance alone about {tested / 20:.1f} would be beyond")
    if redeclared := sum(row.redeclared for row in both):
        lines.append(f"{redeclared} of them are declared differently on the two sides")
    return "\n".join(lines)
