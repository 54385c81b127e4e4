"""Tiles of distances of several kinds, and sums of them by cluster.

What is needed of a space to score clusters: two sides of samples, the distances
between them, and these added up by the clusters of one side. Everything that depends on
the kind of distance is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from zsc_wh.spaces.distances import (
    Features,
    FloatArray,
    IndexArray,
    Side,
    UnitRows,
    blocks,
    column_side,
    mended,
    rooted,
    row_side,
    squared,
)
from zsc_wh.spaces.torch_tiles import (
    TorchCosineTiles,
    TorchManhattanTiles,
    TorchTiles,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tiles:
    """Euclidean distances between the samples of one space, a tile at a time.

    Parameters
    ----------
    features : Features
        The space, of n samples.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        self._products = self._image = np.empty(0)

    @property
    def dim(self) -> int:
        """Number of features."""
        return self.features.dim

    def make_room(self, rows: int, columns: int) -> None:
        """Prepare for tiles of at most so many samples, and groups of so many rows."""
        self._products = np.empty(rows * columns)
        self._image = np.empty(columns**2)

    def rows(self, index: IndexArray) -> Side:
        """Return samples as the rows of tiles."""
        return row_side(self.features, index)

    def columns(self, index: IndexArray) -> Side:
        """Return samples as the columns of tiles."""
        return column_side(self.features, index)

    def products(self, rows: Side, columns: Side) -> FloatArray:
        """Return what `distances` needs of a group of r rows and c columns, (r, c)."""
        return squared(rows, columns, self._products)

    def distances(
        self, rows: Side, columns: Side, products: FloatArray, *, same: bool
    ) -> FloatArray:
        """Turn rows of `products` into distances, in place.

        Parameters
        ----------
        rows, columns : Side
            Of r and c samples.
        products : (r, c) float64
            Their part of what `products` returned.
        same : bool
            Whether rows and columns are the same samples in the same order.

        Returns
        -------
        (r, c) float64
            In one unit for the whole space; right to about 1e-9 of each.
        """
        return rooted(self.features, rows, columns, products, same=same)

    def mirrored(self, tile: FloatArray) -> FloatArray:
        """Return a tile with its rows for columns, until the next is mirrored."""
        image = self._image[: tile.size].reshape(tile.shape[::-1])
        np.copyto(image, tile.T)
        return image

    def zeros(self, clusters: int, samples: int) -> FloatArray:
        """Return sums for `add` to begin with."""
        return np.zeros((clusters, samples))

    def one_hot(self, rows: IndexArray, columns: IndexArray, n: int) -> Any:
        """Return which of `n` samples (columns) is in which cluster (rows)."""
        shape = (int(rows.max(initial=-1)) + 1, n)
        return csr_array((np.ones(rows.size), (rows, columns)), shape=shape)

    def add(
        self, sums: FloatArray, clusters: IndexArray, one_hot: Any, tile: FloatArray
    ) -> None:
        """Add the distances from the members of `clusters` to the sums of these."""
        sums[clusters] += one_hot @ tile

    def fetched(self, sums: FloatArray) -> FloatArray:
        """Return sums as an array of NumPy; they may be used up."""
        return sums


class CosineTiles(Tiles):
    """One minus the cosine, from the differences of unit rows.

    The squared distance of unit rows is twice 1 - cos, without its cancellation. A row
    of zeros, which has no direction, is at 1 - 0 from all others, as in scikit-learn.
    """

    def __init__(self, features: Features, zeros: NDArray[np.bool_]) -> None:
        super().__init__(features)
        self._zeros = zeros

    def distances(
        self, rows: Side, columns: Side, products: FloatArray, *, same: bool
    ) -> FloatArray:
        """Turn rows of `products` into distances, in place; see `Tiles`."""
        tile = mended(self.features, rows, columns, products, same=same)
        left, right = self._zeros[rows.index], self._zeros[columns.index]
        if left.any() or right.any():
            # as far as right angles; the scale is moderate where lengths are 0 and 1
            tile[left] = 2.0 * self.features.scale**2
            tile[:, right] = 2.0 * self.features.scale**2
            tile[rows.index[:, None] == columns.index] = 0.0
        return tile


class ManhattanTiles(Tiles):
    """Sums of absolute differences, in units of the scaled features."""

    def rows(self, index: IndexArray) -> Side:
        """Return samples as the rows of tiles."""
        return Side(index, self.features.raw(index), np.empty(0))

    def columns(self, index: IndexArray) -> Side:
        """Return samples as the columns of tiles."""
        return self.rows(index)

    def products(self, rows: Side, columns: Side) -> FloatArray:
        """Return the distances: no product helps."""
        shape = (rows.index.size, columns.index.size)
        tile = self._products[: shape[0] * shape[1]].reshape(shape)
        return cdist(rows.factor, columns.factor, "cityblock", out=tile)

    def distances(
        self, rows: Side, columns: Side, products: FloatArray, *, same: bool
    ) -> FloatArray:
        """Return what `products` made."""
        del rows, columns, same
        return products


AnyTiles = Tiles | TorchTiles
"""Tiles on any device; what one method returns is for the others of the same tiles."""


def tiles_of(
    X: NDArray[Any], features: Features, distance: str, device: str | None = None
) -> AnyTiles:
    """Return tiles of one kind of distance.

    Parameters
    ----------
    X : (n, d) real
        Finite features, in memory or mapped from a file; never copied whole.
    features : Features
        ``Features.of(X)``.
    distance : {"euclidean", "cosine", "manhattan"}
        The kind.
    device : str, optional
        Where torch computes, such as ``cuda:0``; NumPy on the processor without.
    """
    if distance == "manhattan":
        return (
            ManhattanTiles(features)
            if device is None
            else TorchManhattanTiles(features, device)
        )
    if distance == "euclidean":
        return Tiles(features) if device is None else TorchTiles(features, device)
    # unit rows of finite features are finite
    directions, zeros = cast("Features", Features.of(UnitRows(X))), _no_direction(X)
    if device is None:
        return CosineTiles(directions, zeros)
    return TorchCosineTiles(directions, zeros, device)


def _no_direction(X: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which rows are zeros."""
    found = np.empty(X.shape[0], dtype=np.bool_)
    for rows in blocks(*X.shape):
        found[rows] = ~np.any(X[rows], axis=1)
    return found
