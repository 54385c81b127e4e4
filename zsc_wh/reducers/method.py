"""What every reducer is: its parameters, its limits, its cost and how to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.magnitude import tamed
from zsc_wh.scaling import check_features, is_constant, unit_rows, zscore
from zsc_wh.sizes import Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.fields import Field

Params = Mapping[str, Any]


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


def scaled(X: NDArray[Any], params: Params) -> NDArray[Any]:
    """Scale features as ``zscore`` and ``metric`` among the parameters say.

    The angle between samples (``arccos``) is the Euclidean distance of rows of unit
    length, which are made last.
    """
    if params.get("zscore"):
        X = zscore(X)
    return unit_rows(X) if params.get("metric") == "arccos" else X


@dataclass(frozen=True)
class ReducerMethod:
    """A kind of reducer.

    Parameters
    ----------
    name : str
        The kind, as declarations name it.
    doc : str
        One line for people.
    fields : mapping of str to Field
        Parameters; the other callables take them all, defaults filled in.
    reduce : callable
        ``(X, params, seed)`` to `Reduced`, for checked input that was `scaled`.
    uses_seed : bool
        Whether the seed can change the result.
    limit : callable
        ``(size, params)`` to the reason why this input cannot be reduced, or None. A
        plan asks it before anything runs, `fit` again when the features are there.
    peak_bytes : callable
        ``(n, d, params)`` to the forecast peak memory for float32, the input included,
        besides what the process and the library take.
    seconds : callable
        ``(n, d, params)`` to the forecast time on one core once the library is loaded,
        an order of size.
    library : str
        What it loads first, by the name in `zsc_wh.libraries.FOOTPRINTS`.
    check : callable, optional
        ``params`` to what is wrong with them taken together, or None.
    takes_constant : bool
        Whether features that are the same for all samples can be reduced.
    takes_any_magnitude : bool
        Whether features are passed on as they are, however large or small; other
        methods get them by `zsc_wh.magnitude.tamed`.
    keeps_scale : bool
        Whether the result is in the unit of the features.
    optional : frozenset of str
        Parameters that belong to the identity of a reducer only where they differ from
        their default, so that one added later leaves the identities of before.
    """

    name: str
    doc: str
    fields: Mapping[str, Field]
    reduce: Callable[[NDArray[Any], Params, int], Reduced]
    uses_seed: bool
    limit: Callable[[Size, Params], str | None]
    peak_bytes: Callable[[int, int, Params], int]
    seconds: Callable[[int, int, Params], float]
    library: str
    check: Callable[[Params], str | None] | None = None
    takes_constant: bool = False
    takes_any_magnitude: bool = False
    keeps_scale: bool = False
    optional: frozenset[str] = frozenset()

    def fit(self, X: NDArray[Any], params: Params, seed: int) -> Reduced:
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
        reduced = self.reduce(X, params, seed)
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
