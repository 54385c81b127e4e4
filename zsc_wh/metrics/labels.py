"""Label vectors: check them, give them compact codes, decide what noise is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zsc_wh.errors import DataError

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
CountArray = NDArray[np.int64]

NOISE = -1
"""Cluster of a sample that the clusterer left out."""

_DENSE = 4
"""Counting beats sorting while the labels span at most this many values a sample."""


class Codes(NamedTuple):
    """Labels renumbered 0..k-1 in ascending order, and how many samples each has."""

    codes: CountArray
    sizes: CountArray


def compact(labels: IntArray) -> Codes:
    """Renumber labels without gaps, in O(n) where their span is modest."""
    if labels.size == 0:
        empty = np.zeros(0, dtype=np.int64)
        return Codes(empty, empty)
    low, high = int(labels.min()), int(labels.max())
    if high - low > _DENSE * labels.size:
        _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        return Codes(codes.reshape(-1).astype(np.int64), sizes.astype(np.int64))
    # widen first: the difference of two int8 labels can leave int8
    shifted = (
        labels.astype(np.int64) - np.int64(low) if low else labels.astype(np.int64)
    )
    counts = np.bincount(shifted)
    present = counts > 0
    return Codes((np.cumsum(present) - 1)[shifted], counts[present].astype(np.int64))


def check_labels(labels: IntArray, where: str) -> IntArray:
    """Return `labels` when they are a vector of integers.

    Raises
    ------
    DataError
        Otherwise.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise DataError(
            what=f"must be one-dimensional, not of shape {labels.shape}",
            where=where,
            hint="Pass one label a sample.",
        )
    if labels.dtype.kind not in "iu":
        raise DataError(
            what=f"must hold integers, not {labels.dtype}",
            where=where,
            hint="Number the classes or clusters from 0.",
        )
    return labels


def check_assignment(labels: IntArray, where: str) -> IntArray:
    """Return `labels` when they are clusters 0.. and -1 for noise.

    Raises
    ------
    DataError
        Otherwise.
    """
    labels = check_labels(labels, where)
    if labels.size and int(labels.min()) < NOISE:
        raise DataError(
            what=f"holds {int(labels.min())}; only -1 (noise) may be negative",
            where=where,
            hint="Map every kind of noise to -1.",
        )
    return labels


def noise_as_cluster(labels: IntArray) -> IntArray:
    """Make noise one more cluster, as the subset ``all`` counts it.

    Parameters
    ----------
    labels : (n,) integers
        Clusters from 0, -1 for noise.

    Returns
    -------
    (n,) int64
        The same, with the next free number in place of -1.

    Raises
    ------
    DataError
        When `labels` are not an assignment.

    Examples
    --------
    >>> noise_as_cluster(np.array([0, -1, 1, -1])).tolist()
    [0, 2, 1, 2]
    """
    labels = check_assignment(labels, "assignment").astype(np.int64)
    labels[labels == NOISE] = labels.max(initial=NOISE) + 1
    return labels


def trivial(n_classes: int, n: int) -> str | None:
    """Say why labels can judge no clustering, or return None.

    Parameters
    ----------
    n_classes : int
        Classes that occur among the samples with a label.
    n : int
        Samples with a label, at least one.

    Examples
    --------
    >>> trivial(1, 600)
    'all 600 labelled samples are of one class'
    >>> trivial(600, 600)
    'each of the 600 labelled samples is a class of its own'
    >>> trivial(2, 600)
    """
    if n_classes == 1:
        return f"all {n} labelled samples are of one class"
    if n_classes == n:
        return f"each of the {n} labelled samples is a class of its own"
    return None
