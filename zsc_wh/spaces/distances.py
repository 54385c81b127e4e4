"""One space of samples, and accurate Euclidean distances between tiles of it.

The fast form |x|^2 + |y|^2 - 2 x.y is a matrix product, but loses the digits that
|x|^2 has more than |x - y|^2. Three things keep it accurate: features are centred, so
that a large common offset costs nothing; pairs that are close for their distance from
the centre are computed again from the differences; and a sample is at distance exactly
0 from itself and from its copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import cdist

from zsc_wh.errors import DataError
from zsc_wh.scaling import unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
IndexArray = np.ndarray[Any, np.dtype[np.int64]]

CHUNK_BYTES = 1 << 23
"""Bytes of features promoted to float64 together where no tile sets the size."""

NEAR = 1e-6
"""Pairs with |x - y|^2 below this share of |x|^2 + |y|^2 are computed again. The fast
form is off by a few 1e-16 of |x|^2 + |y|^2, so what is left is right to about 5e-10."""

_MANY_NEAR = 16
"""With more than one near pair in this many, the whole tile is computed again."""

_SAFE_EXPONENT = 1000
"""Powers of two up to here are normal float64 numbers, and so are their inverses."""


@dataclass(frozen=True)
class UnitRows:
    """Features brought to length 1 as they are read; a row of zeros stays.

    Parameters
    ----------
    X : (n, d) real
        Finite; never copied whole.
    """

    X: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and features."""
        n, d = self.X.shape
        return n, d

    def __getitem__(self, rows: IndexArray | slice) -> FloatArray:
        """Return the unit rows of some samples, in float64."""
        found: FloatArray = self.X[rows].astype(np.float64)
        return unit_rows(found) if found.shape[1] else found


@dataclass(frozen=True)
class Features:
    """Features read in tiles as float64, scaled to about 1 and centred.

    The scale is a power of two, so that scaling is exact: it leaves every score of
    distances unchanged and keeps their squares within range. A feature that is the same
    for all samples is in no distance; however large, it does not count for the scale.

    Parameters
    ----------
    X : (n, d) real
        As given, or `UnitRows` of it; never copied whole.
    scale : float
        Factor that brings the widest range of a feature to at most 1; at the ends of
        the range of float64, to a number whose square is safe.
    factors : (d,) float64
        The scale; 0 for a feature that is the same for all samples.
    centre : (d,) float64
        Mean of the scaled features.
    """

    X: NDArray[Any] | UnitRows
    scale: float
    factors: FloatArray
    centre: FloatArray

    @classmethod
    def of(cls, X: NDArray[Any] | UnitRows) -> Features | None:
        """Measure features in two passes; ``None`` when one is not finite."""
        d = X.shape[1]
        low, high = np.full(d, np.inf), np.full(d, -np.inf)
        for rows in blocks(*X.shape):
            block = X[rows].astype(np.float64)
            if not np.isfinite(block).all():
                return None
            np.minimum(low, block.min(axis=0), out=low)
            np.maximum(high, block.max(axis=0), out=high)
        varies = low < high
        with np.errstate(over="ignore"):
            widest = float((high[varies] - low[varies]).max(initial=0.0))
        exponent = int(np.frexp(min(widest, np.finfo(np.float64).max))[1])
        scale = 2.0 ** -max(min(exponent, _SAFE_EXPONENT), -_SAFE_EXPONENT)
        factors = np.where(varies, scale, 0.0)
        total = np.zeros(d)
        for rows in blocks(*X.shape):
            total += (X[rows].astype(np.float64) * factors).sum(axis=0)
        return cls(X, scale, factors, total / max(X.shape[0], 1))

    @property
    def dim(self) -> int:
        """Number of features."""
        return int(self.X.shape[1])

    def raw(self, index: IndexArray) -> FloatArray:
        """Return the scaled features of some samples: their differences are exact."""
        rows: FloatArray = self.X[index].astype(np.float64)
        rows *= self.factors
        return rows

    def rows(self, index: IndexArray) -> FloatArray:
        """Return the scaled and centred features of some samples."""
        rows = self.raw(index)
        rows -= self.centre
        return rows


@dataclass(frozen=True)
class Side:
    """One side of tiles of distances: samples, and their factor of the product.

    A row side holds [x, 1, |x|^2] and a column side [-2 x, |x|^2, 1], so that one
    matrix product gives squared distances.
    """

    index: IndexArray
    factor: FloatArray
    norms: FloatArray

    def part(self, some: slice) -> Side:
        """Return some of the samples, without copying."""
        return Side(self.index[some], self.factor[some], self.norms[some])


