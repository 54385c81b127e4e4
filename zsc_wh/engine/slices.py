"""Cut a plan into slices that several machines run, each on its own.

The cut follows from what is declared alone, not from what is stored or recorded: each
machine, and each restart of a killed job, finds the same one without talking to others.
The costliest share goes to the slice that has least so far; equal ones go by key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.engine.graph import with_needs
from zsc_wh.errors import ConfigError
from zsc_wh.work import Cell, Embedding, Reduction, Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.work import Probing, Work


@dataclass(frozen=True)
class Slice:
    """One of several slices, counted from 1.

    Parameters
    ----------
    number, of : int
        Which one, and of how many.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Slice:
        """Read ``I/N``.

        Raises
        ------
        ConfigError
            When it says no slice, such as 0/3 or 4/3.

        Examples
        --------
        >>> Slice.parse("2/8")
        Slice(number=2, of=8)
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        number, of = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= of:
            raise ConfigError(
                what=f"{text!r} is not a slice",
                where="--slice",
                hint="Give I/N, the I-th of N slices, such as 1/8 to 8/8.",
            )
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True)
class Cut:
    """Which slice does what.

    Parameters
    ----------
    cells : mapping of str to int
        Key of each cell to the number of its slice.
    homes : mapping of str to int
        Key of each embedding to the slice that probes it and makes its maps.
    seconds : tuple of float
        Forecast of each slice, on one core, scores left out.
    """

    cells: Mapping[str, int]
    homes: Mapping[str, int]
    seconds: tuple[float, ...]


def cut(
    cells: Iterable[Cell],
    spaces: Mapping[str, Iterable[Reduction]],
    probings: Iterable[Probing],
    n_slices: int,
) -> Cut:
    """Deal cells out to slices, with all that they share in one slice.

    What is made of one embedding stays together, and so do embeddings that a
    concatenation or a probe reads together. Where that gives fewer shares than slices,
    the cells of one reduced array stay together instead; each slice then makes the
    embedding, and the spaces of scores, for itself.

    Parameters
    ----------
    cells : iterable of Cell
        All that are declared.
    spaces : mapping
        Key of a cell to the reductions in which it is scored besides its own.
    probings : iterable of Probing
        All that are declared.
    n_slices : int
        How many slices.
    """
    ordered = sorted(cells, key=lambda cell: cell.key)
    probed = sorted(probings, key=lambda probing: probing.key)
    together = _Together()
    for work in (*ordered, *probed):
        together.join(_embeddings(work))
    shares = {cell.key: together.of(cell.embedding.key) for cell in ordered}
    if len(set(shares.values())) < n_slices:
        shares = {cell.key: cell.reduction.array.key for cell in ordered}
    # a probe goes with the first share of its embedding
    first: dict[str, str] = {}
    for cell in ordered:
        share = shares[cell.key]
        first[cell.embedding.key] = min(share, first.get(cell.embedding.key, share))
    works: dict[str, dict[str, Work]] = {share: {} for share in shares.values()}
    sizes = Sizes(None)
    for cell in ordered:
        if _is_possible(cell, sizes):
            for work in (cell, *spaces.get(cell.key, ())):
                works[shares[cell.key]] |= {each.id: each for each in with_needs(work)}
    for probing in probed:
        if probing.embedding.key in first and probing.embedding.impossible is None:
            found = works[first[probing.embedding.key]]
            found |= {each.id: each for each in with_needs(probing)}
    # whole milliseconds: the last digits of a power differ between processors
    costs = {
        share: round(1000 * sum(each.cost(sizes).seconds for each in made.values()))
        for share, made in works.items()
    }
    loads = [0] * n_slices
    slices = {}
    for share in sorted(costs, key=lambda share: (-costs[share], share)):
        least = loads.index(min(loads))
        loads[least] += costs[share]
        slices[share] = least + 1
    return Cut(
        {key: slices[share] for key, share in shares.items()},
        {key: slices[share] for key, share in first.items()},
        tuple(load / 1000 for load in loads),
    )


def _embeddings(work: Work) -> list[str]:
    """Return the keys of all embeddings that a work is made of."""
    return [each.key for each in with_needs(work) if isinstance(each, Embedding)]


def _is_possible(cell: Cell, sizes: Sizes) -> bool:
    """Whether a cell can be run, as far as its declaration tells."""
    if cell.embedding.impossible is not None:
        return False
    if cell.n_clusters is None and cell.clusterer.k_source == "labels":
        return False
    declared = cell.reduction
    reduction = Reduction.of(
        cell.embedding, declared.reducer, declared.seed, declared.dtype, sizes
    )
    known = Cell.of(reduction, cell.clusterer, cell.seed, cell.n_clusters, sizes)
    return known.impossible is None


class _Together:
    """Sets of keys that belong together; each is called by the least of its keys."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, key: str) -> str:
        """Return what the set of a key is called."""
        while (above := self._above.get(key, key)) != key:
            key = above
        return key

    def join(self, keys: Iterable[str]) -> None:
        """Make one set of those that hold these keys."""
        names = sorted({self.of(key) for key in keys})
        for name in names[1:]:
            self._above[name] = names[0]
