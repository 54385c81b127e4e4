"""Any reducer in Python: a scikit-learn compatible transformer by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.estimators import can, make, own_features, running
from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of an estimator of the user's."""

    estimator: str = param(doc="package.module:Class, or the name of an entry point")
    params: dict[str, Any] = param(default={}, doc="keyword arguments of the estimator")
    zscore: bool = param(default=False, doc="z-score each dimension first")
    revision: str = param(
        default="",
        doc="any text of yours; change it when the code computes something else",
    )


def _reduce(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    target = params.estimator
    own = own_features(X, target, "zscore = true")
    estimator = make(target, "reducer", params.params, seed)
    with running(target) as notes:
        result = _transformed(estimator, own, target)
        array = np.asarray(result)
    rows = array.ndim == 2 and len(array) == len(X) and array.size > 0
    if not rows or array.dtype.kind not in "biuf":
        raise ComputeError(
            what=f"{target} returned {type(result).__name__} of type {array.dtype} and "
            f"shape {array.shape}, not a matrix of numbers with "
            f"{counted(len(X), 'row')}"
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(X.dtype)
    return Reduced(np.ascontiguousarray(array), notes=tuple(notes))


def _transformed(estimator: Any, X: NDArray[Any], target: str) -> Any:
    if can(estimator, "fit_transform"):
        return estimator.fit_transform(X)
    if not can(estimator, "fit", "transform"):
        raise ConfigError(
            what=f"{type(estimator).__name__} is not a transformer: it has neither "
            "fit_transform nor fit and transform",
            where=f"reducer {target}",
        )
    estimator.fit(X)
    return estimator.transform(X)


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    del params  # what they mean is not known
    return 8 * 6 * n * d + 2**27


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    del params  # what they mean is not known
    return 10 + 1e-6 * n * d


PYTHON = ReducerMethod(
    name="python",
    doc="any transformer with the methods of scikit-learn's, by its name",
    takes_any_magnitude=True,
    runs_user_code=True,
    params=Params,
    reduce=_reduce,
    uses_seed=True,
    # Nothing is known of the method, so the forecasts are guesses: a few copies of the
    # input and one pass over it. One that grows faster is stopped by the limits.
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
)
