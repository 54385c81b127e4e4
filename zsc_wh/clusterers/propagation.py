"""Affinity propagation with the messages updated in place.

scikit-learn's estimator makes the same steps through temporary arrays as large as the
similarities, a dozen passes over memory in each iteration. Here one compiled pass over
the rows updates the availabilities of an iteration and the responsibilities of the
next. The operations on each number and the order of every sum are those of
scikit-learn, so exemplars, labels and iterations are equal, on any number of threads,
in less time and three quarters of the memory; how much less is measured by
tests/bench/bench_affinity.py.

References
----------
Frey and Dueck, Clustering by passing messages between data points, Science 315, 2007,
doi:10.1126/science.1136800, equations 1 to 3.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.clusterers.device_messages import DeviceMessages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

_BLOCK = 256
"""Rows that are done at a time: what is made of them is still at hand after."""


@dataclass(frozen=True)
class Propagation:
    """The end of a propagation.

    Parameters
    ----------
    exemplars : ndarray of shape (n_clusters,)
        The sample that stands for each cluster, in ascending order.
    labels : ndarray of shape (n_samples,)
        Place of each sample's exemplar in `exemplars`; all -1 without an exemplar.
    n_iter : int
        Iterations; 0 where all similarities are equal and nothing can be learnt.
    converged : bool
        Whether the exemplars stayed the same for long enough.
    similarities : tuple of float
        The least and the largest of two different samples.
    """

    exemplars: NDArray[np.intp]
    labels: NDArray[np.intp]
    n_iter: int
    converged: bool
    similarities: tuple[float, float]


def propagate(
    X: NDArray[Any],
    *,
    damping: float,
    preference: float | None,
    max_iter: int,
    convergence_iter: int,
    seed: int,
    precision: str = "float64",
    threads: int = 1,
    device: str | None = None,
) -> Propagation:
    """Cluster by affinity propagation on negative squared Euclidean distances.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64. Similarities have its type.
    damping : float
        Share of the old messages kept, from 0.5 to below 1.
    preference : float or None
        Similarity of each sample to itself; None takes the median similarity.
    max_iter, convergence_iter : int
        Limit of the iterations, and how many without a change are enough.
    seed : int
        Of the noise, in the last digit, that breaks ties.
    precision : {"float64", "float32"}
        Type of the messages, and of the similarities at most.
    threads : int
        How many to use; the result does not depend on it.
    device : str, optional
        Where torch passes the messages, such as ``cuda:0``. Their last digits differ,
        which decides where similarities tie.

    Returns
    -------
    Propagation
        Equal to what scikit-learn's AffinityPropagation finds, for float64 without a
        device.

    Notes
    -----
    Time is O(n**2) for each iteration. Memory is 20 n**2 bytes for float32 and 24 n**2
    for float64; 12 n**2 with messages of float32.
    """
    similarities = _similarities(X)
    if precision == "float32":
        similarities = similarities.astype(np.float32, copy=False)
    own = np.median(similarities) if preference is None else np.float64(preference)
    n = len(X)
    np.fill_diagonal(similarities, similarities[0, n - 1])
    least, most = float(similarities.min()), float(similarities.max()) + 0.0
    if least == most:
        apart = own > similarities[0, n - 1]
        labels = np.arange(n) if apart else np.zeros(n, dtype=np.intp)
        exemplars = np.unique(labels)
        return Propagation(exemplars, labels, 0, True, (least, most))
    np.fill_diagonal(similarities, own)
    _break_ties(similarities, np.random.RandomState(seed))
    exemplars, n_iter, converged = _exchange(
        similarities,
        precision,
        threads,
        device,
        damping=damping,
        max_iter=max_iter,
        convergence_iter=convergence_iter,
    )
    kept, labels = _assign(similarities, exemplars)
    return Propagation(kept, labels, n_iter, converged, (least, most))


def _similarities(X: NDArray[Any]) -> NDArray[Any]:
    from sklearn.metrics import euclidean_distances

    distances: NDArray[Any] = euclidean_distances(X, squared=True)
    np.negative(distances, out=distances)
    return distances


def _break_ties(similarities: NDArray[Any], random: np.random.RandomState) -> None:
    """Add noise of the size of the rounding, row by row as one draw would."""
    kind = np.finfo(similarities.dtype)
    for start in range(0, len(similarities), _BLOCK):
        rows = similarities[start : start + _BLOCK]
        rows += (kind.eps * rows + kind.tiny * 100) * random.standard_normal(rows.shape)


def _exchange(
    similarities: NDArray[Any],
    precision: str,
    threads: int,
    device: str | None,
    *,
    damping: float,
    max_iter: int,
    convergence_iter: int,
) -> tuple[NDArray[np.intp], int, bool]:
    """Pass messages; return the exemplars, the iterations and whether it converged."""
    n = len(similarities)
    recent = np.zeros((n, convergence_iter), dtype=bool)
    chosen = np.zeros(n, dtype=bool)
    with ThreadPoolExecutor(threads) as pool:
        messages = (
            _Messages(similarities, precision, damping, threads, pool)
            if device is None
            else DeviceMessages(similarities, precision, damping, device)
        )
        messages.step(chosen)  # the first responsibilities; there are no others yet
        for step in range(max_iter):
            messages.step(chosen)
            recent[:, step % convergence_iter] = chosen
            if step >= convergence_iter and chosen.any():
                times = recent.sum(axis=1)
                if ((times == convergence_iter) | (times == 0)).all():
                    return np.flatnonzero(chosen), step + 1, True
    return np.flatnonzero(chosen), max_iter, False


class _Messages:
    """Availabilities and responsibilities, and how threads share their update.

    A block of rows is updated by all threads, each of which has some rows, and then
    added to the sums of columns, each of which is of one thread: in the order of the
    rows, however many there are.
    """

    def __init__(
        self,
        similarities: NDArray[Any],
        precision: str,
        damping: float,
        threads: int,
        pool: Executor,
    ) -> None:
        n, kind = len(similarities), np.dtype(precision).type
        self.availabilities, self.responsibilities = np.zeros((2, n, n), kind)
        self._similarities = similarities
        self._damping, self._new = kind(damping), kind(1 - damping)
        self._totals, self._next = np.zeros((2, n), kind)
        self._columns = _parts(0, n, threads)
        self._blocks = [
            (rows, _parts(*rows, threads)) for rows in _parts(0, n, -(-n // _BLOCK))
        ]
        self._pool = pool

    def step(self, chosen: NDArray[np.bool_]) -> None:
        """Go from the availabilities before to those of the next responsibilities.

        `chosen` receives which samples are exemplars by the messages between.
        """
        from zsc_wh.clusterers.messages import sum_columns, update_rows

        self._next[:] = 0

        def update(rows: tuple[int, int]) -> None:
            update_rows(
                self._similarities,
                self.availabilities,
                self.responsibilities,
                self._totals,
                self._damping,
                self._new,
                *rows,
                chosen,
            )

        for block, parts in self._blocks:
            self._share(update, parts)
            self._share(
                partial(sum_columns, self.responsibilities, self._next, block),
                self._columns,
            )
        self._totals, self._next = self._next, self._totals

    def _share(
        self,
        do: Callable[[tuple[int, int]], None],
        parts: Sequence[tuple[int, int]],
    ) -> None:
        if len(parts) == 1:
            do(parts[0])
            return
        for future in [self._pool.submit(do, part) for part in parts]:
            future.result()


def _parts(first: int, last: int, n: int) -> list[tuple[int, int]]:
    """Cut a range into at most `n` parts of about one size."""
    edges = np.linspace(first, last, min(n, last - first) + 1).astype(int).tolist()
    return list(pairwise(edges))


def _assign(
    similarities: NDArray[Any], exemplars: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Refine the exemplars once; return them sorted, and the nearest of each sample."""
    if not len(exemplars):
        return exemplars, np.full(len(similarities), -1)
    nearest = _nearest(similarities, exemplars)
    refined = exemplars.copy()
    for cluster in range(len(exemplars)):
        members = np.flatnonzero(nearest == cluster)
        within = similarities[np.ix_(members, members)].sum(axis=0)
        refined[cluster] = members[within.argmax()]
    chosen = refined[_nearest(similarities, refined)]
    kept, labels = np.unique(chosen, return_inverse=True)
    return kept, labels


def _nearest(
    similarities: NDArray[Any], exemplars: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the place in `exemplars` of each sample's nearest; its own for each."""
    nearest: NDArray[np.intp] = similarities[:, exemplars].argmax(axis=1)
    nearest[exemplars] = np.arange(len(exemplars))
    return nearest
