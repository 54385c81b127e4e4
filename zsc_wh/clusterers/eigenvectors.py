"""The leading eigenvectors of a graph, thousands of them, without factorising it.

The subspace that they span is found by iteration: a polynomial of the matrix, which is
small on the unwanted part of the spectrum and large beyond it, is applied to a block of
vectors, again and again. Memory is that of a few such blocks, where the factors of a
graph grow as the square of the number of samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Block: TypeAlias = NDArray[np.float64]

_DEGREE = 12
"""Of the polynomial: more, and rounding grows; fewer, and time goes into orthogonal
vectors."""
_MOST = 100
"""Iterations; graphs of neighbours of images take about 10."""
_FINEST = 1e-12
"""Tolerance that rounding allows."""
_NARROWEST = 1e-3
"""Half the width of what is filtered out, however low the eigenvalues are."""


@dataclass(frozen=True)
class Leading:
    """The eigenvectors of a normalised graph whose eigenvalues are the largest.

    Parameters
    ----------
    vectors : ndarray of shape (n_samples, k)
        Orthonormal, those of the largest eigenvalues first.
    n_iter : int
        Iterations.
    converged : bool
        Whether all are as precise as was asked for.
    """

    vectors: Block
    n_iter: int
    converged: bool


def block_size(n: int, k: int) -> int:
    """Return how many vectors are iterated to find `k` of `n`."""
    return min(n, k + max(10, k // 10))


def leading(graph: Any, k: int, seed: int, tolerance: float) -> Leading:
    """Find the largest eigenvalues of a symmetric matrix and their eigenvectors.

    Parameters
    ----------
    graph : array or sparse array of shape (n, n)
        Symmetric, all eigenvalues from -1 to 1.
    k : int
        Eigenvectors asked for, from 1 to n.
    seed : int
        Where the iteration starts.
    tolerance : float
        Largest norm of ``graph @ v - value * v`` of a unit vector.

    Notes
    -----
    Chebyshev-filtered subspace iteration; vectors that are precise enough are locked
    and left alone. Each iteration multiplies the matrix with the others `_DEGREE` + 1
    times and makes them orthogonal in O(n k**2).

    References
    ----------
    Y. Zhou, Y. Saad, M. L. Tiago, J. R. Chelikowsky: Self-consistent-field calculations
    using Chebyshev-filtered subspace iteration, Journal of Computational Physics
    219(1), 2006, doi:10.1016/j.jcp.2006.03.017: the filter, scaled so that nothing
    overflows.
    """
    from scipy.linalg import eigh

    n = graph.shape[0]
    tolerance = max(tolerance, _FINEST)
    block = np.random.default_rng(seed).standard_normal((n, block_size(n, k)))
    locked = np.empty((n, 0))
    n_iter, lowest = 0, None
    while locked.shape[1] < k and n_iter < _MOST:
        if lowest is not None:
            block = _filtered(graph, block, lowest)
        block = _orthonormal(block, locked)
        image = graph @ block
        values, rotation = eigh(_symmetric(block.T @ image))
        # the largest first
        values, rotation = values[::-1], np.ascontiguousarray(rotation[:, ::-1])
        block = block @ rotation
        image = image @ rotation
        image -= block * values
        missing = k - locked.shape[1]
        is_good = np.linalg.norm(image[:, :missing], axis=0) <= tolerance
        good = int(np.logical_and.accumulate(is_good).sum())
        locked = np.hstack([locked, block[:, :good]])
        block, lowest = block[:, good:], values[-1]
        n_iter += 1
    rest = k - locked.shape[1]
    return Leading(np.hstack([locked, block[:, :rest]]), n_iter, converged=not rest)


def _filtered(graph: Any, block: Block, lowest: float) -> Block:
    """Return a block in which all below the eigenvalue `lowest` is faint."""
    half = max((lowest + 1) / 2, _NARROWEST)  # of the interval from -1 to lowest
    centre = half - 1
    first = sigma = half / (1 - centre)
    before, now = block, cast("Block", graph @ block)
    now -= centre * block
    now *= first / half
    for _ in range(_DEGREE - 1):
        following = 1 / (2 / first - sigma)
        after: Block = graph @ now
        after -= centre * now
        after *= 2 * following / half
        after -= (sigma * following) * before
        before, now, sigma = now, after, following
    return now


def _orthonormal(block: Block, locked: Block) -> Block:
    """Return an orthonormal basis of a block, orthogonal to what is locked."""
    from scipy.linalg import qr

    for _ in range(2 if locked.size else 0):  # once leaves what rounding left
        block = block - locked @ (locked.T @ block)
    return cast("Block", qr(block, mode="economic", check_finite=False)[0])


def _symmetric(matrix: Block) -> Block:
    return (matrix + matrix.T) / 2
