"""What every clusterer is: its parameters, its limits, its cost and how to run it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from math import frexp, ldexp
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import NotApplicableError
from zsc_wh.magnitude import tamed
from zsc_wh.method import Method, P
from zsc_wh.scaling import check_features, is_constant
from zsc_wh.sizes import Size
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Compared:
    """What a threshold of a method was compared with.

    Parameters
    ----------
    parameter : str
        One of the method's `ClustererMethod.units`.
    what : str
        Name of what it was compared with, for people.
    least, most : float
        The range of that; a threshold outside decides everything alone.
    """

    parameter: str
    what: str
    least: float
    most: float

    def times(self, exponent: int) -> Compared:
        """Return the same in another unit, a power of two of this one."""
        return replace(
            self,
            least=_times(self.least, exponent, _SAFE),
            most=_times(self.most, exponent, _SAFE),
        )

    def outside(self, threshold: float) -> str | None:
        """Say that a threshold is outside the range, or None."""
        if threshold <= self.least:
            return (
                f"{self.parameter} {threshold:g} does not exceed the smallest "
                f"{self.what}, {self.least:g}"
            )
        if threshold > self.most:
            return (
                f"{self.parameter} {threshold:g} exceeds the largest {self.what}, "
                f"{self.most:g}"
            )
        return None


@dataclass(frozen=True)
class Clustering:
    """The result of a clustering.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), int32
        Clusters from 0, in the numbering of the library; -1 is noise.
    converged : bool or None
        Whether an iterative method reached its own criterion; None where it does not
        say.
    n_iter : int or None
        Iterations; None where the method does not say.
    notes : tuple of str
        Warnings of the library that no field holds.
    compared : Compared or None
        What the threshold of a method without K was compared with, if it has one.
    """

    labels: NDArray[np.int32]
    converged: bool | None = None
    n_iter: int | None = None
    notes: tuple[str, ...] = ()
    compared: Compared | None = None


def as_labels(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Return the labels of a library as those of a `Clustering`."""
    return np.ascontiguousarray(labels, dtype=np.int32)


@dataclass(frozen=True, kw_only=True)
class ClustererMethod(Method[P], ABC):
    """A kind of clusterer: what every `Method` has, and more.

    Parameters
    ----------
    needs_k : callable
        ``params`` to whether the method must be told the number of clusters.
    own_limit : callable, optional
        ``(size, params)`` to the reason why it cannot be applied, or None; `limit`
        asks what holds for all methods first.
    units : mapping of str to int
        Parameters that have a unit, with its power of a distance: 1 for a distance, 2
        for a squared one.
    takes_threads : bool
        Whether it gains from threads, which change no bit of the result.
    takes_device : bool
        Whether it can compute on a GPU, with the same clusters unless rounding decides.
    """

    needs_k: Callable[[P], bool]
    own_limit: Callable[[Size, P], str | None] = lambda _size, _params: None
    units: Mapping[str, int] = field(default_factory=dict)
    takes_threads: bool = False
    takes_device: bool = False

    @abstractmethod
    def fit(
        self,
        X: NDArray[Any],
        params: Mapping[str, Any],
        n_clusters: int | None,
        seed: int,
        *,
        threads: int = 1,
        device: str | None = None,
    ) -> Clustering:
        """Cluster features.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Finite, float32 or float64; not changed.
        params : mapping
            Every parameter of `fields`.
        n_clusters : int or None
            From 1; None where the method finds it itself.
        seed : int
            From 0 to 2**32 - 1.
        threads : int
            How many may be used; the result does not depend on it.
        device : str, optional
            GPU to compute on, for a method that `takes_device`, such as ``cuda:0``.

        Raises
        ------
        DataError
            When `X` is not a finite matrix.
        NotApplicableError
            When the method cannot be applied to `X`.
        ComputeError
            When the library fails.
        MissingExtraError
            When the library is not installed.
        """

    def takes_k(self, params: Mapping[str, Any]) -> bool:
        """Whether the method must be told the number of clusters."""
        return self.needs_k(self.typed(params))

    def limit(self, size: Size, params: Mapping[str, Any]) -> str | None:
        """Say why samples of this size cannot be clustered, or None.

        A plan asks it before anything runs, `fit` again when the features are there.
        """
        if self.takes_k(params):
            if size.k is None:
                return "the number of clusters must be given, by labels or as a number"
            if not 1 <= size.k <= size.n:
                return (
                    f"{counted(size.k, 'cluster')} cannot be made of "
                    f"{counted(size.n, 'sample')}"
                )
        elif size.k is not None:
            return "the method finds the number of clusters itself"
        return self.own_limit(size, self.typed(params))

    def check(
        self, size: Size, params: Mapping[str, Any], arbitrary: str | None
    ) -> None:
        """Raise NotApplicableError where a limit is passed, or clusters are arbitrary.

        `arbitrary` says why any two clusters would be, None where they are not.
        """
        reason = self.limit(size, params)
        if reason is None and (size.k or 1) > 1:
            reason = arbitrary
        if reason:
            raise NotApplicableError(what=reason, where=f"clusterer {self.name}")


