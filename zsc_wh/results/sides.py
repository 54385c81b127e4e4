"""What is compared: the closed cells of a warehouse, a grid, a seed or a version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zsc_wh.declare import read_catalog
from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.results.seed_noise import Names, Scored
from zsc_wh.results.versions import require_grid

if TYPE_CHECKING:
    from zsc_wh.results.versions import Version
    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    warehouse : Warehouse
        Where its cells are.
    grid : str or None
        Only cells that this grid wants, by its label: ``mine`` as it is now, ``mine@1``
        as it was before. Without, those that any grid wants now.
    version : Version or None
        Only cells of this version of a name, wanted now or before. They are compared by
        all other names.
    seed : int or None
        Only cells of this seed. The other seeds of the warehouse tell the noise,
        without those that are compared.
    """

    warehouse: Warehouse
    grid: str | None = None
    version: Version | None = None
    seed: int | None = None


def cells_of(side: Side, metric: str) -> list[Scored]:
    """Read the closed cells of a side; for a seed, those of all seeds.

    Parameters
    ----------
    side : Side
        The side.
    metric : str
        Name of a score, as the catalog or a grid of the warehouse declares it.

    Raises
    ------
    QueryError
        When the warehouse does not know the score or the grid, or no cell is closed.
    """
    version = side.version
    if side.grid is not None:
        require_grid(side.warehouse, side.grid)
    params = {
        "grid": side.grid,
        "kind": version.kind if version else None,
        "label": version.label if version else None,
        **_score(side.warehouse, metric),
    }
    rows = side.warehouse.read(_CELLS, params).rows
    if not rows:
        place = f" in grid '{side.grid}'" if side.grid else ""
        place = f" of the {version.kind} '{version.label}'" if version else place
        raise QueryError(
            what=f"no cell is closed{place}",
            where=str(side.warehouse.path),
            hint="`zscwh query grids` lists the grids, `zscwh status` what is done.",
        )
    names, keys = len(Names._fields), len(Names._fields) + len(_IDENTITY)
    cells = [
        Scored(Names(*row[:names]), tuple(row[names:keys]), *row[keys:]) for row in rows
    ]
    if version is None:
        return cells
    # what is compared has one name on both sides
    own = {version.kind: version.name}
    return [replace(cell, names=cell.names._replace(**own)) for cell in cells]


def _score(warehouse: Warehouse, name: str) -> dict[str, str]:
    """Return metric, space and subset of a score by its name."""
    shipped = {
        score.name: (score.metric, score.space, score.subset)
        for score in read_catalog(()).scores.values()
    }
    declared = warehouse.read(
        "select distinct score, metric, space, subset from grid_score"
    )
    known = {score: tuple(rest) for score, *rest in declared.rows} | shipped
    if name not in known:
        raise QueryError(
            what=f"no score '{name}'" + nearest(name, known),
            where=str(warehouse.path),
            hint="`zscwh catalog scores` lists them.",
        )
    return dict(zip(("metric", "space", "subset"), known[name], strict=True))


_IDENTITY = (
    "encoder_key",
    "dataset_key",
    "reducer_key",
    "clusterer_key",
    "k",
    "dtype",
)
"""Columns that tell cells apart that are not seeds of each other."""

_CELLS = """
select
    cells.encoder,
    cells.dataset,
    cells.reducer,
    cells.clusterer,
    cells.level,
    cells.dtype,
    cells.encoder_key,
    cells.dataset_key,
    cells.reducer_key,
    cells.clusterer_key,
    cells.k,
    cells.dtype,
    -- internal scores have no labels, so that those of other labels are the same
    case when $space = 'labels' then cells.label_key end,
    cells.cell_key,
    cells.seed,
    score.value
from named_cell as cells
semi join closed_run on cells.cell_key = closed_run.cell_key
left join cell_score as score
    on
        cells.cell_key = score.cell_key
        and score.metric = $metric
        and score.space = $space
        and score.subset = $subset
        and score.label_key in (coalesce(cells.label_key, ''), '')
where
    cells.grid is not distinct from $grid
    and (cells.is_current or coalesce($grid, $label) is not null)
    and (
        $label is null
        or $label = case $kind
            when 'encoder' then cells.encoder
            when 'dataset' then cells.dataset
            when 'reducer' then cells.reducer
            else cells.clusterer
        end
    )
"""
