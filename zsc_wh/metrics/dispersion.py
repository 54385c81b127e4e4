"""Calinski-Harabasz and Davies-Bouldin: scores of clusters by their centroids.

Clusters are walked through in order of their numbers, in chunks, so that the features
are never copied whole. A mean is taken about the first sample of its cluster: exact for
a cluster of copies, whatever their offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zsc_wh.spaces.distances import (
    CHUNK_BYTES,
    Features,
    FloatArray,
    blocks,
    column_side,
    rooted,
    row_side,
    squared,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.metrics.labels import Codes, CountArray

_ROUNDING = 2.0**-40
"""Centroids that are all closer than this share of the largest spread are on one spot.
scikit-learn takes 1e-8 in the unit of the features, whatever that is, and so gives the
best score to any clusters of small features."""

_SIDE = 504
"""Centroids on the side of a tile of their distances: 2 MB."""


class Dispersion(NamedTuple):
    """Both scores of one label vector."""

    calinski_harabasz: float
    davies_bouldin: float


def dispersion(features: Features, labeling: Codes) -> Dispersion:
    """Compute both scores of one label vector.

    Parameters
    ----------
    features : Features
        The space, of n samples and d features.
    labeling : Codes
        Of 2 to n - 1 clusters; code -1 where a sample is left out.

    Returns
    -------
    Dispersion
        Both at least 0; either can be infinite where a spread is next to nothing.

    Notes
    -----
    Two passes over the features; O(k d) memory for k clusters, O(k^2 d) time for the
    distances between centroids. With no dispersion within clusters at all
    Calinski-Harabasz is 1 and Davies-Bouldin 0, as in scikit-learn, and so is
    Davies-Bouldin with all centroids on one spot.

    References
    ----------
    T. Calinski, J. Harabasz, doi:10.1080/03610927408827101.
    D. L. Davies, D. W. Bouldin, doi:10.1109/TPAMI.1979.4766909.
    """
    walk = _Walk.of(labeling)
    centroids = _centroids(features, walk)
    within, spreads = _spreads(features, walk, centroids)
    for some in blocks(walk.sizes.size, features.dim):
        centroids[some] += features.rows(walk.first[some])
    return Dispersion(
        _calinski_harabasz(walk.sizes, centroids, within),
        _davies_bouldin(centroids, spreads),
    )


def dispersion_peak_bytes(n: int, d: int, n_clusters: int) -> int:
    """Forecast the memory of `dispersion`, besides the features, in bytes.

    Parameters
    ----------
    n, d, n_clusters : int
        Samples, features, and clusters of the label vector that has most.
    """
    side = min(_SIDE, n_clusters)
    return (
        8 * n_clusters * (d + 4)
        + 8 * 6 * side * (d + 2)
        + 8 * 4 * side * side
        + 5 * CHUNK_BYTES
        + 24 * n
    )


@dataclass(frozen=True)
class _Walk:
    """Samples in order of their clusters.

    `order` and `codes` are of the samples that count; `first` is one of each cluster.
    """

    order: CountArray
    codes: CountArray
    first: CountArray
    sizes: CountArray

    @classmethod
    def of(cls, labeling: Codes) -> _Walk:
        """Sort the samples of one label vector."""
        codes, sizes = labeling
        order = np.argsort(codes, kind="stable")[codes.size - int(sizes.sum()) :]
        first = order[np.cumsum(sizes) - sizes]
        return cls(order, codes[order], first, sizes)

    def chunks(self, d: int) -> Iterator[tuple[CountArray, CountArray, CountArray]]:
        """Yield samples, where each cluster among them starts, and which it is."""
        for some in blocks(self.order.size, d):
            codes = self.codes[some]
            starts = np.flatnonzero(np.diff(codes, prepend=-1))
            yield self.order[some], starts, codes[starts]


def _about_first(
    features: Features,
    walk: _Walk,
    index: CountArray,
    starts: CountArray,
    clusters: CountArray,
) -> FloatArray:
    """Return samples less the first sample of their clusters."""
    x = features.raw(index)
    ends = np.append(starts[1:], index.size)
    for start, end, origin in zip(
        starts, ends, features.raw(walk.first[clusters]), strict=True
    ):
        x[start:end] -= origin
    return x


def _centroids(features: Features, walk: _Walk) -> FloatArray:
    """Return the mean of each cluster, less its first sample."""
    means = np.zeros((walk.sizes.size, features.dim))
    for index, starts, clusters in walk.chunks(features.dim):
        x = _about_first(features, walk, index, starts, clusters)
        means[clusters] += np.add.reduceat(x, starts, axis=0)
    means /= walk.sizes[:, None]
    return means


def _spreads(
    features: Features, walk: _Walk, means: FloatArray
) -> tuple[float, FloatArray]:
    """Return the dispersion within, and each cluster's mean distance to its mean."""
    within, apart = 0.0, False
    spreads = np.zeros(walk.sizes.size)
    for index, starts, clusters in walk.chunks(features.dim):
        x = _about_first(features, walk, index, starts, clusters)
        ends = np.append(starts[1:], index.size)
        for start, end, mean in zip(starts, ends, means[clusters], strict=True):
            x[start:end] -= mean
        squares = np.einsum("ij,ij->i", x, x)
        within += float(squares.sum())
        apart = apart or bool(x.any())
        spreads[clusters] += np.add.reduceat(np.sqrt(squares), starts)
    if apart:  # squares may be too small for a float
        within = max(within, float(np.finfo(np.float64).smallest_subnormal))
    return within, spreads / walk.sizes


def _calinski_harabasz(
    sizes: CountArray, centroids: FloatArray, within: float
) -> float:
    if within == 0.0:
        return 1.0
    n, k = int(sizes.sum()), sizes.size
    mean = sizes @ centroids / n
    between = 0.0
    for some in blocks(k, centroids.shape[1]):
        x = centroids[some] - mean
        between += float(sizes[some] @ np.einsum("ij,ij->i", x, x))
    with np.errstate(over="ignore"):
        return float(np.float64(between) / within * ((n - k) / (k - 1)))


def _davies_bouldin(centroids: FloatArray, spreads: FloatArray) -> float:
    k, d = centroids.shape
    space = Features(centroids, 1.0, np.ones(d), np.zeros(d))
    buffer = np.empty(min(_SIDE, k) ** 2)
    farthest = 0.0
    worst = np.zeros(k)
    tiles = [np.arange(start, min(start + _SIDE, k)) for start in range(0, k, _SIDE)]
    for columns in tiles:
        right = column_side(space, columns)
        for rows in tiles:
            left = row_side(space, rows)
            gaps = squared(left, right, buffer)
            rooted(space, left, right, gaps, same=rows is columns)
            farthest = max(farthest, float(gaps.max()))
            # clusters on one spot, each with itself too, are not compared
            gaps[gaps == 0.0] = np.inf
            ratios = (spreads[rows][:, None] + spreads[columns]) / gaps
            worst[columns] = np.maximum(worst[columns], ratios.max(axis=0))
    return 0.0 if farthest <= _ROUNDING * spreads.max() else float(worst.mean())
