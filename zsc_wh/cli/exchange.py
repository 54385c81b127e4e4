"""Commands that take results out and in: ``export``, ``import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import catalog_option
from zsc_wh.errors import ConfigError
from zsc_wh.words import counted, some

if TYPE_CHECKING:
    from zsc_wh.exchange import Imported


@click.command(epilog="Example: zscwh export backup")
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False)
)
@click.pass_obj
def export(warehouse: Path, folder: Path) -> None:
    """Write the warehouse as Parquet files.

    DIR, which must be new or empty, gets a file a table, a manifest with checksums and
    a data dictionary. The stored arrays stay in the store beside the warehouse.
    """
    import zsc_wh
    from zsc_wh.exchange import export

    dump = export(zsc_wh.open(warehouse), folder)
    click.echo(
        f"{folder}: {counted(sum(dump.rows.values()), 'row')} of "
        f"{counted(len(dump.rows), 'table')} written",
        err=True,
    )


@click.command("import", epilog="Example: zscwh --warehouse copy.duckdb import backup")
@click.argument(
    "sources",
    metavar="SOURCE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
)
@click.option(
    "--mapping",
    metavar="NAME|FILE",
    shell_complete=completing.mappings,
    help="What the columns mean: the shipped mapping `study`, or a .sql file.",
)
@click.option("--grid", help="Grid of the cells; by default the first SOURCE's name.")
@click.option(
    "--missing",
    type=click.Choice(["cross", "study"]),
    help="Declare cells without a run, too. cross: everything with everything; study: "
    "on every dataset what an encoder was run with on any.",
)
@catalog_option
@click.option("--skip-bad", is_flag=True, help="Leave out lines that cannot be read.")
@click.option("--dry-run", is_flag=True, help="Say what would come in, and stop.")
@click.pass_obj
def import_(
    warehouse: Path,
    sources: tuple[Path, ...],
    mapping: str | None,
    grid: str | None,
    missing: str | None,
    catalogs: tuple[Path, ...],
    *,
    skip_bad: bool,
    dry_run: bool,
) -> None:
    """Bring in an export, or runs tracked elsewhere.

    SOURCE is a folder that `export` wrote, or .csv, .jsonl or .parquet files of runs,
    read by a mapping into one grid. What the warehouse holds already stays as it is.
    """
    source = sources[0]
    if any(each.is_dir() for each in sources):
        if len(sources) > 1:
            raise ConfigError(
                what="an export is imported alone",
                where=", ".join(map(str, sources)),
                hint="Run the command once for each SOURCE.",
            )
        if mapping or grid or missing or catalogs or skip_bad or dry_run:
            raise ConfigError(
                what="an export is imported as it is",
                where=str(source),
                hint="The options are for files with runs tracked elsewhere.",
            )
        _restore(warehouse, source)
        return
    from zsc_wh.exchange import import_runs
    from zsc_wh.exchange.mapping import shipped_mappings
    from zsc_wh.warehouse import Warehouse

    if mapping is None:
        raise ConfigError(
            what="nothing says what the columns mean",
            where=str(source),
            hint=f"Add --mapping with one of {', '.join(shipped_mappings())}, or with "
            "a .sql file of your own in the same form.",
        )
    came = import_runs(
        Warehouse(warehouse),
        sources,
        mapping,
        grid=grid,
        missing=missing,
        catalogs=catalogs,
        skip_bad=skip_bad,
        dry_run=dry_run,
        on_wait=lambda line: click.echo(line, err=True),
    )
    for line in _lines(came, dry_run=dry_run):
        click.echo(line, err=True)


def _restore(warehouse: Path, folder: Path) -> None:
    from zsc_wh.exchange import restore
    from zsc_wh.warehouse import Warehouse

    tables = restore(
        Warehouse(warehouse), folder, on_wait=lambda line: click.echo(line, err=True)
    )
    for table in tables:
        if table.rows:
            click.echo(
                f"{table.table}: {counted(table.new, 'new row')}, "
                f"{table.rows - table.new} there already",
                err=True,
            )


def _lines(came: Imported, *, dry_run: bool) -> list[str]:
    """Return the result of an import, for people."""
    from zsc_wh.exchange.tracked import reasons

    lines = [f"left out, {reason}" for reason in reasons(came.bad)]
    if came.unknown:
        names = ", ".join(f"'{column}'" for column in came.unknown)
        lines.append(f"unmapped columns: {names}")
    if came.absent:
        lines.append(f"mapped, but in no file: {some(came.absent)}")
    if came.ignored:
        columns = counted(came.ignored, "column")
        lines.append(f"{columns} ignored by the mapping")
    if came.strange:
        names = some(came.strange)
        lines.append(f"names that neither warehouse nor catalog knew: {names}")
    if came.unused:
        lines.append(
            f"{counted(came.unused, 'line is no run', 'lines are no runs')} by the "
            "mapping"
        )
    if came.missing:
        cells = counted(came.missing, "cell")
        lines.append(f"{cells} declared without a run")
    if came.several:
        lines.append(
            f"{counted(came.several, 'cell has', 'cells have')} several runs; scores "
            "are their medians"
        )
    if came.superseded:
        kept = ", ".join(came.superseded)
        lines.append(f"declared anew; what was meant before is kept as {kept}")
    new = ", ".join(f"{count} {table}" for table, count in came.new.items())
    again = counted(came.repeated, "run repeats", "runs repeat")
    repeated = f" ({again} another)" if came.repeated else ""
    return [
        *lines,
        f"grid {came.grid}: {counted(came.runs, 'run')}{repeated} of "
        f"{counted(came.cells, 'cell')}; "
        f"{'would be ' if dry_run else ''}new rows: {new or 'none'}",
    ]
