"""Command ``migrate``: bring a warehouse to the current schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli.options import rows_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: zscwh migrate --list")
@click.option("--list", "listing", is_flag=True, help="Only show what is pending.")
@rows_options
@click.pass_obj
def migrate(warehouse: Path, listing: bool, fmt: str, output: Path | None) -> None:
    """Bring a warehouse to the current schema.

    Each step is applied whole or not at all. The rows are all known steps. A warehouse
    made before names had versions is refused: ingest into a new file instead.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.warehouse import Rows
    from zsc_wh.warehouse.schema import known_migrations

    opened = zsc_wh.open(warehouse)
    now = () if listing else opened.migrate()
    pending = opened.pending()
    rows: list[tuple[object, ...]] = []
    for migration in known_migrations():
        name, state = migration.statement.name, "applied"
        if name in now:
            state = "applied now"
        elif name in pending:
            state = "pending"
        rows.append((name, state, migration.statement.doc))
    put(Rows(("migration", "state", "what"), ("VARCHAR",) * 3, rows), fmt, output)
    message = "nothing to do, the schema is current"
    if now or pending:
        done = f"{len(now)} applied, " if not listing else ""
        message = f"{done}{len(pending)} pending"
    click.echo(f"{warehouse}: {message}", err=True)
