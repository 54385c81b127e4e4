"""Command ``catalog``: what can be named in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import (
    catalog_option,
    data_option,
    is_asked_for,
    kept,
    query_options,
    rows_options,
)

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
@click.option(
    "--from-query",
    metavar="QUERY",
    shell_complete=completing.queries,
    help="Of recipes: write those that a named query selects from the warehouse as a "
    "TOML file for --catalog.",
)
@query_options
@rows_options
@click.pass_obj
def catalog(
    warehouse: Path,
    /,
    kind: str,
    catalogs: tuple[Path, ...],
    check: bool,
    from_query: str | None,
    params: dict[str, str],
    folders: tuple[Path, ...],
    fmt: str,
    output: Path | None,
) -> None:
    """List what can be named in a grid.

    Published datasets are looked for below the folders that $ZSCWH_DATA or --data
    names. A query of --from-query returns the columns recipe, encoder, slot, reducer
    and clusterer; a file that exists is not replaced.
    """
    from zsc_wh.cli.listing import entry_rows, grid_rows, recipe_rows
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog

    if from_query is not None:
        if kind != "recipes" or check:
            message = "--from-query goes with recipes, and without --check."
            raise click.UsageError(message)
        if is_asked_for("fmt") or kept("columns"):
            message = "--from-query writes TOML; leave --format and --columns out."
            raise click.UsageError(message)
        _write_recipes(warehouse, from_query, params, folders, catalogs, output)
    elif params or folders:
        message = "--param and --queries go with --from-query."
        raise click.UsageError(message)
    elif check:
        put(_checked(kind, catalogs), fmt, output)
    elif kind == "grids":
        put(grid_rows(catalogs), fmt, output)
    elif kind == "recipes":
        put(recipe_rows(read_catalog(catalogs)), fmt, output)
    else:
        put(entry_rows(read_catalog(catalogs), kind), fmt, output)


def _write_recipes(
    warehouse: Path,
    query: str,
    params: dict[str, str],
    folders: tuple[Path, ...],
    catalogs: tuple[Path, ...],
    output: Path | None,
) -> None:
    """Write the recipes that a query selects, to a new file or to standard output."""
    import zsc_wh
    from zsc_wh.cli.standard import print_out
    from zsc_wh.cli.writing import write_file
    from zsc_wh.results.recipe_file import recipe_file
    from zsc_wh.work.provenance import now

    opened = zsc_wh.open(warehouse)
    text = recipe_file(opened, query, params, folders, catalogs, now())
    if output is None:
        print_out(text)
    else:
        write_file(output, text, new=True)


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
