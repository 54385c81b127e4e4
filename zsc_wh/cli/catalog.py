"""Command ``catalog``: what can be named in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import catalog_option, data_option, rows_options

if TYPE_CHECKING:
    from pathlib import Path

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
    help="Of datasets: say what is on the disk, where it was looked for and where to "
    "get it. No image is read.",
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
    from zsc_wh.cli.listing import data_rows, entry_rows, grid_rows, recipe_rows
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog

    if check:
        if kind != "datasets":
            message = f"--check looks at datasets, not at {kind}."
            raise click.UsageError(message)
        put(data_rows(read_catalog(catalogs)), fmt, output)
    elif kind == "grids":
        put(grid_rows(), fmt, output)
    elif kind == "recipes":
        put(recipe_rows(read_catalog(catalogs)), fmt, output)
    else:
        put(entry_rows(read_catalog(catalogs), kind), fmt, output)
