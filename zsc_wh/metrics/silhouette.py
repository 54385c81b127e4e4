"""Silhouettes of many label vectors out of one pass over the distances.

The samples are cut into tiles of `SIDE`. Each tile of the distance matrix is computed
once and added up by cluster for every label vector at once, as a product with a sparse
one-hot matrix; that is 2 to 10 times faster than a dense one-hot product or sums over
sorted segments. Samples are taken in the order of their clusters, so that a tile meets
few clusters of each label vector.

Tiles are grouped into panels as large as the memory allows. Inside a panel a tile of
distances serves for its mirror image too: with one panel half of them are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from zsc_wh.spaces.distances import (
    CHUNK_BYTES,
    Features,
    FloatArray,
    Side,
    column_side,
    rooted,
    row_side,
    squared,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import Codes, CountArray

MEMORY_BYTES = 1 << 29
"""512 MiB for the sums and the promoted features of one panel."""

SIDE = 504
"""Samples on the side of a tile: 2 MB of float64. Not a power of two: a matrix whose
rows are 4 KiB apart takes five times as long to transpose."""

_GROUP_BYTES = 1 << 25
_GROUP = 8
"""Tiles whose products are taken together, within 32 MiB of promoted features: where
another process keeps a core busy, threads of a small product wait for each other longer
than they work (12 times at 50 features, 2 times at 512)."""

_LEAST_SIDE = 24
"""Below this side a tile would be all overhead; the memory limit gives way instead."""


@dataclass(frozen=True)
class _Tile:
    """Some samples, and the clusters that they are in by each label vector.

    Clusters of all label vectors are numbered through; row r of `one_hot` marks the
    samples of cluster ``clusters[r]``.
    """

    index: CountArray
    codes: NDArray[np.int32]
    clusters: CountArray
    one_hot: Any


def mean_silhouettes(
    features: Features,
    labelings: Sequence[Codes],
    *,
    memory_bytes: int = MEMORY_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Return the mean silhouette of each label vector.

    Parameters
    ----------
    features : Features
        The space, of n samples.
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
    side, width, height = _plan(features.dim, int(offsets[-1]), memory_bytes)
    tiles = _cut(labelings, offsets, side)
    panels = _ranges(0, len(tiles), width)
    largest = tiles[0].index.size
    work = _Pass(
        features=features,
        labelings=labelings,
        offsets=offsets,
        tiles=tiles,
        height=height,
        products=np.empty(largest**2 * min(height, len(tiles))),
        mirror=np.empty(largest**2),
    )
    steps = len(tiles) * len(panels)
    totals = np.zeros(len(labelings))
    for number, panel in enumerate(panels):

        def advance(done: int, before: int = number * len(tiles)) -> None:
            if progress is not None:
                progress(before + done, steps)

        totals += work.totals(panel, advance)
    counts = [int(sizes.sum()) for _, sizes in labelings]
    return [total / n for total, n in zip(totals.tolist(), counts, strict=True)]


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
    side, width, height = _plan(d, total_clusters, memory_bytes)
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


def _plan(d: int, n_clusters: int, memory_bytes: int) -> tuple[int, int, int]:
    """Return the side of a tile, and how many make a panel and a group of rows."""
    per_sample = 8 * (n_clusters + d + 2)
    side = min(SIDE, max(_LEAST_SIDE, memory_bytes // per_sample))
    width = max(1, memory_bytes // (per_sample * side))
    height = max(1, min(_GROUP, _GROUP_BYTES // (8 * (d + 2) * side)))
    return side, width, height


def _ranges(start: int, stop: int, step: int) -> list[range]:
    return [range(i, min(i + step, stop)) for i in range(start, stop, step)]


def _cut(
    labelings: Sequence[Codes], offsets: NDArray[np.int64], side: int
) -> list[_Tile]:
    """Cut the samples that any label vector has in a cluster into tiles."""
    # the label vector of most clusters sorts first: the others follow it roughly
    keys = [codes for codes, _ in sorted(labelings, key=lambda item: item.sizes.size)]
    order = np.lexsort(keys)
    order = order[np.any([codes[order] >= 0 for codes in keys], axis=0)]
    tiles = []
    for start in range(0, order.size, side):
        index = order[start : start + side]
        codes = np.stack([codes[index] for codes, _ in labelings]).astype(np.int32)
        which, columns = np.nonzero(codes >= 0)
        clusters, rows = np.unique(
            codes[which, columns] + offsets[which], return_inverse=True
        )
        one_hot = csr_array(
            (np.ones(rows.size), (rows, columns)), shape=(clusters.size, index.size)
        )
        tiles.append(_Tile(index, codes, clusters, one_hot))
    return tiles


@dataclass(frozen=True)
class _Pass:
    """One pass over the distances, a panel at a time."""

    features: Features
    labelings: Sequence[Codes]
    offsets: NDArray[np.int64]
    tiles: Sequence[_Tile]
    height: int
    products: FloatArray
    mirror: FloatArray

    def totals(self, panel: range, advance: Callable[[int], None]) -> FloatArray:
        """Return the summed silhouettes of a panel's samples by each label vector."""
        tiles = [self.tiles[i] for i in panel]
        columns = [column_side(self.features, tile.index) for tile in tiles]
        sums = [np.zeros((self.offsets[-1], tile.index.size)) for tile in tiles]
        done = 0
        # no group reaches over the edge of the panel: it is mirrored whole or not
        for start, stop in pairwise((0, panel.start, panel.stop, len(self.tiles))):
            for group in _ranges(start, stop, self.height):
                self._add(group, panel, columns, sums)
                done += len(group)
                advance(done)
        totals = np.zeros(len(self.labelings))
        for tile, found in zip(tiles, sums, strict=True):
            totals += _silhouettes(found, tile.codes, self.labelings, self.offsets)
        return totals

    def _add(
        self,
        group: range,
        panel: range,
        columns: Sequence[Side],
        sums: Sequence[FloatArray],
    ) -> None:
        """Add the distances from a group of tiles to the sums of a panel."""
        tiles = self.tiles
        rows = row_side(self.features, np.concatenate([tiles[j].index for j in group]))
        ends = np.cumsum([0, *(tiles[j].index.size for j in group)])
        inside = group.start in panel
        for i, column, found in zip(panel, columns, sums, strict=True):
            # inside the panel, tiles j < i are the mirror images of others
            first = max(group.start, i) if inside else group.start
            if first >= group.stop:
                break
            skipped = ends[first - group.start]
            product = squared(rows.part(slice(skipped, None)), column, self.products)
            for j in range(first, group.stop):
                part = slice(*ends[j - group.start : j - group.start + 2])
                tile = product[part.start - skipped : part.stop - skipped]
                rooted(self.features, rows.part(part), column, tile, same=i == j)
                found[tiles[j].clusters] += tiles[j].one_hot @ tile
                if inside and i != j:
                    image = self.mirror[: tile.size].reshape(tile.shape[::-1])
                    np.copyto(image, tile.T)
                    own = sums[j - panel.start]
                    own[tiles[i].clusters] += tiles[i].one_hot @ image


def _silhouettes(
    sums: FloatArray,
    codes: NDArray[np.int32],
    labelings: Sequence[Codes],
    offsets: NDArray[np.int64],
) -> FloatArray:
    """Return the summed silhouettes of some samples by each label vector.

    `sums` holds their summed distances to each cluster, and is used up.
    """
    totals = np.zeros(len(labelings))
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
        totals[which] = np.divide(
            nearest - within, widest, out=np.zeros(samples.size), where=counts
        ).sum()
    return totals
