"""What every reducer is: its parameters, its limits, its cost and how to run it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.magnitude import tamed
from zsc_wh.method import Method, P
from zsc_wh.scaling import check_features, is_constant, unit_rows, zscore
from zsc_wh.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Reduced:
    """The result of a reduction.

    Parameters
    ----------
    array : ndarray of shape (n_samples, n_components)
        Finite and C-contiguous. Of the type of the input, except that UMAP, PaCMAP and
        t-SNE compute in float32 and code of the user's in float32 or float64.
    explained_variance : float or None
        Share of the variance that PCA kept, 0 to 1.
    notes : tuple of str
        Warnings of the library that no field holds.
    """

    array: NDArray[Any]
    explained_variance: float | None = None
    notes: tuple[str, ...] = ()


def scaled(X: NDArray[Any], params: Mapping[str, Any]) -> NDArray[Any]:
    """Scale features as ``zscore`` and ``metric`` among the parameters say.

    The angle between samples (``arccos``) is the Euclidean distance of rows of unit
    length, which are made last.
    """
    if params.get("zscore"):
        X = zscore(X)
    return unit_rows(X) if params.get("metric") == "arccos" else X


@dataclass(frozen=True, kw_only=True)
class ReducerMethod(Method[P]):
    """A kind of reducer: what every `Method` has, and more.

    Parameters
    ----------
    reduce : callable
        ``(X, params, seed)`` to `Reduced`, for checked input that was `scaled`.
    own_limit : callable
        ``(size, params)`` to the reason why this input cannot be reduced, or None.
    takes_constant : bool
        Whether features that are the same for all samples can be reduced.
    takes_any_magnitude : bool
        Whether features are passed on as they are, however large or small; other
        methods get them by `zsc_wh.magnitude.tamed`.
    keeps_scale : bool
        Whether the result is in the unit of the features.
    """

    reduce: Callable[[NDArray[Any], P, int], Reduced]
    own_limit: Callable[[Size, P], str | None] = lambda _size, _params: None
    takes_constant: bool = False
    takes_any_magnitude: bool = False
    keeps_scale: bool = False

    def limit(self, size: Size, params: Mapping[str, Any]) -> str | None:
        """Say why input of this size cannot be reduced, or None.

        A plan asks it before anything runs, `fit` again when the features are there.
        """
        return self.own_limit(size, self.typed(params))

    def fit(self, X: NDArray[Any], params: Mapping[str, Any], seed: int) -> Reduced:
        """Reduce features.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Finite, float32 or float64; not changed.
        params : mapping
            Every parameter of `fields`.
        seed : int
            From 0 to 2**32 - 1.

        Raises
        ------
        DataError
            When `X` is not a finite matrix.
        NotApplicableError
            When the method cannot be applied to `X`.
        ComputeError
            When the library fails or its result is not finite.
        MissingExtraError
            When the library is not installed.
        """
        X = check_features(X)
        reason = self.limit(Size(*X.shape), params)
        if reason is None and not self.takes_constant and is_constant(X):
            reason = "the features of all samples are equal: nothing to reduce"
        if reason:
            raise NotApplicableError(what=reason, where=f"reducer {self.name}")
        X, exponent = scaled(X, params), 0
        if not self.takes_any_magnitude:
            X, exponent = tamed(X)
        reduced = self.reduce(X, self.typed(params), seed)
        if not np.isfinite(reduced.array).all():
            raise ComputeError(
                what="the reduced features hold NaN or infinity",
                where=f"reducer {self.name}",
                hint="; ".join(reduced.notes),
            )
        if exponent and self.keeps_scale:
            reduced = replace(reduced, array=_unscaled(reduced.array, exponent))
        return reduced


def _unscaled(X: NDArray[Any], exponent: int) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        found: NDArray[Any] = np.ldexp(X, exponent)
    if not np.isfinite(found).all():
        raise NotApplicableError(
            what=f"the features are so large that their components exceed {X.dtype}",
            hint="Declare zscore = true, which brings them near 1.",
        )
    return found
