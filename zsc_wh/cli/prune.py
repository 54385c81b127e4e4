"""Command ``prune``: free what nothing needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import rows_options
from zsc_wh.words import counted, format_bytes, plural

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: zscwh prune --dry-run")
@click.option(
    "--complete",
    is_flag=True,
    help="Free the arrays of complete cells too; they are made again where needed.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be freed, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@rows_options
@click.pass_obj
def prune(
    warehouse: Path,
    complete: bool,
    dry_run: bool,
    yes: bool,
    fmt: str,
    output: Path | None,
) -> None:
    """Free what nothing needs.

    Arrays that no cell, probe or map needs; what grids declared and names meant before,
    as far as no cell has a result there, with labels and scores that nothing refers to
    any more; damaged files and shards that were set aside; leftovers of killed
    processes. No result is removed; forget does that. The versions that remain of a
    name or a grid are numbered anew: photos@2 can become photos@1. Refused while an
    ingest is running or shards wait; load those kept elsewhere first.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.upkeep.pruning import find_useless
    from zsc_wh.upkeep.pruning import prune as free
    from zsc_wh.warehouse import Rows

    opened = zsc_wh.open(warehouse)
    found = find_useless(opened, complete=complete)
    what = f"{format_bytes(found.n_bytes)} and {counted(found.n_rows, 'row')}"
    if not (dry_run or found.is_empty):
        if not yes:
            click.confirm(f"Free {what}?", abort=True, err=True)
        found = free(
            opened,
            complete=complete,
            on_wait=lambda line: click.echo(line, err=True),
        )
    rows: list[tuple[object, ...]] = [
        (heap.kind, len(heap.paths), heap.n_bytes, heap.n_rows, heap.what)
        for heap in found.heaps
    ]
    types = ("VARCHAR", "INTEGER", "BIGINT", "INTEGER", "VARCHAR")
    put(Rows(("kind", "files", "bytes", "rows", "what"), types, rows), fmt, output)
    for path, count in found.kept.items():
        click.echo(
            f"{counted(count, 'array stays', 'arrays stay')}: {path} has the same "
            f"store and needs {plural(count, 'it', 'them')}",
            err=True,
        )
    what = f"{format_bytes(found.n_bytes)} and {counted(found.n_rows, 'row')}"
    click.echo(f"{what} {'would be freed' if dry_run else 'freed'}", err=True)
