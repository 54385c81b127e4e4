"""Features of extreme magnitude: bring them near 1 exactly, or say why that cannot be.

Squares of 1e19 overflow in float32, and squares of 1e-30 vanish; either makes all
distances equal, silently. Powers of two change no digit of a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.errors import NotApplicableError

Features = NDArray[Any]
"""Array of shape (n_samples, n_features), float32 or float64."""

_ORDINARY = 40
"""Exponents of two up to which features are taken as they are: 1e-12 to 1e12. Their
squares, and sums of millions of squares, are ordinary numbers of float32."""

_APART = 2.0**20
"""Times that a feature which is the same for all samples may exceed those that vary;
their distances would be lost in the squares of more."""


def tamed(X: Features, metric: str = "euclidean") -> tuple[Features, int]:
    """Bring features of extreme magnitude near 1, for a method that squares them.

    Multiplying by a power of two is exact and leaves the order of all distances alone.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite.
    metric : str
        One of `zsc_wh.scaling.DISTANCES`, which the result is for. Cosine and arccos
        allow each row a power of its own, Canberra each feature. Most others ignore
        features that are the same for all samples: where these are far larger than the
        rest, or the rest is extreme, they become 0.

    Returns
    -------
    X : ndarray
        The same where the largest magnitude is from 1e-12 to 1e12.
    exponent : int
        Distances of the result times ``2**exponent`` are those of what came in; 0 too
        where distances have no unit.

    Raises
    ------
    NotApplicableError
        When one sample is so far from the others that their type has no digits left
        for the distances among these.

    Examples
    --------
    >>> tamed(np.array([[2.0**-100, 0.0], [2.0**-99, 0.0]]))
    (array([[0.25, 0.  ],
           [0.5 , 0.  ]]), -98)
    >>> tamed(np.array([[3.0]]))[1]
    0
    """
    if metric in ("cosine", "arccos"):
        return shifted(X, -exponents(X, axis=1)), 0
    if metric == "canberra":
        return shifted(X, -exponents(X, axis=0)), 0
    sizes, varies = _sizes(X)
    varies |= metric == "braycurtis"
    largest = float(sizes.max(where=varies, initial=0))
    steady = float(sizes.max(where=~varies, initial=0))
    exponent = int(_beyond(largest))
    if not exponent and steady <= (largest or 1.0) * _APART:
        return X, 0
    X = np.ldexp(np.where(varies, X, X.dtype.type(0)), -exponent)
    if exponent:
        _check_span(X)
    return X, 0 if metric == "braycurtis" else exponent


def is_extreme(X: Features) -> bool:
    """Say whether features have extreme magnitudes, so that their squares are none."""
    sizes, varies = _sizes(X)
    largest = sizes.max(where=varies, initial=0)
    return bool(_beyond(largest) or _beyond(sizes.max()) > 0)


def exponents(X: Features, axis: int | None) -> NDArray[np.intc]:
    """Return the exponent of two of the largest magnitude along an axis, which stays.

    It is 0 for magnitudes from 1e-12 to 1e12.
    """
    low, high = X.min(axis=axis, keepdims=True), X.max(axis=axis, keepdims=True)
    return _beyond(np.maximum(-low, high))


def shifted(X: Features, powers: NDArray[np.intc]) -> Features:
    """Multiply by powers of two; `X` itself where all are 0."""
    return np.ldexp(X, powers) if powers.any() else X


def _sizes(X: Features) -> tuple[Features, NDArray[np.bool_]]:
    """Return the largest magnitude of each feature, and whether it varies."""
    low, high = X.min(axis=0), X.max(axis=0)
    return np.maximum(-low, high), low < high


def _beyond(sizes: Any) -> NDArray[np.intc]:
    """Return the exponents of sizes that are extreme, 0 for all others."""
    found = np.frexp(sizes)[1]
    return np.where(np.abs(found) > _ORDINARY, found, 0)


def _check_span(X: Features) -> None:
    """Refuse a far sample beside which the others are equal."""
    away = np.abs(X - np.median(X, axis=0)).max(axis=1)
    usual, farthest = float(np.median(away)), int(away.argmax())
    if 0 < usual < np.finfo(X.dtype).eps * away[farthest]:
        raise NotApplicableError(
            what=f"sample {farthest} is {away[farthest] / usual:.0e} times as far from "
            f"the middle as most samples: {X.dtype} has too few digits for both",
            hint="Look at this sample and at the encoder's precision.",
        )
