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
from zsc_wh.spaces.neighbours import exact_neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from zsc_wh.spaces.neighbours import Neighbours


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


def neighbours_of(
    X: NDArray[Any],
    k: int,
    params: Mapping[str, Any],
    *,
    threads: int,
    device: str | None = None,
) -> Neighbours:
    """Find the neighbours of each sample in the space in which a reducer sees them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        As for `ReducerMethod.fit`.
    k : int
        How many of each sample.
    params : mapping
        What `scaled` takes of them.
    threads, device
        As of `exact_neighbours`; the result does not depend on them.

    Raises
    ------
    DataError, NotApplicableError
        As `ReducerMethod.fit`.
    """
    X, _ = tamed(scaled(check_features(X), params))
    return exact_neighbours(X, k, threads=threads, device=device)


@dataclass(frozen=True, kw_only=True)
class ReducerMethod(Method[P]):
    """A kind of reducer: what every `Method` has, and more.

    Parameters
    ----------
    reduce : callable
        ``(X, params, seed)`` to `Reduced`, for checked input that was `scaled`; with
        the neighbours of each sample behind, where `n_neighbours` asks for them.
    own_limit : callable
        ``(size, params)`` to the reason why this input cannot be reduced, or None.
    takes_constant : bool
        Whether features that are the same for all samples can be reduced.
    takes_any_magnitude : bool
        Whether features are passed on as they are, however large or small; other
        methods get them by `zsc_wh.magnitude.tamed`.
    keeps_scale : bool
        Whether the result is in the unit of the features.
    n_neighbours : callable
        ``params`` to how many exact neighbours of each sample it starts from, itself
        not among them; 0 where it needs none.
    other_library : callable
        ``params`` to what is loaded in place of `library`; None where that is.
    require : callable
        Takes ``params`` and raises `MissingExtraError` where a package that they need
        beyond the extra ``ingest`` is missing.
    takes_threads : callable
        ``params`` to whether it gains from threads, which change no bit of the result.
    """

    reduce: Callable[..., Reduced]
    own_limit: Callable[[Size, P], str | None] = lambda _size, _params: None
    takes_constant: bool = False
    takes_any_magnitude: bool = False
    keeps_scale: bool = False
    n_neighbours: Callable[[P], int] = lambda _params: 0
    other_library: Callable[[P], str | None] = lambda _params: None
    require: Callable[[P], None] = lambda _params: None
    takes_threads: Callable[[P], bool] = lambda _params: False

    def asked_neighbours(self, params: Mapping[str, Any]) -> int:
        """Return how many exact neighbours of each sample `fit` takes, 0 for none."""
        return self.n_neighbours(self.typed(params))

    def limit(self, size: Size, params: Mapping[str, Any]) -> str | None:
        """Say why input of this size cannot be reduced, or None.

        A plan asks it before anything runs, `fit` again when the features are there.
        """
        return self.own_limit(size, self.typed(params))

    def fit(
        self,
        X: NDArray[Any],
        params: Mapping[str, Any],
        seed: int,
        *,
        neighbours: Neighbours | None = None,
        threads: int = 1,
    ) -> Reduced:
        """Reduce features.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Finite, float32 or float64; not changed.
        params : mapping
            Every parameter of `fields`.
        seed : int
            From 0 to 2**32 - 1.
        neighbours : ndarray of `zsc_wh.spaces.neighbours.NEIGHBOUR`, optional
            What `neighbours_of` found in `X`, at least as many as are asked for;
            without, they are searched here.
        threads : int
            How many may be used; the result does not depend on it.

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
        reduced = self._reduced(X, self.typed(params), seed, neighbours, threads)
        if not np.isfinite(reduced.array).all():
            raise ComputeError(
                what="the reduced features hold NaN or infinity",
                where=f"reducer {self.name}",
                hint="; ".join(reduced.notes),
            )
        if exponent and self.keeps_scale:
            reduced = replace(reduced, array=_unscaled(reduced.array, exponent))
        return reduced

    def _reduced(
        self,
        X: NDArray[Any],
        params: P,
        seed: int,
        neighbours: Neighbours | None,
        threads: int,
    ) -> Reduced:
        k = self.n_neighbours(params)
        if not k:
            return self.reduce(X, params, seed)
        if neighbours is None:
            neighbours = exact_neighbours(X, k, threads=threads)
        return self.reduce(X, params, seed, neighbours[:, :k], threads)


def _unscaled(X: NDArray[Any], exponent: int) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        found: NDArray[Any] = np.ldexp(X, exponent)
    if not np.isfinite(found).all():
        raise NotApplicableError(
            what=f"the features are so large that their components exceed {X.dtype}",
            hint="Declare zscore = true, which brings them near 1.",
        )
    return found
