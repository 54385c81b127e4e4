"""Command ``doctor``: what is here, what is missing, and how to mend it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import catalog_option, data_option, rows_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: zscwh doctor")
@catalog_option
@data_option
@rows_options
@click.pass_obj
def doctor(
    warehouse: Path, catalogs: tuple[Path, ...], fmt: str, output: Path | None
) -> None:
    """Look at packages, machine, warehouse, data and weights.

    Nothing is written and nothing is downloaded. $ZSCWH_DATA names the folder of the
    shipped datasets, $ZSCWH_WEIGHTS folders of published weights, ENCODER.pth (.pt,
    .bin, .safetensors). Exit code 1 means that there is a
    problem; a note is good to know, or missing and not always needed.
    """
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog
    from zsc_wh.upkeep.doctor import Finding, State, findings
    from zsc_wh.warehouse import Rows

    found = list(findings(warehouse, read_catalog(catalogs)))
    put(Rows(Finding._fields, ("VARCHAR",) * 5, [*found]), fmt, output)
    counts = Counter(finding.state for finding in found)
    click.echo(
        f"{counts[State.OK]} ok, {counts[State.NOTE]} notes, "
        f"{counts[State.PROBLEM]} problems",
        err=True,
    )
    if counts[State.PROBLEM]:
        raise click.exceptions.Exit(1)
