"""Command ``catalog``: what can be named in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import catalog_option, data_option, rows_options

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Rows

KINDS = (
    "encoders",
    "datasets",
    "reducers",
    "clusterers",
    "scores",
    "probes",
    "recipes",
    "grids",
)


@click.command(epilog="Example: zscwh catalog encoders")
@click.argument("kind", type=click.Choice(KINDS))
@catalog_option
@data_option
@click.option(
    "--check",
    is_flag=True,
    help="Of encoders and datasets: say what is on this disk, what would be "
    "downloaded, and where to get the rest. No image is read, no server asked.",
)
@rows_options
def catalog(
    kind: str,
    catalogs: tuple[Path, ...],
    check: bool,
    fmt: str,
    output: Path | None,
) -> None:
    """List what can be named in a grid.

    Published datasets are looked for below the folders that $ZSCWH_DATA or --data
    names.
    """
    from zsc_wh.cli.listing import entry_rows, grid_rows, recipe_rows
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog

    if check:
        put(_checked(kind, catalogs), fmt, output)
    elif kind == "grids":
        put(grid_rows(), fmt, output)
    elif kind == "recipes":
        put(recipe_rows(read_catalog(catalogs)), fmt, output)
    else:
        put(entry_rows(read_catalog(catalogs), kind), fmt, output)


def _checked(kind: str, catalogs: tuple[Path, ...]) -> Rows:
    """Return what is here of the entries of a kind."""
    from zsc_wh.cli.listing import data_rows
    from zsc_wh.cli.weights_check import check_weights
    from zsc_wh.declare import read_catalog

    checks = {"encoders": check_weights, "datasets": data_rows}
    if kind not in checks:
        message = f"--check goes with {' or '.join(checks)}, not with {kind}."
        raise click.UsageError(message)
    return checks[kind](read_catalog(catalogs))
