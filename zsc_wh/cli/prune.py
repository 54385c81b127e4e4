"""Command ``prune``: free what nothing needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import rows_options

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

    Arrays that no cell, probe or map needs, with their rows; damaged files and shards
    that were set aside; leftovers of killed processes. No result is removed. Refused
    while an ingest is running or shards wait; load those kept elsewhere first.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.upkeep.pruning import find_useless
    from zsc_wh.upkeep.pruning import prune as free
    from zsc_wh.warehouse import Rows

    opened = zsc_wh.open(warehouse)
    found = find_useless(opened, complete=complete)
    if not (dry_run or found.is_empty):
        if not yes:
            size = f"{found.n_bytes / 2**20:.1f} MiB"
            click.confirm(f"Free {size}?", abort=True, err=True)
        found = free(opened, complete=complete)
    rows: list[tuple[object, ...]] = [
        (heap.kind, len(heap.paths), heap.n_bytes, heap.what) for heap in found.heaps
    ]
    types = ("VARCHAR", "INTEGER", "BIGINT", "VARCHAR")
    put(Rows(("kind", "files", "bytes", "what"), types, rows), fmt, output)
    click.echo(
        f"{found.n_bytes / 2**20:.1f} MiB and the rows of {len(found.rows)} arrays "
        + ("would be freed" if dry_run else "freed"),
        err=True,
    )
