"""Distances from samples to clusters, of many label vectors out of one pass.

The samples are cut into parts of `SIDE`. Each tile of distances between two parts is
computed once and added up by cluster for every label vector at once, as a product with
a sparse one-hot matrix; that is 2 to 10 times faster than a dense one-hot product or
sums over sorted segments. Samples are taken in the order of their clusters, so that a
part meets few clusters of each label vector.

Parts are grouped into panels as large as the memory allows. Inside a panel a tile of
distances serves for its mirror image too: with one panel half of them are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import Codes, CountArray
    from zsc_wh.spaces.distances import FloatArray
    from zsc_wh.spaces.tiles import AnyTiles

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
class Part:
    """Some samples, and the clusters that they are in by each label vector.

    Parameters
    ----------
    index : (m,) int64
        The samples.
    codes : (labelings, m) int32
        Cluster of each by each label vector; -1 where it is left out.
    clusters : (c,) int64
        Those met, those of all label vectors numbered through.
    one_hot : matrix of shape (c, m)
        Row r marks the samples of cluster ``clusters[r]``.
    """

    index: CountArray
    codes: NDArray[np.int32]
    clusters: CountArray
    one_hot: Any


def plan(d: int, n_clusters: int, memory_bytes: int) -> tuple[int, int, int]:
    """Return the side of a tile, and how many make a panel and a group of rows."""
    per_sample = 8 * (n_clusters + d + 2)
    side = min(SIDE, max(_LEAST_SIDE, memory_bytes // per_sample))
    width = max(1, memory_bytes // (per_sample * side))
    height = max(1, min(_GROUP, _GROUP_BYTES // (8 * (d + 2) * side)))
    return side, width, height


def cut(
    tiles: AnyTiles, labelings: Sequence[Codes], offsets: NDArray[np.int64], side: int
) -> list[Part]:
    """Cut the samples that any label vector has in a cluster into parts."""
    # the label vector of most clusters sorts first: the others follow it roughly
    keys = [codes for codes, _ in sorted(labelings, key=lambda item: item.sizes.size)]
    order = np.lexsort(keys)
    order = order[np.any([codes[order] >= 0 for codes in keys], axis=0)]
    parts = []
    for start in range(0, order.size, side):
        index = order[start : start + side]
        codes = np.stack([codes[index] for codes, _ in labelings]).astype(np.int32)
        which, columns = np.nonzero(codes >= 0)
        clusters, rows = np.unique(
            codes[which, columns] + offsets[which], return_inverse=True
        )
        one_hot = tiles.one_hot(rows, columns, index.size)
        parts.append(Part(index, codes, clusters, one_hot))
    return parts


@dataclass(frozen=True)
class Pass:
    """One pass over the distances, a panel at a time.

    Parameters
    ----------
    tiles : Tiles
        Distances.
    n_clusters : int
        Clusters of all label vectors together.
    parts : sequence of Part
        All samples.
    targets : sequence of Part
        Those whose distances are asked for: `parts` itself, or others cut from them.
    width, height : int
        Targets of a panel, and parts whose products are taken together.
    """

    tiles: AnyTiles
    n_clusters: int
    parts: Sequence[Part]
    targets: Sequence[Part]
    width: int
    height: int

    def found(
        self, progress: Callable[[int, int], None] | None
    ) -> Iterator[tuple[int, Part, FloatArray]]:
        """Yield each target with its panel's number and its summed distances.

        The sums have the shape (n_clusters, m) for m samples, and may be used up.
        """
        largest = self.parts[0].index.size
        self.tiles.make_room(largest * min(self.height, len(self.parts)), largest)
        panels = _ranges(0, len(self.targets), self.width)
        steps = len(self.parts) * len(panels)
        for number, panel in enumerate(panels):

            def advance(done: int, before: int = number * len(self.parts)) -> None:
                if progress is not None:
                    progress(before + done, steps)

            sums = self._sums(panel, advance)
            for i in panel:
                # none is kept beside those of the next panel
                yield number, self.targets[i], self.tiles.fetched(sums.pop(0))

    def _sums(self, panel: range, advance: Callable[[int], None]) -> list[Any]:
        targets = [self.targets[i] for i in panel]
        columns = [self.tiles.columns(target.index) for target in targets]
        sums: list[Any] = [
            self.tiles.zeros(self.n_clusters, target.index.size) for target in targets
        ]
        done = 0
        # no group reaches over the edge of the panel: it is mirrored whole or not
        edges = (panel.start, panel.stop) if self.targets is self.parts else ()
        for start, stop in pairwise((0, *edges, len(self.parts))):
            for group in _ranges(start, stop, self.height):
                self._add(group, panel, columns, sums)
                done += len(group)
                advance(done)
        return sums

    def _add(
        self,
        group: range,
        panel: range,
        columns: Sequence[Any],
        sums: Sequence[Any],
    ) -> None:
        """Add the distances from a group of parts to the sums of a panel."""
        tiles: Any = self.tiles  # sides and sums are theirs
        parts = self.parts
        rows = tiles.rows(np.concatenate([parts[j].index for j in group]))
        ends = np.cumsum([0, *(parts[j].index.size for j in group)])
        inside = self.targets is parts and group.start in panel
        for i, column, found in zip(panel, columns, sums, strict=True):
            # inside the panel, parts j < i are the mirror images of others
            first = max(group.start, i) if inside else group.start
            if first >= group.stop:
                break
            skipped = ends[first - group.start]
            products = tiles.products(rows.part(slice(skipped, None)), column)
            for j in range(first, group.stop):
                part = slice(*ends[j - group.start : j - group.start + 2])
                tile = tiles.distances(
                    rows.part(part),
                    column,
                    products[part.start - skipped : part.stop - skipped],
                    same=inside and i == j,
                )
                tiles.add(found, parts[j].clusters, parts[j].one_hot, tile)
                if inside and i != j:
                    own, image = sums[j - panel.start], tiles.mirrored(tile)
                    tiles.add(own, parts[i].clusters, parts[i].one_hot, image)


def _ranges(start: int, stop: int, step: int) -> list[range]:
    return [range(i, min(i + step, stop)) for i in range(start, stop, step)]
