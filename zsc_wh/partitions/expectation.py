"""The expected value behind the adjusted mutual information, fast and exact.

With cluster sizes a and b and n samples, let N_ij be the hypergeometric count of a cell
of the contingency table when both partitions are shuffled. The mutual information is
``ln n - sum a ln a / n - sum b ln b / n + sum N_ij ln N_ij / n``: the first three terms
do not depend on the shuffling, so all of the chance correction is in the last one. It
depends on each pair of sizes alone, so it is computed once per pair of distinct sizes,
of which there are at most 2 n however many clusters there are.

Working with sums of ``x ln x`` instead of entropies keeps full relative accuracy where
nearly every sample is a cluster of its own: there entropies agree to many digits, and
their differences, which the score divides, would be rounding noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    CountArray = NDArray[np.int64]

_PAIRS = 1 << 14
"""Pairs of distinct sizes looked at together."""

_TERMS = 1 << 17
"""Terms of the sums held together: a dozen arrays of 1 MiB, about the second cache."""

_TAIL = 64.0
"""Counts whose probability is below exp(-64) = 1.6e-28 are left out: with at most 2 n
pairs of sizes they add less than one rounding error of the sum."""

_STIRLING_FROM = 16
"""From here on the series of `_stirling_error` is exact to 2e-16."""


def expected_joint(true_sizes: CountArray, pred_sizes: CountArray) -> float:
    """Return the expectation of ``sum N_ij ln N_ij / n`` over shuffled partitions.

    Parameters
    ----------
    true_sizes, pred_sizes : (c,) and (k,) int64, all > 0, of equal sum n
        Sizes of the clusters of both partitions.

    Returns
    -------
    float
        In nats, between 0 and ``ln n``.

    Notes
    -----
    Time is O(u v w) for u and v distinct sizes and w the width of a count's
    distribution, about its standard deviation times 20; memory is O(largest size).
    The value is right to about 1e-15 s of itself, s the largest cluster that meets
    small ones. The tails are cut by Bernstein's inequality, which holds for the
    hypergeometric distribution too.

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings
    comparison", JMLR 11 (2010) 2837-2854, equation 24a.
    W. Hoeffding, doi:10.1080/01621459.1963.10500830, section 6.
    """
    n = int(true_sizes.sum())
    # a cell of a cluster of one sample counts 0 or 1, and 1 ln 1 = 0
    a_sizes, a_times = np.unique(true_sizes[true_sizes > 1], return_counts=True)
    b_sizes, b_times = np.unique(pred_sizes[pred_sizes > 1], return_counts=True)
    total = 0.0
    for i, j, each in _by_parts(a_sizes, b_sizes, n):
        total += float((a_times[i] * b_times[j]) @ each)
    return total / n


def expected_logs(sizes: CountArray, n: int) -> NDArray[np.float64]:
    """Return E[N ln N] of the cell of every two clusters of shuffled partitions.

    Parameters
    ----------
    sizes : (u,) int64, ascending, > 1
        Sizes of clusters, none twice.
    n : int
        Samples of each partition.

    Returns
    -------
    ndarray of shape (u, u)
        In samples times nats. With the numbers of the clusters of each size in two
        partitions, as rows `s` and `t`, ``s @ found @ t / n`` is `expected_joint`: so
        the partitions of many pairs share one table.
    """
    found = np.empty((sizes.size, sizes.size))
    for i, j, each in _by_parts(sizes, sizes, n):
        found[i, j] = each
    return found


def _by_parts(
    a_sizes: CountArray, b_sizes: CountArray, n: int
) -> Iterator[tuple[CountArray, CountArray, NDArray[np.float64]]]:
    """Yield places of sizes on both sides and E[N ln N] of each pair, each once."""
    if a_sizes.size == 0 or b_sizes.size == 0:
        return
    largest = int(max(a_sizes[-1], b_sizes[-1]))
    factorial = gammaln(np.arange(largest + 1) + 1.0)
    falling = _log_falling(n, min(n, int(a_sizes[-1] + b_sizes[-1])))
    n_pairs = a_sizes.size * b_sizes.size
    for start in range(0, n_pairs, _PAIRS):
        i, j = np.divmod(np.arange(start, min(start + _PAIRS, n_pairs)), b_sizes.size)
        a, b = a_sizes[i], b_sizes[j]
        mean = a * (b / n)
        low, length = _window(a, b, n, mean)
        for run in _runs(length):
            each = _expected_log(
                a[run], b[run], mean[run], low[run], length[run], factorial, falling
            )
            yield i[run], j[run], each


def _expected_log(
    a: CountArray,
    b: CountArray,
    mean: NDArray[np.float64],
    low: CountArray,
    length: CountArray,
    factorial: NDArray[np.float64],
    falling: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return E[N ln N] for each pair of sizes, of which E[N] is `mean`."""
    starts = np.cumsum(length) - length
    count = np.arange(int(length.sum())) + np.repeat(low - starts, length)
    a_all, b_all = np.repeat(a, length), np.repeat(b, length)
    constant = factorial[a] + factorial[b] - falling[a] - falling[b]
    log_chance = np.repeat(constant, length)
    log_chance += falling[a_all + b_all - count]
    log_chance -= factorial[count]
    log_chance -= factorial[a_all - count]
    log_chance -= factorial[b_all - count]
    mass = np.exp(log_chance, out=log_chance)
    mass *= count
    # about the mean, so that a rounded probability of a large count weighs little
    centre = np.maximum(mean, 1.0)
    mass *= np.log(count / np.repeat(centre, length))
    found: NDArray[np.float64] = np.add.reduceat(mass, starts)
    found += mean * np.log(centre)
    return found