@dataclass(frozen=True, kw_only=True)
class FeatureClusterer(ClustererMethod[P]):
    """A clusterer that does all its work on the features.

    Parameters
    ----------
    cluster : callable
        ``(X, params, n_clusters, seed)`` to `Clustering`, for checked input; with the
        number of threads behind, where it `takes_threads`, and the device, where it
        `takes_device`.
    arbitrary_if_constant : bool
        Whether the library splits equal samples into clusters at will.
    takes_any_magnitude : bool
        Whether features are passed on as they are, however large or small: code of the
        user's own. Other methods get them by `zsc_wh.magnitude.tamed`, and the
        parameters in `units` scaled as the features are.
    """

    cluster: Callable[..., Clustering]
    arbitrary_if_constant: bool = False
    takes_any_magnitude: bool = False

    def fit(
        self,
        X: NDArray[Any],
        params: Mapping[str, Any],
        n_clusters: int | None,
        seed: int,
        *,
        threads: int = 1,
        device: str | None = None,
    ) -> Clustering:
        """Cluster features, see `ClustererMethod.fit`."""
        X = check_features(X)
        n, d = X.shape
        is_arbitrary = self.arbitrary_if_constant and is_constant(X)
        self.check(Size(n, d, n_clusters), params, _EQUAL if is_arbitrary else None)
        if self.takes_any_magnitude:
            return self.cluster(X, self.typed(params), n_clusters, seed)
        X, exponent = tamed(X, params.get("metric", "euclidean"))
        if exponent:
            params = {**params, **self._scaled(params, -exponent)}
        more: tuple[object, ...] = (threads,) if self.takes_threads else ()
        more += (device,) if self.takes_device else ()
        found = self.cluster(X, self.typed(params), n_clusters, seed, *more)
        if exponent and found.compared:
            power = self.units[found.compared.parameter]
            found = replace(found, compared=found.compared.times(exponent * power))
        return found

    def _scaled(self, params: Mapping[str, Any], exponent: int) -> dict[str, float]:
        """Return the parameters with a unit, for features times a power of two."""
        return {
            name: _times(params[name], exponent * power, _FAR)
            for name, power in self.units.items()
            if params[name] is not None
        }


def _times(number: float, exponent: int, limit: int) -> float:
    """Return a number times a power of two, its exponent at most `limit` either way."""
    mantissa, own = frexp(number)
    return ldexp(mantissa, max(-limit, min(own + exponent, limit)))


_SAFE = 1000
"""Exponents of two up to here are ordinary numbers of float64."""
_FAR = 100
"""Beside features near 1, a threshold with this exponent is as good as infinite or 0,
and still a number of float32."""


_EQUAL = "the features of all samples are equal: clusters would be arbitrary"


def guessed_k(n: int) -> int:
    """Guess a number of clusters: the study's datasets have around one in a hundred."""
    return max(2, n // 100)
