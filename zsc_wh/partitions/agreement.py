"""How far partitions of the same samples agree, all pairs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from zsc_wh.partitions.expectation import expected_logs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 8
"""Partitions whose tables with all others are held together: a few million counts."""


def pairwise_ami(partitions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the adjusted mutual information of every two partitions.

    Parameters
    ----------
    partitions : (m, n) int64
        A partition per row: the cluster of every sample, any integers.

    Returns
    -------
    ndarray of shape (m, m)
        1 for partitions that are equal but for names, about 0 for those at random;
        symmetric, with ones on the diagonal. As ``ami`` of `zsc_wh.metrics`, special
        cases included: one trivial partition has 0 with any other.

    Notes
    -----
    The contingency tables of one partition with all others are one product of sparse
    matrices, O(m n) time; the expectations of all pairs are one product of the table
    of `expected_logs`, which is made once for the u sizes that occur.
    """
    m, n = partitions.shape
    codes = [np.unique(row, return_inverse=True)[1].reshape(-1) for row in partitions]
    counts = [np.bincount(each) for each in codes]
    sizes = np.array([each.size for each in counts])
    joint = _joint(np.stack(codes, axis=1), sizes)
    own_joint = np.diag(joint).copy()
    expected = _expected(counts, n)
    gained, gainable = joint - expected, (own_joint[:, None] + own_joint) / 2 - expected
    # equal partitions share all there is; a trivial one beside another shares nothing
    is_same = np.isclose(joint, own_joint[:, None], rtol=1e-12, atol=0) & np.isclose(
        joint, own_joint, rtol=1e-12, atol=0
    )
    is_same &= sizes[:, None] == sizes
    is_single = (sizes == 1)[:, None] | (sizes == 1)
    found = np.zeros((m, m))
    np.divide(gained, gainable, out=found, where=~is_single & (gainable > 0))
    found[is_same] = 1.0
    return (found + found.T) / 2


def _joint(codes: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of ``x ln x / n`` over the contingency table of every two.

    Parameters
    ----------
    codes : (n, m) int64
        Cluster of each sample in each partition, from 0.
    sizes : (m,) int64
        Clusters of each partition.
    """
    n, m = codes.shape
    starts = np.cumsum(sizes) - sizes
    member = csr_array(
        (
            np.ones(n * m, dtype=np.int32),
            (codes + starts).ravel(),
            np.arange(0, n * m + 1, m),
        ),
        shape=(n, int(sizes.sum())),
    )
    turned = member.T.tocsr()
    owner = np.repeat(np.arange(m), sizes)
    count = np.arange(1, n + 1)
    logs = np.concatenate([[0.0], count * np.log(count)])
    found = np.empty((m, m))
    for first in range(0, m, _AT_ONCE):
        last = min(first + _AT_ONCE, m)
        begin, end = starts[first], starts[last - 1] + sizes[last - 1]
        table = turned[begin:end] @ member
        rows = np.repeat(owner[begin:end] - first, np.diff(table.indptr))
        places = rows * m + owner[table.indices]
        sums = np.bincount(places, logs[table.data], minlength=(last - first) * m)
        found[first:last] = sums.reshape(-1, m) / n
    return found


def _expected(counts: list[NDArray[np.int64]], n: int) -> NDArray[np.float64]:
    """Return `expected_joint` of every two partitions, from their cluster sizes."""
    sizes = np.unique(np.concatenate(counts))
    sizes = sizes[sizes > 1]
    times = np.stack([np.bincount(each, minlength=n + 1)[sizes] for each in counts])
    found: NDArray[np.float64] = times @ expected_logs(sizes, n) @ times.T / n
    return found