def _window(
    a: CountArray, b: CountArray, n: int, mean: NDArray[np.float64]
) -> tuple[CountArray, CountArray]:
    """Return the lowest count >= 1 that matters and how many follow, for each pair."""
    variance = mean * (1.0 - a / n)
    reach = _TAIL / 3 + np.sqrt((_TAIL / 3) ** 2 + 2 * _TAIL * variance)
    low = np.maximum(np.maximum(1, a + b - n), np.floor(mean - reach).astype(np.int64))
    high = np.minimum(np.minimum(a, b), np.ceil(mean + reach).astype(np.int64))
    return low, high - low + 1


def _runs(length: CountArray) -> Iterator[slice]:
    """Cut pairs into runs of at most `_TERMS` terms, or of one pair."""
    ends = np.cumsum(length)
    start = done = 0
    while start < length.size:
        stop = int(np.searchsorted(ends, done + _TERMS, side="right"))
        stop = max(stop, start + 1)
        yield slice(start, stop)
        start, done = stop, int(ends[stop - 1])


def _log_falling(n: int, most: int) -> NDArray[np.float64]:
    """Return ln(n! / (n - k)!) for k = 0..most, accurate relative to its own size.

    The plain difference of two log-factorials of n loses ``n ln n`` ulps.
    """
    k = np.arange(most + 1, dtype=np.float64)
    rest = n - k
    inside = rest > 0
    rest, k = rest[inside], k[inside]
    falling: NDArray[np.float64]
    falling = k * np.log(n) - (rest + 0.5) * np.log1p(-k / n) - k
    falling += _stirling_error(np.array([float(n)]))[0] - _stirling_error(rest)
    if most == n:
        falling = np.append(falling, gammaln(n + 1.0))
    return falling


def _stirling_error(m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln m! minus Stirling's formula, for m >= 1."""
    inverse = 1.0 / np.maximum(m, _STIRLING_FROM)
    square = inverse * inverse
    series = 1 / 1260 - square * (1 / 1680 - square * (1 / 1188))
    series = inverse * (1 / 12 - square * (1 / 360 - square * series))
    small = np.minimum(m, _STIRLING_FROM)
    direct = gammaln(small + 1) - ((small + 0.5) * np.log(small) - small)
    direct -= 0.5 * np.log(2 * np.pi)
    error: NDArray[np.float64] = np.where(m < _STIRLING_FROM, direct, series)
    return error
