"""Any clusterer in Python: a scikit-learn compatible one by its name."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.clusterers.method import (
    Clustering,
    FeatureClusterer,
    as_labels,
)
from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.estimators import can, make, own_features, running
from zsc_wh.libraries import without
from zsc_wh.method import param
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of an estimator of the user's."""

    estimator: str = param(doc="package.module:Class, or the name of an entry point")
    params: dict[str, Any] = param(default={}, doc="keyword arguments of the estimator")
    k_param: str | None = param(
        default=None,
        doc="the argument that takes the number of clusters; unset: none does",
    )
    revision: str = param(
        default="",
        doc="any text of yours; change it when the code computes something else",
    )


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    target, given = params.estimator, dict(params.params)
    if params.k_param is not None:
        given[params.k_param] = n_clusters
    own = own_features(X, target, 'standardise = "average-zscore"')
    estimator = make(target, "clusterer", given, seed)
    with running(target) as notes:
        labels = np.asarray(_found(estimator, own, target))
        n_iter = getattr(estimator, "n_iter_", None)
        converged = _truth(getattr(estimator, "converged_", None))
    unmet = [note for note in notes if _says_not_converged(note)]
    if converged is None and unmet:
        converged = False
    return Clustering(
        _checked(labels, len(X), target),
        converged=converged,
        n_iter=int(n_iter) if isinstance(n_iter, Integral) else None,
        notes=without(notes, *unmet),
    )


def _truth(value: Any) -> bool | None:
    """Return what an estimator says as a whole; one word for each part says nothing."""
    return None if value is None or np.ndim(value) else bool(value)


def _found(estimator: Any, X: NDArray[Any], target: str) -> Any:
    if can(estimator, "fit_predict"):
        return estimator.fit_predict(X)
    if can(estimator, "fit"):
        estimator.fit(X)
    if not hasattr(estimator, "labels_"):
        raise ConfigError(
            what=f"{type(estimator).__name__} is not a clusterer: it has neither "
            "fit_predict nor fit and labels_",
            where=f"clusterer {target}",
        )
    return estimator.labels_


def _says_not_converged(note: str) -> bool:
    """Whether a warning is of that; scikit-learn gives others the same category."""
    category, _, text = note.partition(": ")
    return category == "ConvergenceWarning" and "converge" in text


def _checked(labels: NDArray[Any], n: int, target: str) -> NDArray[np.int32]:
    """Return clusters numbered from 0 without gaps, in the order of the library's."""
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ComputeError(
            what=f"{target} returned labels of type {labels.dtype} and shape "
            f"{labels.shape}, not a whole number for each of {counted(n, 'sample')}"
        )
    if labels.min() < -1:
        raise ComputeError(
            what=f"{target} returned the cluster {labels.min()}; the only number below "
            "0 is -1, for noise"
        )
    clusters = np.unique(labels[labels >= 0])
    return as_labels(np.where(labels < 0, -1, np.searchsorted(clusters, labels)))


def _fault(params: Params) -> str | None:
    if params.k_param in params.params:
        return f"{params.k_param} is set by k_param; leave it out of params"
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d, k = shape.n, shape.d, shape.k
    del params  # what they mean is not known
    return 8 * (6 * n * d + n * k) + 2**27


def _seconds(shape: Shape, params: Params) -> float:
    n, d, k = shape.n, shape.d, shape.k
    del params  # what they mean is not known
    return 10 + 1e-8 * n * (d + 10) * (k + 10)


PYTHON = FeatureClusterer(
    name="python",
    doc="any clusterer with the methods of scikit-learn's, by its name",
    takes_any_magnitude=True,
    runs_user_code=True,
    params=Params,
    cluster=_cluster,
    uses_seed=True,
    needs_k=lambda params: params.k_param is not None,
    # Nothing is known of the method, so the forecasts are guesses: a few copies of the
    # input and some passes over it. One that grows faster is stopped by the limits.
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
    own_fault=_fault,
    arbitrary_if_constant=True,
)
