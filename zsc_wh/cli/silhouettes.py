"""Command ``silhouettes``: how well each cluster, or each sample, of a cell fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zsc_wh.cli import completing
from zsc_wh.cli.options import rows_options
from zsc_wh.scores import SILHOUETTES

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: zscwh silhouettes pixels/digits/none/kmeans")
@click.argument("cell", shell_complete=completing.closed_cells)
@click.option(
    "--by",
    type=click.Choice(("cluster", "sample")),
    default="cluster",
    show_default=True,
    help="One row per cluster, or per sample.",
)
@click.option(
    "--space",
    type=click.Choice(("reduced", "original")),
    default="reduced",
    show_default=True,
    help="Measure in what was clustered, or in the embedding.",
)
@click.option(
    "--subset",
    type=click.Choice(("all", "clustered")),
    default="all",
    show_default=True,
    help="all: noise is one more cluster, -1; clustered: noise is left out.",
)
@click.option(
    "--distance",
    type=click.Choice(tuple(SILHOUETTES.values())),
    default="euclidean",
    show_default=True,
    help="What is measured.",
)
@rows_options
@click.pass_obj
def silhouettes(
    warehouse: Path,
    cell: str,
    by: str,
    space: str,
    subset: str,
    distance: str,
    fmt: str,
    output: Path | None,
) -> None:
    """Compute the silhouettes of a cell, by cluster or by sample.

    They come from the stored array and the stored assignment. A cluster with a low mean
    is poorly separated; a sample with a negative one is nearer to another cluster,
    which --by sample names. CELL is the key of a cell or the beginning of it, or
    ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED where there are several.
    """
    import zsc_wh
    from zsc_wh.cli.output import put
    from zsc_wh.results.silhouettes import silhouettes

    opened = zsc_wh.open(warehouse)
    key = opened.cell_key(cell, closed=True)
    rows = silhouettes(
        opened, key, by=by, space=space, subset=subset, distance=distance
    )
    put(rows, fmt, output)
