"""How far the scores of a cell lie apart when only its seed changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Mapping,
        Sequence,
    )


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
    """A closed cell with its score; `identity` is its keys without the seed."""

    names: Names
    identity: tuple[str, ...]
    key: str
    seed: int
    value: float | None


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
        mean = sum(values) / len(values)
        return Noise(sum((v - mean) ** 2 for v in values), len(values) - 1)

    @staticmethod
    def pooled(parts: Sequence[Noise]) -> Noise:
        """Return what several cells of one variance tell together."""
        return Noise(sum(p.squares for p in parts), sum(p.df for p in parts))


class SeedNoise:
    """What seeds do to the scores of cells.

    Parameters
    ----------
    populations : iterable of collections of Scored
        Cells that differ in the seed alone. One without two scores tells nothing.
    """

    def __init__(self, populations: Iterable[Collection[Scored]]) -> None:
        parts: dict[str, dict[Hashable, list[Noise]]] = {
            source: defaultdict(list) for source in _GROUPS
        }
        for cells in populations:
            values = [cell.value for cell in cells if cell.value is not None]
            if len(values) > 1:
                names, noise = next(iter(cells)).names, Noise.of(values)
                for source, group in _GROUPS.items():
                    parts[source][group(names)].append(noise)
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
