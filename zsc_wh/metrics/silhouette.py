"""Silhouettes of many label vectors, of each sample or their mean.

The silhouette of a sample is (b - a) / max(a, b), with a its mean distance to the
others of its cluster and b that to the nearest other cluster: both follow from what
`zsc_wh.metrics.sums` adds up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zsc_wh.metrics.labels import Codes
from zsc_wh.metrics.sums import Pass, cut, plan
from zsc_wh.spaces.distances import CHUNK_BYTES, FloatArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import CountArray
    from zsc_wh.spaces.tiles import AnyTiles

MEMORY_BYTES = 1 << 29
"""512 MiB for the sums and the promoted features of one panel."""


def mean_silhouettes(
    tiles: AnyTiles,
    labelings: Sequence[Codes],
    *,
    memory_bytes: int = MEMORY_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Return the mean silhouette of each label vector.

    Parameters
    ----------
    tiles : AnyTiles
        Distances in the space, of n samples.
    labelings : sequence of Codes
        At least one; each with at least two clusters, and code -1 where a sample is
        left out.
    memory_bytes : int
        For a panel. More is faster, up to 8 n (clusters + d + 2) bytes.
    progress : callable, optional
        Called with the steps done and in all.

    Returns
    -------
    list of float
        Between -1 and 1.
    """
    offsets = np.cumsum([0, *(sizes.size for _, sizes in labelings)])
    side, width, height = plan(tiles.dim, int(offsets[-1]), memory_bytes)
    parts = cut(tiles, labelings, offsets, side)
    work = Pass(tiles, int(offsets[-1]), parts, parts, width, height)
    totals: dict[int, FloatArray] = {}
    for panel, part, sums in work.found(progress):
        of_panel = totals.setdefault(panel, np.zeros(len(labelings)))
        for which, _, values in _silhouettes(sums, part.codes, labelings, offsets):
            of_panel[which] += values.sum()
        del sums  # before those of the next panel are made
    total = np.sum([*totals.values()], axis=0)
    counts = [int(sizes.sum()) for _, sizes in labelings]
    return [float(each) / n for each, n in zip(total, counts, strict=True)]


class SampleSilhouettes(NamedTuple):
    """Silhouettes of samples.

    Parameters
    ----------
    value : (n,) float64
        Between -1 and 1; NaN for a sample that is left out.
    nearest : (n,) int64
        Code of the nearest other cluster; -1 for a sample that is left out.
    """

    value: FloatArray
    nearest: CountArray


def sample_silhouettes(tiles: AnyTiles, labeling: Codes) -> SampleSilhouettes:
    """Return the silhouette of each sample, and which other cluster is nearest.

    Parameters
    ----------
    tiles : AnyTiles
        Distances in the space, of n samples.
    labeling : Codes
        With at least two clusters, and code -1 where a sample is left out.
    """
    n = labeling.codes.size
    found = SampleSilhouettes(np.full(n, np.nan), np.full(n, -1, dtype=np.int64))
    offsets = np.array([0, labeling.sizes.size])
    side, width, height = plan(tiles.dim, labeling.sizes.size, MEMORY_BYTES)
    parts = cut(tiles, [labeling], offsets, side)
    work = Pass(tiles, labeling.sizes.size, parts, parts, width, height)
    for _, part, sums in work.found(None):
        for _, samples, values in _silhouettes(sums, part.codes, [labeling], offsets):
            found.value[part.index[samples]] = values
            # they hold mean distances by now, infinite to their own clusters
            found.nearest[part.index[samples]] = sums[:, samples].argmin(axis=0)
    return found


class Estimate(NamedTuple):
    """A mean over all samples, estimated by some of them.

    Parameters
    ----------
    mean : float
        Mean over the samples drawn.
    low, high : float
        Interval that holds the mean over all samples in 95 % of draws.
    """

    mean: float
    low: float
    high: float