def check_features(X: NDArray[Any]) -> NDArray[Any]:
    """Return `X` when it is a matrix of real numbers.

    Raises
    ------
    DataError
        Otherwise.
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype.kind not in "fiu":
        raise DataError(
            what=f"must be a matrix of numbers, not {X.dtype} of shape {X.shape}",
            where="features",
            hint="Pass one row a sample and one column a feature.",
        )
    return X


def row_side(features: Features, index: IndexArray) -> Side:
    """Return samples as the rows of tiles."""
    factor, norms = _factor(features, index)
    factor[:, -2] = 1.0
    factor[:, -1] = norms
    return Side(index, factor, norms)


def column_side(features: Features, index: IndexArray) -> Side:
    """Return samples as the columns of tiles."""
    factor, norms = _factor(features, index)
    factor[:, :-2] *= -2.0
    factor[:, -2] = norms
    factor[:, -1] = 1.0
    return Side(index, factor, norms)


def _factor(features: Features, index: IndexArray) -> tuple[FloatArray, FloatArray]:
    """Return features with two free columns behind them, and their squared norms."""
    factor = np.empty((index.size, features.dim + 2))
    x = factor[:, :-2]
    x[...] = features.X[index]
    x *= features.factors
    x -= features.centre
    return factor, np.einsum("ij,ij->i", x, x)


def squared(rows: Side, columns: Side, out: FloatArray) -> FloatArray:
    """Compute squared distances fast, for `rooted` to mend.

    Parameters
    ----------
    rows, columns : Side
        Of r and c samples.
    out : (>= r * c,) float64
        Space for the result.

    Returns
    -------
    (r, c) float64
        A view of `out`; off by a few 1e-16 of |x|^2 + |y|^2.
    """
    shape = (rows.index.size, columns.index.size)
    tile = out[: shape[0] * shape[1]].reshape(shape)
    return np.matmul(rows.factor, columns.factor.T, out=tile)


def rooted(
    features: Features, rows: Side, columns: Side, tile: FloatArray, *, same: bool
) -> FloatArray:
    """Turn a tile of `squared` into distances, in place; see `mended`.

    Returns
    -------
    (r, c) float64
        `tile`, in units of the scaled features, right to about 5e-10 of each distance.
    """
    mended(features, rows, columns, tile, same=same)
    return np.sqrt(tile, out=tile)


def mended(
    features: Features, rows: Side, columns: Side, tile: FloatArray, *, same: bool
) -> FloatArray:
    """Compute again what `squared` cannot tell, in place.

    Parameters
    ----------
    features : Features
        The space.
    rows, columns : Side
        Of r and c samples.
    tile : (r, c) float64
        From `squared`.
    same : bool
        Whether rows and columns are the same samples in the same order.

    Returns
    -------
    (r, c) float64
        `tile`: squared distances, right to about 1e-9 of each.
    """
    if same:
        np.fill_diagonal(tile, np.inf)
    largest = rows.norms.max() + columns.norms.max()
    if tile.min() <= NEAR * largest:
        near = tile <= NEAR * (rows.norms[:, None] + columns.norms)
        _measure(features, rows.index, columns.index, near, tile)
    if same:
        np.fill_diagonal(tile, 0.0)
    return tile


def _measure(
    features: Features,
    rows: IndexArray,
    columns: IndexArray,
    near: NDArray[np.bool_],
    tile: FloatArray,
) -> None:
    """Compute squared distances of near pairs again, from differences."""
    i, j = np.nonzero(near)
    if i.size * _MANY_NEAR > tile.size:
        tile[...] = cdist(features.raw(rows), features.raw(columns), "sqeuclidean")
        return
    for some in blocks(i.size, features.dim):
        gap = features.raw(rows[i[some]])
        gap -= features.raw(columns[j[some]])
        tile[i[some], j[some]] = np.einsum("ij,ij->i", gap, gap)


def blocks(n: int, d: int) -> Iterator[slice]:
    """Cut n rows of d features into blocks of `CHUNK_BYTES` as float64."""
    step = max(1, CHUNK_BYTES // (8 * max(d, 1)))
    for start in range(0, n, step):
        yield slice(start, start + step)
