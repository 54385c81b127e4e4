"""The contingency table of labels and assignment, computed once for all metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zsc_wh.metrics.labels import compact
from zsc_wh.partitions.expectation import expected_joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import CountArray, IntArray

_DENSE_CELLS = 1 << 20
"""Up to this many cells, 8 MiB of counts, counting beats sorting."""


class Pairs(NamedTuple):
    """Pairs of samples, ordered, by whether labels and assignment put them together.

    Python integers: products of two such counts leave 64 bits at 60,000 samples.
    """

    together: int
    only_true: int
    only_pred: int
    apart: int


@dataclass(frozen=True)
class Contingency:
    """Counts of samples by class and cluster; only cells that are not empty.

    Parameters
    ----------
    counts : (m,) int64
        Samples in each cell.
    rows, columns : (m,) int64
        Class and cluster of each cell.
    true_sizes, pred_sizes : (c,) and (k,) int64
        Samples of each class and of each cluster, all > 0.
    """

    counts: CountArray
    rows: CountArray
    columns: CountArray
    true_sizes: CountArray
    pred_sizes: CountArray

    @classmethod
    def of(cls, true: IntArray, pred: IntArray) -> Contingency:
        """Count two label vectors of equal length, in O(n) or O(n log n)."""
        true_codes, true_sizes = compact(true)
        pred_codes, pred_sizes = compact(pred)
        cells = true_codes * np.int64(pred_sizes.size) + pred_codes
        if true_sizes.size * pred_sizes.size <= max(_DENSE_CELLS, cells.size):
            every = np.bincount(cells)
            present = np.flatnonzero(every)
            counts = every[present]
        else:
            present, counts = np.unique(cells, return_counts=True)
        rows, columns = np.divmod(present, max(pred_sizes.size, 1))
        return cls(counts.astype(np.int64), rows, columns, true_sizes, pred_sizes)

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.true_sizes.sum())

    @property
    def n_true(self) -> int:
        """Number of classes."""
        return int(self.true_sizes.size)

    @property
    def n_pred(self) -> int:
        """Number of clusters."""
        return int(self.pred_sizes.size)

    @property
    def identical(self) -> bool:
        """Whether both partitions are the same but for names."""
        return self.counts.size == self.n_true == self.n_pred

    @cached_property
    def true_entropy(self) -> float:
        """Entropy of the labels, in nats."""
        return _entropy(self.true_sizes)

    @cached_property
    def pred_entropy(self) -> float:
        """Entropy of the assignment, in nats."""
        return _entropy(self.pred_sizes)

    @cached_property
    def mutual_information(self) -> float:
        """Mutual information in nats; at most the lesser of both entropies."""
        if self.n_true == 1 or self.n_pred == 1:
            return 0.0
        share = self.counts / self.n
        chance = (self.true_sizes[self.rows] / self.n) * self.pred_sizes[self.columns]
        found = float(share @ np.log(self.counts / chance))
        return min(max(found, 0.0), self.true_entropy, self.pred_entropy)

    @cached_property
    def joint(self) -> float:
        """Sum of ``x ln x / n`` over the cells."""
        return _log_sum(self.counts)

    @cached_property
    def joint_bounds(self) -> tuple[float, float]:
        """Sums of ``x ln x / n`` over classes and over clusters: `joint` at most."""
        return _log_sum(self.true_sizes), _log_sum(self.pred_sizes)

    @cached_property
    def joint_expected(self) -> float:
        """Expectation of `joint` when the samples are shuffled."""
        return expected_joint(self.true_sizes, self.pred_sizes)

    @cached_property
    def matched(self) -> int:
        """Samples in matched cells, by the best matching of classes with clusters.

        Each class has at most one cluster and each cluster at most one class. The
        assignment problem is solved on the cells that are not empty, so that thousands
        of clusters are no matter (R. Jonker, A. Volgenant, doi:10.1007/BF02278710).
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        # every class can stay without a cluster: a column of its own, of no gain
        own = np.arange(self.n_true)
        gains = np.concatenate([self.counts, np.zeros(self.n_true, np.int64)])
        rows = np.concatenate([self.rows, own])
        columns = np.concatenate([self.columns, self.n_pred + own])
        # a cost of 0 would be no edge
        costs = (self.n + 1 - gains).astype(np.float64)
        shape = (self.n_true, self.n_pred + self.n_true)
        edges = coo_array((costs, (rows, columns)), shape=shape).tocsr()
        chosen = min_weight_full_bipartite_matching(edges)
        return int(self.n_true * (self.n + 1) - edges[chosen].sum())

    @cached_property
    def pairs(self) -> Pairs:
        """Ordered pairs of two samples; exact up to 3e9 samples."""
        squares = int(self.counts @ self.counts)
        true_squares = int(self.true_sizes @ self.true_sizes)
        pred_squares = int(self.pred_sizes @ self.pred_sizes)
        return Pairs(
            together=squares - self.n,
            only_true=true_squares - squares,
            only_pred=pred_squares - squares,
            apart=self.n**2 - true_squares - pred_squares + squares,
        )


def _entropy(sizes: CountArray) -> float:
    share: NDArray[np.float64] = sizes / sizes.sum()
    return max(-float(share @ np.log(share)), 0.0)


def _log_sum(sizes: CountArray) -> float:
    return float(sizes @ np.log(sizes)) / int(sizes.sum())
