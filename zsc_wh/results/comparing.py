"""Compare two sides cell by cell: two warehouses, grids or seeds.

A clusterer and a reducer with another seed give another score, so a difference means
something only beside the spread over seeds. The model: scores of one cell over seeds
are independent and normal, with one variance on both sides. Then the difference of the
two means, over ``sd * sqrt(1 / n_a + 1 / n_b)``, follows Student's t, whose degrees of
freedom are those of `sd`. This is why a side is the mean over its seeds and not the
median, whose spread has no such form.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zsc_wh.declare import read_catalog
from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.results.seed_noise import Names, Scored, SeedNoise

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

EXACT = 1e-12
"""Largest difference of scores that count as equal."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    warehouse : Warehouse
        Where its cells are.
    grid : str or None
        Only cells of the newest declaration of this grid.
    seed : int or None
        Only cells of this seed. The other seeds of the warehouse tell the noise,
        without those that are compared.
    """

    warehouse: Warehouse
    grid: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Compared:
    """One compared cell.

    Parameters
    ----------
    names : Names
        What it is called on both sides.
    a, b : float or None
        Mean score over the seeds of each side; None where there is none.
    n_a, n_b : int
        Seeds with a score.
    noise_sd : float or None
        Standard deviation over seeds; None where no cell tells it.
    noise_from : {"cell", "recipe", "clusterer", None}
        Whose seeds told it: those of this cell, else of all cells with its reducer and
        clusterer, else of all with its clusterer.
    within_noise : bool or None
        Whether the difference is one that seeds alone make; None where unknown.
    redeclared : bool
        Whether the name means something else on the other side.
    """

    names: Names
    a: float | None
    b: float | None
    n_a: int
    n_b: int
    noise_sd: float | None
    noise_from: str | None
    within_noise: bool | None
    redeclared: bool

    @property
    def difference(self) -> float | None:
        """Side b minus side a."""
        return None if self.a is None or self.b is None else self.b - self.a


def compare(a: Side, b: Side, metric: str) -> list[Compared]:
    """Compare two sides in one score.

    Parameters
    ----------
    a, b : Side
        What is compared.
    metric : str
        Name of a score, as the catalog or a grid of either warehouse declares it.

    Returns
    -------
    list of Compared
        One for each name of a cell that is closed on either side, in order of names.

    Raises
    ------
    QueryError
        When neither knows the score, or a grid or a seed has no closed cell.

    Notes
    -----
    The variance is that within cells, pooled over both sides; a cell needs two seeds to
    tell any. Cells that both sides share are counted once, also where one warehouse
    holds copies of the other's: running a seed again tells nothing new. A recipe is
    asked before a clusterer because a seed enters through the reducer too:
    agglomerative clustering after PCA has no noise at all, and after UMAP it has.
    """
    read = [_cells(side, metric) for side in (a, b)]
    if all(len({cell.names.dtype for cell in cells}) == 1 for cells in read):
        read = [[_without_dtype(cell) for cell in cells] for cells in read]
    seeds = {a.seed, b.seed}
    found: dict[Hashable, dict[Path, dict[str, Scored]]] = {}
    by_name = []
    for side, cells in zip((a, b), read, strict=True):
        file = side.warehouse.path.resolve()
        for cell in cells:
            if side.seed is None or cell.seed not in seeds:
                of_file = found.setdefault(cell.identity, {}).setdefault(file, {})
                of_file[cell.key] = cell
        by_name.append(_by_name(cells, side.seed))
    seed_noise = SeedNoise(
        population.values()
        for of_files in found.values()
        for population in _populations(*of_files.values())
    )
    left, right = by_name
    return [
        _compared(names, left.get(names, []), right.get(names, []), seed_noise)
        for names in sorted(left.keys() | right.keys(), key=lambda n: [*map(str, n)])
    ]


def _populations(
    one: dict[str, Scored], other: dict[str, Scored] | None = None
) -> Iterator[dict[str, Scored]]:
    """Yield the cells of one identity, by key: as one where its files agree.

    Files agree that hold common cells, all with equal scores. Others may differ by more
    than seeds, in the versions of libraries perhaps: each has a mean of its own.
    """
    if other is None:
        yield one
        return
    common = one.keys() & other.keys()
    if common and all(_is_equal(one[key].value, other[key].value) for key in common):
        yield one | other
    else:
        yield from (one, other)


def _is_equal(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else abs(a - b) <= EXACT


def _compared(
    names: Names, a: Sequence[Scored], b: Sequence[Scored], seed_noise: SeedNoise
) -> Compared:
    values = [[c.value for c in side if c.value is not None] for side in (a, b)]
    mean_a, mean_b = (sum(v) / len(v) if v else None for v in values)
    n_a, n_b = map(len, values)
    source, noise = seed_noise.of(names)
    within = None
    if mean_a is not None and mean_b is not None:
        away = abs(mean_b - mean_a)
        if away <= EXACT:
            within = True  # whatever the noise
        elif noise is not None:
            within = away <= noise.allowed(n_a, n_b)
    return Compared(
        names,
        mean_a,
        mean_b,
        n_a,
        n_b,
        noise.sd if noise is not None else None,
        source,
        within,
        redeclared=bool(a and b) and {c.identity for c in a} != {c.identity for c in b},
    )


def _by_name(cells: Sequence[Scored], seed: int | None) -> dict[Names, list[Scored]]:
    """Gather the cells of a name; of one seed, where a side is a seed."""
    found: dict[Names, list[Scored]] = defaultdict(list)
    for cell in cells:
        if seed is None or cell.seed == seed:
            found[cell.names].append(cell)
    if not found:
        known = sorted({cell.seed for cell in cells})
        raise QueryError(
            what=f"no closed cell has the seed {seed}",
            mend=f"There are the seeds {', '.join(map(str, known))}.",
        )
    return found


def _without_dtype(cell: Scored) -> Scored:
    return replace(cell, names=cell.names._replace(dtype=None))


def _cells(side: Side, metric: str) -> list[Scored]:
    """Read the closed cells of a side; for a seed, those of all seeds."""
    score = _score(side.warehouse, metric)
    rows = side.warehouse.read(_CELLS, {"grid": side.grid, **score}).rows
    if not rows:
        raise QueryError(
            what="no cell is closed" + (f" in grid '{side.grid}'" if side.grid else ""),
            where=str(side.warehouse.path),
            mend="`zscwh query grids` lists the grids, `zscwh status` what is done.",
        )
    names, keys = len(Names._fields), len(Names._fields) + 5
    return [
        Scored(Names(*row[:names]), tuple(row[names:keys]), *row[keys:]) for row in rows
    ]


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
            mend="`zscwh catalog scores` lists them.",
        )
    return dict(zip(("metric", "space", "subset"), known[name], strict=True))


_CELLS = """
select
    encoder.name,
    dataset.name,
    reducer.name,
    clusterer.name,
    cell.level,
    cell.dtype,
    cell.encoder_key,
    cell.dataset_key,
    cell.reducer_key,
    cell.clusterer_key,
    cell.dtype,
    cell.cell_key,
    cell.seed,
    score.value
from cell
inner join encoder using (encoder_key)
inner join dataset using (dataset_key)
inner join reducer using (reducer_key)
inner join clusterer using (clusterer_key)
inner join closing_run on cell.cell_key = closing_run.cell_key
left join score
    on
        closing_run.run_key = score.run_key
        and score.metric = $metric
        and score.space = $space
        and score.subset = $subset
        -- external scores count at the target level, internal ones have no level
        and score.level in (coalesce(cell.level, ''), '')
where
    $grid is null
    or cell.cell_key in (select cell_key from declared_cell where grid = $grid)
"""