def sampled_silhouettes(
    tiles: AnyTiles,
    labelings: Sequence[Codes],
    size: int,
    *,
    seed: int = 0,
    memory_bytes: int = MEMORY_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> list[Estimate]:
    """Estimate the mean silhouette of each label vector by some samples of it.

    Parameters
    ----------
    tiles, labelings, memory_bytes, progress
        As of `mean_silhouettes`.
    size : int
        Samples to draw of those that a label vector has in a cluster, from 2 on; all of
        them where there are fewer.
    seed : int
        Of the draw, in which label vectors share as many samples as they can.

    Returns
    -------
    list of Estimate
        Between -1 and 1. The interval has no width where all samples are drawn.

    Notes
    -----
    The silhouette of a sample that is drawn is exact: its distances to all samples
    count. So the mean is that of a simple random sample without replacement, unbiased,
    with the standard error s / sqrt(m) sqrt(1 - m / n) for m of n samples whose values
    deviate by s (W. G. Cochran, Sampling Techniques, 3rd edition, 1977, theorem 2.2).
    O(size n (d + labelings)) time.
    """
    offsets = np.cumsum([0, *(sizes.size for _, sizes in labelings)])
    side, width, height = plan(tiles.dim, int(offsets[-1]), memory_bytes)
    parts = cut(tiles, labelings, offsets, side)
    drawn = _drawn(labelings, size, seed)
    targets = cut(tiles, drawn, offsets, side)
    work = Pass(tiles, int(offsets[-1]), parts, targets, width, height)
    found: list[list[FloatArray]] = [[] for _ in labelings]
    for _, part, sums in work.found(progress):
        for which, _, values in _silhouettes(sums, part.codes, labelings, offsets):
            found[which].append(values)
        del sums  # before those of the next panel are made
    return [
        _estimate(np.concatenate(values), int(sizes.sum()))
        for values, (_, sizes) in zip(found, labelings, strict=True)
    ]


def _drawn(labelings: Sequence[Codes], size: int, seed: int) -> list[Codes]:
    """Return label vectors that leave out what is not drawn.

    All draw from the front of one order of the samples, which makes each draw simple.
    """
    order = np.random.default_rng(seed).permutation(labelings[0].codes.size)
    drawn = []
    for codes, sizes in labelings:
        chosen = order[codes[order] >= 0][:size]
        kept = np.full_like(codes, -1)
        kept[chosen] = codes[chosen]
        drawn.append(Codes(kept, sizes))
    return drawn


_QUANTILE = 1.959963984540054
"""Standard deviations of a normal distribution on either side that hold 95 % of it."""


def _estimate(values: FloatArray, n: int) -> Estimate:
    """Return the mean of `values`, drawn from n, and its interval."""
    mean = float(values.mean())
    error = float(values.std(ddof=1)) * math.sqrt((1 / values.size) - (1 / n))
    low, high = mean - _QUANTILE * error, mean + _QUANTILE * error
    return Estimate(mean, max(low, -1.0), min(high, 1.0))


def silhouette_peak_bytes(
    n: int,
    d: int,
    total_clusters: int,
    *,
    n_labelings: int = 16,
    memory_bytes: int = MEMORY_BYTES,
) -> int:
    """Forecast the memory of the silhouettes of one space, besides the features.

    Parameters
    ----------
    n, d : int
        Samples and features.
    total_clusters : int
        Clusters of all label vectors together.
    n_labelings : int
        Label vectors.
    memory_bytes : int
        As given to `internal_scores`.

    Returns
    -------
    int
        Bytes, an upper bound but for small change.
    """
    side, width, height = plan(d, total_clusters, memory_bytes)
    panel, rows, side = min(side * width, n), min(side * height, n), min(side, n)
    met = min(total_clusters, side * n_labelings)
    return (
        8 * panel * (total_clusters + d + 2)
        + 8 * rows * (d + 2 + side)  # a group of rows and its products
        + 8 * 2 * side * d  # features read again for near pairs
        + 8 * 4 * side * side  # the mirror, and what finds near pairs
        + 8 * 3 * side * met  # sums by cluster of one tile
        + 3 * CHUNK_BYTES
        + n * (16 + 64 * n_labelings)  # order, codes and one-hot matrices
    )


def _silhouettes(
    sums: FloatArray,
    codes: NDArray[np.int32],
    labelings: Sequence[Codes],
    offsets: NDArray[np.int64],
) -> Iterator[tuple[int, CountArray, FloatArray]]:
    """Yield label vectors, their samples among some, and the silhouettes of these.

    `sums` holds their summed distances to each cluster. Then it holds their mean
    distances, infinite to the clusters that they are in.
    """
    for which, (_, sizes) in enumerate(labelings):
        samples = np.flatnonzero(codes[which] >= 0)
        if samples.size == 0:
            continue
        own = codes[which][samples]
        means = sums[offsets[which] : offsets[which + 1]]
        within = means[own, samples] / np.maximum(sizes[own] - 1, 1)
        means[own, samples] = np.inf
        means /= sizes[:, None]
        nearest = means.min(axis=0)[samples]
        widest = np.maximum(within, nearest)
        # a sample alone in its cluster counts 0, and so does one at distance 0 of all
        counts = (sizes[own] > 1) & (widest > 0)
        values = np.divide(
            nearest - within, widest, out=np.zeros(samples.size), where=counts
        )
        yield which, samples, values
