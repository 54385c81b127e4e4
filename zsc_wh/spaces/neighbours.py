"""Exact nearest neighbours: of each sample among the others, or among references.

Both look at all samples; they differ in what is near. UMAP takes distances, a kNN probe
cosines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.scaling import unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_BLOCK = 1 << 22
"""Differences held at a time: 16 MiB of float32."""
REFERENCES = 8192
"""References of one block of similarities: 32 MiB of float32 for 1,024 queries."""


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


def most_similar(
    queries: NDArray[Any], X: NDArray[Any], references: Ints, k: int
) -> tuple[Floats, Ints]:
    """Find the references of most similar direction, the most similar first.

    Parameters
    ----------
    queries : ndarray of shape (b, d)
        Finite, of any length.
    X : ndarray of shape (n_train, d)
        Finite, of any length.
    references : ndarray of int64
        At least k rows of `X`, ascending.
    k : int
        From 1.

    Returns
    -------
    similarity : ndarray of float32, shape (b, k)
        Cosine; 0 for a row of zeros.
    index : ndarray of int64, shape (b, k)
        Into `X`. Among equal similarities the lower index comes first.
    """
    queries = _unit(queries)
    similarity = np.empty((len(queries), 0), dtype=np.float32)
    index = np.empty((len(queries), 0), dtype=np.int64)
    for block in _blocks(references):
        found = queries @ _unit(X[block]).T
        columns = _largest(found, k)
        # what was found before is in front: among equals it has the lower index
        similarity = np.hstack([similarity, np.take_along_axis(found, columns, axis=1)])
        index = np.hstack([index, block[columns]])
        kept = _largest(similarity, k)
        similarity = np.take_along_axis(similarity, kept, axis=1)
        index = np.take_along_axis(index, kept, axis=1)
    return similarity, index


def _largest(values: Floats, k: int) -> Ints:
    """Return the columns of the k largest values of each row, or of all if fewer.

    The largest comes first, equal ones in the order of their columns.
    """
    width = values.shape[1]
    k = min(k, width)
    least = np.partition(values, width - k, axis=1)[:, width - k, None]
    rows, columns = np.nonzero(values >= least)  # k a row, or more where some are equal
    order = np.lexsort((-values[rows, columns], rows))  # keeps the order of equals
    starts = np.searchsorted(rows, np.arange(len(values)))
    found: Ints = columns[order[starts[:, None] + np.arange(k)]]
    return found


def _unit(X: NDArray[Any]) -> Floats:
    return unit_rows(X).astype(np.float32, copy=False)


def _blocks(rows: Ints) -> Iterator[Ints]:
    return (rows[i : i + REFERENCES] for i in range(0, rows.size, REFERENCES))
