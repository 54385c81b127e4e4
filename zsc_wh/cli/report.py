"""Command ``report``: one page out of a warehouse."""

from __future__ import annotations

from pathlib import Path

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import queries_option
from zsc_wh.words import format_bytes


@click.command(epilog="Example: zscwh report -o report.html")
@click.argument("name", default="overview", shell_complete=completing.reports)
@click.argument("about", nargs=-1, shell_complete=completing.about)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--grid",
    metavar="LABEL",
    shell_complete=completing.named("grid"),
    help="Only cells of this grid; NAME@1: as it was before.",
)
@click.option("--title", metavar="TEXT", help="Title of the page.")
@queries_option
@click.pass_obj
def report(
    warehouse: Path,
    name: str,
    about: tuple[str, ...],
    output: Path,
    grid: str | None,
    title: str | None,
    folders: tuple[Path, ...],
) -> None:
    """Write an HTML page that works offline.

    NAME is a shipped report or a TOML file of your own. Some are about one thing, named
    next: `encoder resnet50`, `dataset digits`, `cell KEY`, or two, `compare A B`: sides
    as `zscwh compare` takes them, or two cells.
    """
    from zsc_wh.extras import require_report

    require_report()
    import zsc_wh
    from zsc_wh.cli.writing import write_file
    from zsc_wh.report import build

    if name == "compare" and about and Path(about[0]).is_file():
        # two files need no warehouse beside them
        warehouse = warehouse if warehouse.exists() else Path(about[0])
    opened = zsc_wh.open(warehouse)
    page = build(opened, name, about, grid=grid, folders=folders, title=title).encode()
    write_file(output, page)
    click.echo(f"{output} written ({format_bytes(len(page))})", err=True)
