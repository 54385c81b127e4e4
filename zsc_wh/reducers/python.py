"""Any reducer in Python: a scikit-learn compatible transformer by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.estimators import can, make, own_features, running
from zsc_wh.fields import Field
from zsc_wh.reducers.method import Params, Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _reduce(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    target = params["estimator"]
    own = own_features(X, target, "zscore = true")
    estimator = make(target, "reducer", params["params"], seed)
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
            what=f"{type(estimator).__name__} is no transformer: it has neither "
            "fit_transform nor fit and transform",
            where=f"reducer {target}",
        )
    estimator.fit(X)
    return estimator.transform(X)


def _bytes(n: int, d: int, params: Params) -> int:
    del params  # what they mean is not known
    return 8 * 6 * n * d + 2**27


def _seconds(n: int, d: int, params: Params) -> float:
    del params  # what they mean is not known
    return 10 + 1e-6 * n * d


PYTHON = ReducerMethod(
    name="python",
    doc="any transformer with the methods of scikit-learn's, by its name",
    takes_any_magnitude=True,
    fields={
        "estimator": Field(
            str, doc="package.module:Class, or the name of an entry point"
        ),
        "params": Field(dict, default={}, doc="keyword arguments of the estimator"),
        "zscore": Field(bool, default=False, doc="z-score each dimension first"),
        "revision": Field(
            str,
            default="",
            doc="any text of yours; change it when the code computes something else",
        ),
    },
    reduce=_reduce,
    uses_seed=True,
    limit=lambda _size, _params: None,
    # Nothing is known of the method, so the forecasts are guesses: a few copies of the
    # input and one pass over it. One that grows faster is stopped by the limits.
    peak_bytes=_bytes,
    seconds=_seconds,
    library="scikit-learn",
)
