"""Exact nearest neighbours of each sample among all others, the same bits anywhere.

A fast search in float32 proposes candidates. Their distances are then measured from
differences, which no number of threads and no size of a block changes, and ordered by
distance and index. Where the rounding of the search could have lost a neighbour, as
among ties, every sample that may be one is measured.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.libraries import calling

if TYPE_CHECKING:
    from collections.abc import Iterator

NEIGHBOUR = np.dtype([("index", "<i4"), ("distance", "<f4")])
"""One neighbour of a sample: its row, and how far away it is."""

Neighbours = NDArray[np.void]
"""Array of `NEIGHBOUR`, shape (n_samples, k): the others of each, nearest first."""

_BLOCK = 1 << 17
"""Differences measured at a time by a thread: 1 MiB of float64, which a cache holds."""
_TILE = 1 << 20
"""Distances or features held at a time where all are looked at: 8 MiB of float64."""
_DEVICE_TILE = 1 << 26
"""Distances held at a time on a device: 256 MiB of float32."""
_SPARE = 8
"""Candidates beyond those asked for: with these apart, no neighbour is lost."""


def exact_neighbours(
    X: NDArray[Any], k: int, *, threads: int = 1, device: str | None = None
) -> Neighbours:
    """Find the nearest other samples of each sample by looking at all of them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64, of ordinary magnitude (`zsc_wh.magnitude.tamed`).
    k : int
        Neighbours of each sample, itself not among them; all others where fewer.
    threads : int
        How many to use; no bit depends on it.
    device : str, optional
        Where torch searches, such as ``cuda:0``; faiss on the processor without. No
        bit depends on it.

    Returns
    -------
    ndarray of `NEIGHBOUR`, shape (n_samples, min(k, n_samples - 1))
        By ascending distance, and by index among equal distances: a shorter list is the
        beginning of a longer one. The distance is Euclidean, rounded to float32 from
        differences summed in float64, and so exactly 0 between copies.

    Notes
    -----
    Time is O(n**2 d) of a matrix product; memory is the features once or twice more.

    Examples
    --------
    >>> exact_neighbours(np.array([[0.0], [1.0], [3.0]]), 1)["index"].tolist()
    [[1], [0], [1]]
    """
    n = len(X)
    k = min(k, n - 1)
    found = np.empty((n, max(k, 0)), dtype=NEIGHBOUR)
    if not found.size:
        return found
    # far from the origin, products of features leave no digits for distances
    centre = X.mean(axis=0, dtype=np.float64)
    candidates, gap = _candidates(
        X - centre.astype(X.dtype), min(k + _SPARE, n - 1), threads, device
    )
    measured = _measured(X, candidates, threads)
    _take_nearest(candidates, measured, found)
    # whatever is not among the candidates is at least `gap` away, and its distance must
    # not round to that of the last neighbour
    farthest = found["distance"][:, -1].astype(np.float64)
    unsure = np.flatnonzero(gap <= farthest * (1 + 2.0**-22))
    if candidates.shape[1] < n - 1 and len(unsure):
        _look_at_all(X, centre, unsure, found)
    return found


def search_bytes(n: int, d: int, k: int, width: int) -> int:
    """Forecast the peak memory beside the features, of `width` bytes each."""
    k = min(k, n) + _SPARE
    features = 2 * 4 if width == 4 else width + 2 * 4  # centred; twice in float32
    return n * d * features + n * k * 40 + 3 * 8 * _TILE


def search_seconds(n: int, d: int, k: int) -> float:
    """Forecast the time on one core."""
    return 0.2 + n * n * (1.7e-11 * d + 2e-9) + 4e-9 * n * d * (k + _SPARE)


def _candidates(
    centred: NDArray[Any], k: int, threads: int, device: str | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return candidates of each sample, and how near a sample left out may be.

    Of what a search finds, only which samples are near is used. Its distances are
    rounded as products of float32 in some order, which bounds how far they are off.
    """
    single = np.ascontiguousarray(centred, dtype=np.float32)
    if device is None:
        squares, found = _search(single, k + 1, threads)
    else:
        squares, found = _search_on(device, single, k + 1)
    others = _without_itself(found)
    norms = np.sqrt(np.einsum("ij,ij->i", single, single, dtype=np.float64))
    # |x - y|^2 >= D - unit (|x| + |y|)^2 and |y| <= |x| + |x - y|, solved for |x - y|
    unit = (centred.shape[1] + 16) * 2.0**-23
    root = np.sqrt(np.maximum(squares[:, -1].astype(np.float64), 0))
    slack = np.sqrt(unit) * (2 * norms + root)
    gap = np.sqrt(np.maximum(root**2 - slack**2, 0))
    return others, gap


