"""Tiles of distances on a device, by torch.

The steps are those of `zsc_wh.spaces.tiles`, in float64: a product, and near pairs
again from their differences. Sums are rounded in another order, so distances agree to
about 1e-9 of each. No sum depends on which thread comes first, so a device gives the
same bits each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from zsc_wh.spaces.distances import NEAR, Features, blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from zsc_wh.spaces.distances import FloatArray, IndexArray


@dataclass(frozen=True)
class TorchSide:
    """One side of tiles: samples, their features on the device, and their norms."""

    index: IndexArray
    features: Tensor
    norms: Tensor

    def part(self, some: slice) -> TorchSide:
        """Return some of the samples, without copying."""
        return TorchSide(self.index[some], self.features[some], self.norms[some])


class Members(NamedTuple):
    """Which sample (column) is in which cluster (row), as indices on the device."""

    rows: Tensor
    columns: Tensor
    shape: tuple[int, int]


class TorchTiles:
    """Euclidean distances on a device; see `zsc_wh.spaces.tiles.Tiles`.

    Parameters
    ----------
    features : Features
        The space, of n samples, in the memory of the processor.
    device : str
        As torch calls it, such as ``cuda:0``; ``cpu`` too.
    """

    def __init__(self, features: Features, device: str) -> None:
        self.features = features
        self.device = device

    @property
    def dim(self) -> int:
        """Number of features."""
        return self.features.dim

    def make_room(self, rows: int, columns: int) -> None:
        """Do nothing: torch keeps the memory of one tile for the next."""

    def rows(self, index: IndexArray) -> TorchSide:
        """Return samples as the rows of tiles."""
        x = self._sent(self.features.rows(index))
        return TorchSide(index, x, (x * x).sum(1))

    def columns(self, index: IndexArray) -> TorchSide:
        """Return samples as the columns of tiles."""
        return self.rows(index)

    def products(self, rows: TorchSide, columns: TorchSide) -> Tensor:
        """Return squared distances of r rows and c columns that `mended` mends."""
        tile = (rows.features @ columns.features.T).mul_(-2.0)
        return tile.add_(rows.norms[:, None]).add_(columns.norms)

    def distances(
        self, rows: TorchSide, columns: TorchSide, products: Tensor, *, same: bool
    ) -> Tensor:
        """Turn rows of `products` into distances, in place; see `Tiles.distances`."""
        return self.mended(rows, columns, products, same=same).sqrt_()

    def mended(
        self, rows: TorchSide, columns: TorchSide, tile: Tensor, *, same: bool
    ) -> Tensor:
        """Compute the squared distances of near pairs again, from differences."""
        if same:
            tile.fill_diagonal_(float("inf"))
        near = tile <= NEAR * (rows.norms[:, None] + columns.norms)
        i, j = near.nonzero(as_tuple=True)
        if i.numel():
            left = self._sent(self.features.raw(rows.index))
            right = self._sent(self.features.raw(columns.index))
            for some in blocks(i.numel(), self.dim):
                gap = left[i[some]] - right[j[some]]
                tile[i[some], j[some]] = (gap * gap).sum(1)
        if same:
            tile.fill_diagonal_(0.0)
        return tile

    def mirrored(self, tile: Tensor) -> Tensor:
        """Return a tile with its rows for columns."""
        return tile.T

    def zeros(self, clusters: int, samples: int) -> Tensor:
        """Return sums for `add` to begin with."""
        import torch

        return torch.zeros((clusters, samples), dtype=torch.float64, device=self.device)

    def one_hot(self, rows: IndexArray, columns: IndexArray, n: int) -> Members:
        """Return which of `n` samples (columns) is in which cluster (rows)."""
        shape = (int(rows.max(initial=-1)) + 1, n)
        return Members(self._sent(rows), self._sent(columns), shape)

    def add(
        self, sums: Tensor, clusters: IndexArray, one_hot: Members, tile: Tensor
    ) -> None:
        """Add the distances from the members of `clusters` to the sums of these."""
        # a product of matrices, unlike a scattered sum, has one order on a GPU
        dense = self.zeros(*one_hot.shape)
        dense[one_hot.rows, one_hot.columns] = 1.0
        sums[self._sent(clusters)] += dense @ tile

    def fetched(self, sums: Tensor) -> FloatArray:
        """Return sums as an array of NumPy; they may be used up."""
        found: FloatArray = sums.cpu().numpy()
        return found

    def _sent(self, array: NDArray[Any]) -> Tensor:
        import torch

        return torch.from_numpy(array).to(self.device)


class TorchCosineTiles(TorchTiles):
    """One minus the cosine; see `zsc_wh.spaces.tiles.CosineTiles`."""

    def __init__(
        self, features: Features, zeros: NDArray[np.bool_], device: str
    ) -> None:
        super().__init__(features, device)
        self._zeros = zeros

    def distances(
        self, rows: TorchSide, columns: TorchSide, products: Tensor, *, same: bool
    ) -> Tensor:
        """Turn rows of `products` into distances, in place; see `Tiles.distances`."""
        tile = self.mended(rows, columns, products, same=same)
        left, right = self._zeros[rows.index], self._zeros[columns.index]
        if left.any() or right.any():
            right_angle = 2.0 * self.features.scale**2
            tile[self._sent(left)] = right_angle
            tile[:, self._sent(right)] = right_angle
            tile[self._sent(rows.index[:, None] == columns.index)] = 0.0
        return tile


class TorchManhattanTiles(TorchTiles):
    """Sums of absolute differences; see `zsc_wh.spaces.tiles.ManhattanTiles`."""

    def rows(self, index: IndexArray) -> TorchSide:
        """Return samples as the rows of tiles."""
        x = self._sent(self.features.raw(index))
        return TorchSide(index, x, x[:, :0])

    def products(self, rows: TorchSide, columns: TorchSide) -> Tensor:
        """Return the distances: no product helps."""
        import torch

        return torch.cdist(rows.features, columns.features, p=1.0)

    def distances(
        self, rows: TorchSide, columns: TorchSide, products: Tensor, *, same: bool
    ) -> Tensor:
        """Return what `products` made."""
        del rows, columns, same
        return products
