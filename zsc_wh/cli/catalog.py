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

    from zsc_wh.declare import Catalog
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


@click.command(epilog="Example: zscwh catalog encoders @study --check")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument(
    "names",
    nargs=-1,
    metavar="[NAME|@TAG]...",
    shell_complete=completing.entries,
)
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
    names: tuple[str, ...],
    catalogs: tuple[Path, ...],
    check: bool,
    from_query: str | None,
    params: dict[str, str],
    folders: tuple[Path, ...],
    fmt: str,
    output: Path | None,
) -> None:
    """List what can be named in a grid.

    All of a kind, or only the entries that are named or have a tag. Published datasets
    are looked for below the folders that $ZSCWH_DATA or --data names. A query of
    --from-query returns the columns recipe, encoder, slot, reducer and clusterer; a
    file that exists is not replaced.
    """
    from zsc_wh.cli.listing import entry_rows, grid_rows, recipe_rows
    from zsc_wh.cli.output import put
    from zsc_wh.declare import read_catalog

    if from_query is not None:
        if kind != "recipes" or check or names:
            message = "--from-query goes with recipes, without names and --check."
            raise click.UsageError(message)
        if is_asked_for("fmt") or kept("columns"):
            message = "--from-query writes TOML; leave --format and --columns out."
            raise click.UsageError(message)
        _write_recipes(warehouse, from_query, params, folders, catalogs, output)
        return
    if params or folders:
        message = "--param and --queries go with --from-query."
        raise click.UsageError(message)
    if kind == "grids":
        if names or check:
            message = "grids have neither tags nor --check, and all are listed."
            raise click.UsageError(message)
        put(grid_rows(catalogs), fmt, output)
        return
    chosen = _chosen(read_catalog(catalogs), kind, names)
    if check:
        put(_checked(kind, chosen), fmt, output)
    elif kind == "recipes":
        put(recipe_rows(chosen), fmt, output)
    else:
        put(entry_rows(chosen, kind), fmt, output)


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


def _chosen(whole: Catalog, kind: str, names: tuple[str, ...]) -> Catalog:
    """Return a catalog with the entries of a kind that are named; all without names."""
    from dataclasses import replace

    from zsc_wh.declare import select
    from zsc_wh.errors import ConfigError

    if not names:
        return whole
    entries, faults = select(whole, names, kind.removesuffix("s"))
    if faults:
        raise ConfigError(
            what="; ".join(faults.values()),
            hint=f"See `zscwh catalog {kind}`.",
        )
    return replace(whole, **{kind: entries})


def _checked(kind: str, catalog: Catalog) -> Rows:
    """Return what is here of the entries of a kind."""
    from zsc_wh.cli.listing import data_rows
    from zsc_wh.cli.progress import Display
    from zsc_wh.cli.weights_check import check_weights

    checks = {"encoders": check_weights, "datasets": data_rows}
    if kind not in checks:
        message = f"--check goes with {' or '.join(checks)}, not with {kind}."
        raise click.UsageError(message)
    display = Display()
    try:
        return checks[kind](catalog, display.checking)
    finally:
        display.clear()
