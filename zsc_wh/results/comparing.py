"""Compare two sides cell by cell: two warehouses, grids, seeds or versions of a name.

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

from zsc_wh.errors import QueryError
from zsc_wh.results.seed_noise import Names, Population, Scored, SeedNoise
from zsc_wh.results.sides import Side, cells_of
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Compared", "Side", "as_rows", "compare"]

EXACT = 1e-12
"""Largest difference of scores that count as equal."""


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
        Whether the names mean something else on the other side; False for versions of
        a name, which always do.
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
        When neither knows the score, when there is no such grid, or when a side has no
        closed cell.

    Notes
    -----
    The variance is that within cells, pooled over both sides; a cell needs two seeds to
    tell any. Cells that both sides share are counted once, also where one warehouse
    holds copies of the other's: running a seed again tells nothing new. A recipe is
    asked before a clusterer because a seed enters through the reducer too:
    agglomerative clustering after PCA has no noise at all, and after UMAP it has.
    """
    read = [cells_of(side, metric) for side in (a, b)]
    if all(len({cell.names.dtype for cell in cells}) == 1 for cells in read):
        read = [[_without_dtype(cell) for cell in cells] for cells in read]
    seeds = {a.seed, b.seed}
    found: _Found = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    called: dict[tuple[object, ...], set[Names]] = defaultdict(set)
    by_name = []
    for side, cells in zip((a, b), read, strict=True):
        file = side.warehouse.path.resolve()
        for cell in cells:
            called[cell.identity].add(cell.names)
            if side.seed is None or cell.seed not in seeds:
                found[cell.identity][cell.label_key][file][cell.key] = cell
        by_name.append(_by_name(cells, side.seed))
    seed_noise = SeedNoise(
        (called[identity], population)
        for identity, by_label in found.items()
        for population in _populations(by_label)
    )
    left, right = by_name
    compared = [
        _compared(names, left.get(names, []), right.get(names, []), seed_noise)
        for names in sorted(left.keys() | right.keys(), key=lambda n: [*map(str, n)])
    ]
    if a.version is not None and b.version is not None:
        return [replace(row, redeclared=False) for row in compared]
    return compared


_ByFile = dict["Path", dict[str, Scored]]
"""Cells of one identity and of one labelling, by file and key."""

_Found = dict[tuple[object, ...], dict[str | None, _ByFile]]
"""Cells by identity and labels."""


def _populations(by_label: dict[str | None, _ByFile]) -> Iterator[Population]:
    """Yield the cells of one identity: each with its scores against several labels.

    The same runs judged by other labels tell the noise once.
    """
    groups: list[list[tuple[str | None, set[Path], dict[str, Scored]]]] = []
    for label_key, by_file in by_label.items():
        for files, cells in _by_files(by_file):
            for group in groups:
                if all(label_key != other for other, *_ in group) and any(
                    files & others and cells.keys() & known.keys()
                    for _, others, known in group
                ):
                    group.append((label_key, files, cells))
                    break
            else:
                groups.append([(label_key, files, cells)])
    for group in groups:
        yield [list(cells.values()) for *_, cells in group]


def _by_files(by_file: _ByFile) -> Iterator[tuple[set[Path], dict[str, Scored]]]:
    """Yield cells by the files that hold them, as one where these agree.

    Files agree that hold common cells, all with equal scores. Others may differ by more
    than seeds, in the versions of libraries perhaps: each has a mean of its own.
    """
    (file, one), *rest = by_file.items()
    for other_file, other in rest:  # at most one: there are two sides
        common = one.keys() & other.keys()
        if common and all(_is_equal(one[k].value, other[k].value) for k in common):
            yield {file, other_file}, one | other
            return
        yield {other_file}, other
    yield {file}, one


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
        redeclared=bool(a and b) and _meanings(a) != _meanings(b),
    )


def _meanings(cells: Sequence[Scored]) -> set[tuple[object, ...]]:
    return {(*cell.identity, cell.label_key) for cell in cells}


def _by_name(cells: Sequence[Scored], seed: int | None) -> dict[Names, list[Scored]]:
    """Gather the cells of a name, each once; of one seed, where a side is a seed."""
    found: dict[Names, dict[str, Scored]] = defaultdict(dict)
    for cell in cells:
        if seed is None or cell.seed == seed:
            found[cell.names][cell.key] = cell
    if not found:
        known = sorted({cell.seed for cell in cells})
        raise QueryError(
            what=f"no closed cell has the seed {seed}",
            hint=f"There are the seeds {', '.join(map(str, known))}.",
        )
    return {names: list(cells.values()) for names, cells in found.items()}


def _without_dtype(cell: Scored) -> Scored:
    return replace(cell, names=cell.names._replace(dtype=None))


def as_rows(found: Sequence[Compared]) -> Rows:
    """Return a comparison as a table."""
    rows: list[tuple[object, ...]] = [
        (
            *row.names,
            row.a,
            row.b,
            row.difference,
            row.noise_sd,
            row.n_a,
            row.n_b,
            row.within_noise,
            row.noise_from,
        )
        for row in found
    ]
    numbers = ("a", "b", "difference", "noise_sd")
    return Rows(
        (*Names._fields, *numbers, "n_a", "n_b", "within_noise", "noise_from"),
        (
            *("VARCHAR",) * len(Names._fields),
            *("DOUBLE",) * len(numbers),
            "INTEGER",
            "INTEGER",
            "BOOLEAN",
            "VARCHAR",
        ),
        rows,
    )