def _search(
    single: NDArray[np.float32], k: int, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the squared distances of the k nearest by faiss, and which they are."""
    with calling("faiss"):
        import faiss
        from threadpoolctl import threadpool_limits

        with threadpool_limits(threads):
            index = faiss.IndexFlatL2(single.shape[1])
            index.add(single)
            squares, found = index.search(single, k)
    return squares, found


def _search_on(
    device: str, single: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the same by torch, a block of samples at a time.

    Its squares are |x|^2 + |y|^2 - 2 x.y in float32, as those of faiss are.
    """
    n = len(single)
    squares = np.empty((n, k), dtype=np.float32)
    found = np.empty((n, k), dtype=np.int64)
    with calling("torch"):
        import torch

        before = torch.get_float32_matmul_precision()
        # products of fewer digits would lose neighbours
        torch.set_float32_matmul_precision("highest")
        try:
            X = torch.from_numpy(single).to(device)
            norms = (X * X).sum(1)
            step = max(1, _DEVICE_TILE // n)
            for start in range(0, n, step):
                block = slice(start, start + step)
                tile = (X[block] @ X.T).mul_(-2.0)
                tile.add_(norms[block, None]).add_(norms)
                near = tile.topk(k, largest=False)
                squares[block] = near.values.cpu().numpy()
                found[block] = near.indices.cpu().numpy()
        finally:
            torch.set_float32_matmul_precision(before)
    return squares, found


def _without_itself(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop each sample from its own list, else the last of the list."""
    itself = found == np.arange(len(found))[:, None]
    itself[:, -1] |= ~itself.any(axis=1)
    others: NDArray[np.int64] = found[~itself].reshape(len(found), -1)
    return others


def _measured(
    X: NDArray[Any], others: NDArray[np.int64], threads: int
) -> NDArray[np.float32]:
    """Return the distance of each sample to each of its `others`."""
    n, k = others.shape
    measured = np.empty((n, k), dtype=np.float32)
    rows = max(1, _BLOCK // (k * X.shape[1]))

    def fill(start: int) -> None:
        block = slice(start, start + rows)
        here = np.repeat(np.arange(start, min(start + rows, n)), k)
        measured[block] = _distances(X, here, others[block].ravel()).reshape(-1, k)

    if threads == 1:
        for start in range(0, n, rows):
            fill(start)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, n, rows)))
    return measured


def _distances(
    X: NDArray[Any], these: NDArray[np.int64], those: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the distances of pairs; each is a sum over its own features alone."""
    apart = X[these].astype(np.float64)
    apart -= X[those]
    found: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    return found.astype(np.float32)


def _take_nearest(
    others: NDArray[np.int64], measured: NDArray[np.float32], found: Neighbours
) -> None:
    """Put the nearest of each row into `found`, the lower index first among equals."""
    order = np.lexsort((others, measured), axis=1)[:, : found.shape[1]]
    found["index"] = np.take_along_axis(others, order, axis=1)
    found["distance"] = np.take_along_axis(measured, order, axis=1)


def _look_at_all(
    X: NDArray[Any],
    centre: NDArray[np.float64],
    unsure: NDArray[np.intp],
    found: Neighbours,
) -> None:
    """Find the neighbours of some samples anew, among all that may be one."""
    n, k = found.shape
    norms = np.concatenate(
        [
            np.einsum("ij,ij->i", block, block)
            for block in (X[rows] - centre for rows in _blocks(*X.shape))
        ]
    )
    # four times the rounding of float64, and distances that are equal as float32
    slack = 4 * (X.shape[1] + 16) * 2.0**-52 * norms.max()
    for rows in _pieces(unsure, max(1, _TILE // n)):
        squares = _squares(X, centre, norms, rows)
        squares[np.arange(len(rows)), rows] = np.inf
        farthest = np.partition(squares, k - 1, axis=1)[:, k - 1]
        limits = farthest * (1 + 2.0**-21) + slack
        for row, its_squares, limit in zip(rows, squares, limits, strict=True):
            others = np.flatnonzero(its_squares <= limit)
            measured = np.concatenate(
                [
                    _distances(X, np.full(len(some), row), some)
                    for some in _pieces(others, max(1, _BLOCK // X.shape[1]))
                ]
            )
            order = np.lexsort((others, measured))[:k]
            found["index"][row] = others[order]
            found["distance"][row] = measured[order]


def _squares(
    X: NDArray[Any],
    centre: NDArray[np.float64],
    norms: NDArray[np.float64],
    rows: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return the squared distances of some samples to all, to rounding of float64."""
    squares = np.empty((len(rows), len(X)))
    here = X[rows] - centre
    for block in _blocks(*X.shape):
        np.matmul(here, (X[block] - centre).T, out=squares[:, block])
    squares *= -2
    squares += norms
    squares += norms[rows, None]
    return squares


def _blocks(n: int, d: int) -> Iterator[slice]:
    """Cut n rows of d features into blocks of `_TILE` features."""
    step = max(1, _TILE // d)
    return (slice(start, start + step) for start in range(0, n, step))


def _pieces(rows: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
