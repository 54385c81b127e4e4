"""Two clusterings of the same samples: which clusters meet, and which samples moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.warehouse import Warehouse

Pair = tuple[int, int]
"""A cluster of either side; -1 is noise."""


@dataclass(frozen=True)
class Moves:
    """What two clusterings have in common.

    Parameters
    ----------
    shared : mapping of Pair to int
        Samples in both clusters of a pair, where there are any.
    labels : mapping of Pair to str or None
        The class that most of these samples have.
    matched : frozenset of Pair
        Clusters that stand for each other: each of one side with at most one of the
        other, so that as many samples as possible stay. Noise stands for noise.
    """

    shared: Mapping[Pair, int]
    labels: Mapping[Pair, str | None]
    matched: frozenset[Pair]

    @property
    def n_samples(self) -> int:
        """Samples that both sides have."""
        return sum(self.shared.values())

    @property
    def n_moved(self) -> int:
        """Samples whose two clusters do not stand for each other."""
        return sum(n for pair, n in self.shared.items() if pair not in self.matched)

    @property
    def agreement(self) -> float | None:
        """The AMI between the two clusterings, noise as one more cluster."""
        from zsc_wh.metrics import external_scores

        pairs = np.array([*self.shared], dtype=np.int64)
        one, other = np.repeat(pairs, [*self.shared.values()], axis=0).T
        return external_scores(one, other, ("ami",), subset="all")["ami"].value

    def sizes(self, side: int) -> Counter[int]:
        """Return the size of each cluster of a side (0, 1), of the common samples."""
        found: Counter[int] = Counter()
        for pair, n in self.shared.items():
            found[pair[side]] += n
        return found


def moves(warehouse: Warehouse, a: str, b: str) -> Moves:
    """Compare the assignments of two cells, sample by sample.

    Parameters
    ----------
    warehouse : Warehouse
        Where both are recorded.
    a, b : str
        Keys of closed cells.

    Raises
    ------
    QueryError
        When they have no sample in common.
    """
    left, right = (_clusters(warehouse, key) for key in (a, b))
    common = [name for name in left if name in right]
    if not common:
        raise QueryError(
            what="the two cells have no sample in common",
            hint="Compare cells of one dataset.",
        )
    shared: Counter[Pair] = Counter()
    classes: dict[Pair, Counter[str | None]] = {}
    for name in common:
        (one, label), (other, _) = left[name], right[name]
        shared[one, other] += 1
        classes.setdefault((one, other), Counter())[label] += 1
    labels = {
        pair: min(found, key=lambda label: (-found[label], str(label)))
        for pair, found in classes.items()
    }
    return Moves(shared, labels, frozenset(_matched(shared)))


def _clusters(warehouse: Warehouse, cell_key: str) -> dict[str, tuple[int, str | None]]:
    rows = warehouse.run_query("assignments", {"cell": cell_key}).rows
    # an imported cell has no names of its samples
    return {
        str(index) if name is None else name: (cluster, label)
        for index, name, cluster, label in rows
        if cluster is not None
    }


def _matched(shared: Mapping[Pair, int]) -> Sequence[Pair]:
    """Match clusters so that as many samples as possible stay (Kuhn, 1955)."""
    from scipy.optimize import linear_sum_assignment

    ones, others = (sorted({pair[side] for pair in shared} - {-1}) for side in (0, 1))
    table = np.array(
        [[shared.get((one, other), 0) for other in others] for one in ones]
    )
    found = [(-1, -1)] if (-1, -1) in shared else []
    if table.size:
        rows, columns = linear_sum_assignment(table, maximize=True)
        found += [
            (ones[row], others[column])
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if table[row, column]
        ]
    return found
