"""Command ``catalog``: what can be named in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import catalog_option, rows_options

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
@rows_options
def catalog(
    kind: str, catalogs: tuple[Path, ...], fmt: str, output: Path | None
) -> None:
    """List what can be named in a grid."""
    from zsc_wh.cli.listing import entry_rows, grid_rows, recipe_rows
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog

    if kind == "grids":
        put(grid_rows(), fmt, output)
    elif kind == "recipes":
        put(recipe_rows(read_catalog(catalogs)), fmt, output)
    else:
        put(entry_rows(read_catalog(catalogs), kind), fmt, output)
