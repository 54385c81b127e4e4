"""Exact nearest neighbours, as UMAP takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 1 << 22  # differences held at a time, 16 MiB of float32


def exact_neighbours(
    X: NDArray[Any], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the nearest samples of each sample by looking at all of them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64.
    k : int
        Neighbours, the sample itself included; from 2 to n_samples.

    Returns
    -------
    indices : ndarray of shape (n_samples, k), int32
        The sample itself, then the others from the nearest on.
    distances : ndarray of shape (n_samples, k), float32
        Euclidean, in ascending order; 0 for the sample itself and for its copies.

    Notes
    -----
    Time is O(n**2 d); memory is a few blocks beside the features.
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k - 1, algorithm="brute").fit(X)
    others = search.kneighbors(return_distance=False)
    itself = np.arange(len(X))[:, None]
    # The search takes distances from products of the features and leaves copies of a
    # sample a little apart; UMAP would measure everything by that little.
    distances = _distances(X, others)
    order = distances.argsort(axis=1, kind="stable")
    indices = np.hstack([itself, np.take_along_axis(others, order, axis=1)])
    sorted_ = np.take_along_axis(distances, order, axis=1)
    return indices.astype(np.int32), np.pad(sorted_, ((0, 0), (1, 0)))


def _distances(X: NDArray[Any], others: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the distance of each sample to each of its `others`, from differences."""
    n, k = others.shape
    rows = max(1, _BLOCK // (k * X.shape[1]))
    found = np.empty((n, k), dtype=np.float32)
    for start in range(0, n, rows):
        block = slice(start, start + rows)
        apart = X[others[block]] - X[block, None]
        squares = np.einsum("ijk,ijk->ij", apart, apart, dtype=np.float64)
        found[block] = np.sqrt(squares)
    return found
