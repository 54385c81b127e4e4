"""Command ``explain``: from a number back to how it was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import rows_options
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from zsc_wh.results.lookup import DeclaredIn


@click.command(epilog="Example: zscwh explain pixels/digits/none/kmeans")
@click.argument("cell", shell_complete=completing.cells)
@click.option(
    "--grid",
    "grid_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the grid that declares it to this new file, as it was where only an "
    "earlier declaration does. Paths in it start from the folder that it had.",
)
@rows_options
@click.pass_obj
def explain(
    warehouse: Path, cell: str, grid_file: Path | None, fmt: str, output: Path | None
) -> None:
    """Say where the numbers of a cell come from.

    Its scores, inputs, parameters, versions, machine, cost, and the command that makes
    it again. CELL is the key of a cell or the beginning of it, or
    ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED where there are several. A name is
    what it means now; photos@1 is what photos meant before.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.results import explaining
    from zsc_wh.warehouse import Rows

    opened = zsc_wh.open(warehouse)
    key = opened.cell_key(cell, closed=False)
    facts: list[tuple[object, ...]] = [*explaining.explain(opened, key, cell)]
    put(Rows(("part", "name", "value"), ("VARCHAR",) * 3, facts), fmt, output)
    if grid_file is not None:
        _write_grid(explaining.declared_by(opened, key, cell), key, grid_file)


def _write_grid(grid: DeclaredIn | None, key: str, file: Path) -> None:
    from zsc_wh.cli.writing import write_file

    if grid is None:
        raise QueryError(what="no grid declares this cell", where=key)
    write_file(file, grid.toml, new=True)
    click.echo(f"{file}: grid '{grid.label}'", err=True)
