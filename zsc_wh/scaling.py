"""Scale the features between the stages: standardisation and dimension correction.

The definitions are those of the study (arXiv 2406.02465). Means, deviations and norms
are taken in float64, whatever the type of the features; the result keeps that type.
This module is below the reducers and the clusterers, which both use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest
from zsc_wh.magnitude import exponents, shifted, tamed
from zsc_wh.words import counted, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Features = NDArray[Any]
"""Array of shape (n_samples, n_features), float32 or float64."""

Distance = Literal[
    "euclidean", "l2", "l1", "braycurtis", "canberra", "chebyshev", "cosine", "arccos"
]
"""Names of distances; ``arccos`` is Euclidean between rows of unit length."""
DISTANCES = get_args(Distance)

_EXPONENTS: Mapping[str, float] = {
    "euclidean": 0.5,
    "l2": 0.5,
    "l1": 1.0,
    "braycurtis": 1.0,
    "canberra": 1.0,
    "chebyshev": 0.0,
    "cosine": 0.0,
    "arccos": 0.0,
}


def check_features(X: Features) -> Features:
    """Return `X` as a C-contiguous array, without a copy where it is one.

    Raises
    ------
    DataError
        When it is not two-dimensional, not float32 or float64, empty, or holds NaN or
        infinity.
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype not in (np.float32, np.float64):
        raise DataError(
            what="features must be a float32 or float64 matrix, "
            f"not {X.dtype} of shape {X.shape}"
        )
    if X.size == 0:
        raise DataError(what=f"there are no features: the shape is {X.shape}")
    bad = ~np.isfinite(X).all(axis=1)
    if bad.any():
        raise DataError(
            what=f"{bad.sum()} of {counted(len(X), 'sample')} "
            f"{plural(int(bad.sum()), 'holds', 'hold')} NaN or infinity, the first is "
            f"sample {int(bad.argmax())}",
            hint="Look at the images of these samples and at the encoder's precision.",
        )
    return np.ascontiguousarray(X)


_FEW_DIGITS = -80
"""Exponent of two of features in float32 whose thousandth, with 24 digits below it, is
out of the normal numbers of that type."""


def is_constant(X: Features) -> bool:
    """Say whether all rows of `X` are equal."""
    return bool((X[0] == X).all())


def zscore(X: Features) -> Features:
    """Bring each dimension to mean 0 and population standard deviation 1.

    A dimension that is the same for all samples becomes 0.

    Examples
    --------
    >>> zscore(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    centred, deviation = _centre(shifted(X, -exponents(X, axis=0)))
    return _divide(centred, np.where(deviation > 0, deviation, 1.0))


def average_zscore(X: Features) -> Features:
    """Centre each dimension and divide all by one number.

    The number is the mean over the dimensions of their population standard deviations,
    so that the dimensions keep their relative sizes. Equal rows become 0.

    Examples
    --------
    >>> average_zscore(np.array([[1.0, 2.0], [3.0, 8.0]]))
    array([[-0.5, -1.5],
           [ 0.5,  1.5]])
    """
    centred, deviation = _centre(tamed(X)[0])
    return _divide(centred, np.asarray(deviation.mean() or 1.0))


def unit_rows(X: Features) -> Features:
    """Bring each row to Euclidean length 1; a row of zeros stays.

    Examples
    --------
    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    X = shifted(X, -exponents(X, axis=1))
    lengths = np.sqrt(np.einsum("ij,ij->i", X, X, dtype=np.float64))
    return _divide(X, np.where(lengths > 0, lengths, 1.0)[:, None])


_STEPS: Mapping[str, tuple[Callable[[Features], Features], ...]] = {
    "none": (),
    "zscore": (zscore,),
    "average-zscore": (average_zscore,),
    "normalise": (unit_rows,),
    "normalise-zscore": (unit_rows, zscore),
    "normalise-average-zscore": (unit_rows, average_zscore),
}
KINDS = tuple(_STEPS)
"""Kinds of standardisation."""


def standardise(X: Features, kind: str) -> Features:
    """Standardise features before clustering.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64; not changed.
    kind : str
        One of `KINDS`: ``none`` returns `X` itself; see `zscore`, `average_zscore` and
        `unit_rows` (``normalise``). The combined kinds normalise first.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Of the same type.

    Raises
    ------
    ConfigError
        For an unknown kind.
    """
    if kind not in _STEPS:
        raise ConfigError(
            what=f"no standardisation '{kind}'{nearest(kind, KINDS)}",
            hint=f"Known kinds: {', '.join(KINDS)}.",
        )
    for step in _STEPS[kind]:
        X = step(X)
    return X


def correct_dimension(X: Features, metric: str) -> Features:
    """Divide features so that distances do not grow with the number of dimensions.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64; not changed.
    metric : str
        One of `DISTANCES`. Features are divided by the square root of their number for
        Euclidean distances, by their number for l1, Bray-Curtis and Canberra, and stay
        for Chebyshev, cosine and arccos.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        Of the same type; `X` itself where nothing is to be corrected. Features of
        float32 so small that the result would lose digits become float64.

    Raises
    ------
    ConfigError
        For an unknown distance.

    Examples
    --------
    >>> correct_dimension(np.array([[2.0, 4.0, 6.0, 8.0]]), "euclidean")
    array([[1., 2., 3., 4.]])
    """
    if metric not in _EXPONENTS:
        raise ConfigError(
            what=f"no distance '{metric}'{nearest(metric, DISTANCES)}",
            hint=f"Known distances: {', '.join(DISTANCES)}.",
        )
    exponent = _EXPONENTS[metric]
    if X.dtype == np.float32 and exponents(X, axis=None) < _FEW_DIGITS:
        X = X.astype(np.float64)
    return _divide(X, np.asarray(X.shape[1] ** exponent)) if exponent else X


def prepared(X: Features, kind: str, metric: str | None) -> Features:
    """Return features as a clusterer gets them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite, float32 or float64; not changed.
    kind : str
        One of `KINDS`, see `standardise`.
    metric : str or None
        Distance for which `correct_dimension` divides; None where it does not.
    """
    X = standardise(X, kind)
    return X if metric is None else correct_dimension(X, metric)


def _centre(X: Features) -> tuple[Features, NDArray[np.float64]]:
    """Return `X` less its column means, and the columns' population deviations."""
    means = X.mean(axis=0, dtype=np.float64)
    centred = np.empty(X.shape, X.dtype)
    np.subtract(X, means, out=centred, casting="same_kind")
    # The rounded mean of equal numbers may miss them by a bit, which the division by
    # an equally small deviation would blow up.
    centred[:, X.max(axis=0) == X.min(axis=0)] = 0
    squares = np.einsum("ij,ij->j", centred, centred, dtype=np.float64)
    return centred, np.sqrt(squares / len(X))


def _divide(X: Features, divisor: NDArray[np.float64]) -> Features:
    """Divide in float64, piece by piece, into the type of `X`."""
    quotient = np.empty(X.shape, X.dtype)
    return np.divide(X, divisor, out=quotient, casting="same_kind")
