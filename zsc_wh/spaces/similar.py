"""References of most similar direction: what a kNN probe asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.scaling import unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

REFERENCES = 8192
"""References of one block of similarities: 32 MiB of float32 for 1,024 queries."""


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
