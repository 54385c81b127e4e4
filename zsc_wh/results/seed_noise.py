"""How far the scores of a cell lie apart when only its seed changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping


class Names(NamedTuple):
    """What a cell is called, whatever its seed.

    `dtype` is None where each side has one: grids that differ in it can be compared.
    """

    encoder: str
    dataset: str
    reducer: str
    clusterer: str
    level: str | None
    dtype: str | None


@dataclass(frozen=True)
class Scored:
    """A closed cell with a score.

    Parameters
    ----------
    names : Names
        What it is called.
    identity : tuple
        What it is, but for the seed.
    label_key : str or None
        Labels that the score is against; None where it needs none.
    key : str
        Key of the cell.
    seed : int
        Its seed.
    value : float or None
        The score; None where it is undefined or missing.
    """

    names: Names
    identity: tuple[object, ...]
    label_key: str | None
    key: str
    seed: int
    value: float | None


Population = Sequence[Sequence[Scored]]
"""Cells that differ in the seed alone; where the same runs were judged by several
labels, once for each."""


LEVEL = 0.95
"""Probability with which a difference of pure noise is called so; of cells that do not
differ at all, one in twenty comes out beyond."""


@dataclass(frozen=True)
class Noise:
    """Sum of squares about the means, and degrees of freedom, over some cells."""

    squares: float
    df: int

    @property
    def sd(self) -> float:
        """Standard deviation; 0 where seeds change nothing."""
        return sqrt(self.squares / self.df)

    def allowed(self, n_a: int, n_b: int) -> float:
        """Return how far means over `n_a` and `n_b` seeds lie apart by noise alone."""
        return _quantile(self.df) * self.sd * sqrt(1 / n_a + 1 / n_b)

    @staticmethod
    def of(values: Sequence[float]) -> Noise:
        """Return what the scores of one cell over its seeds tell."""
        away = [value - values[0] for value in values]  # exactly 0 for equal scores
        mean = sum(away) / len(away)
        return Noise(sum((v - mean) ** 2 for v in away), len(values) - 1)

    @staticmethod
    def pooled(parts: Sequence[Noise]) -> Noise:
        """Return what several cells of one variance tell together."""
        return Noise(sum(p.squares for p in parts), sum(p.df for p in parts))


class SeedNoise:
    """What seeds do to the scores of cells.

    Parameters
    ----------
    populations : iterable of (set of Names, Population)
        Cells that differ in the seed alone, with all names that they go by. One without
        two scores tells nothing.
    """

    def __init__(
        self, populations: Iterable[tuple[Collection[Names], Population]]
    ) -> None:
        parts: dict[str, dict[Hashable, list[Noise]]] = {
            source: defaultdict(list) for source in _GROUPS
        }
        for names, population in populations:
            noise = _noise_of(population)
            if noise is not None:
                for source, group in _GROUPS.items():
                    for place in {group(each) for each in names}:
                        parts[source][place].append(noise)
        self._noise = {
            source: {key: Noise.pooled(found) for key, found in groups.items()}
            for source, groups in parts.items()
        }

    def of(self, names: Names) -> tuple[str | None, Noise | None]:
        """Return whose noise counts for a cell, and the noise; None twice if none."""
        for source, group in _GROUPS.items():
            noise = self._noise[source].get(group(names))
            if noise is not None:
                return source, noise
        return None, None


def _noise_of(population: Population) -> Noise | None:
    """Return what cells tell of the noise; other labels are not further seeds."""
    scored = [
        {cell.key: cell.value for cell in cells if cell.value is not None}
        for cells in population
    ]
    parts = [Noise.of([*values.values()]) for values in scored if len(values) > 1]
    if not parts:
        return None
    pooled = Noise.pooled(parts)
    df = len(set().union(*scored)) - 1 if len(parts) > 1 else pooled.df
    return Noise(pooled.sd**2 * df, df)


_GROUPS: Mapping[str, Callable[[Names], Hashable]] = {
    "cell": lambda names: names,
    "recipe": lambda names: (names.reducer, names.clusterer),
    "clusterer": lambda names: names.clusterer,
}
"""Whose seeds tell the noise, the nearest first."""


@cache
def _quantile(df: int) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, df))
