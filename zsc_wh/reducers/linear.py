"""Reducers that are linear: none, with or without z-score, and PCA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.libraries import calling
from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class NoneParams:
    """Parameters of `none`."""

    zscore: bool = param(default=False, doc="z-score each dimension")


def _none(X: NDArray[Any], params: NoneParams, seed: int) -> Reduced:
    del seed  # nothing is drawn
    del params  # what they ask for is done
    return Reduced(X)


NONE = ReducerMethod(
    name="none",
    doc="the embedding as it is, z-scored on request",
    takes_any_magnitude=True,
    params=NoneParams,
    reduce=_none,
    uses_seed=False,
    cost_bytes=lambda shape, params: (8 if params.zscore else 4) * shape.n * shape.d,
    cost_seconds=lambda shape, _params: 1e-8 * shape.n * shape.d,
    library="numpy",
    takes_constant=True,
)


@dataclass(frozen=True, kw_only=True)
class PcaParams:
    """Parameters of PCA."""

    zscore: bool = param(default=True, doc="z-score each dimension first")
    n_components: int | None = param(
        default=None, minimum=1, doc="number of dimensions kept; this or variance"
    )
    variance: float | None = param(
        default=None,
        minimum=0,
        maximum=1,
        doc="share of variance kept, by the fewest dimensions that reach it",
    )


def _pca(X: NDArray[Any], params: PcaParams, seed: int) -> Reduced:
    size = params.n_components or params.variance
    with calling("scikit-learn") as notes:
        from sklearn.decomposition import PCA

        pca = PCA(n_components=size, whiten=False, random_state=seed)
        array = np.ascontiguousarray(pca.fit_transform(X))
        kept = float(pca.explained_variance_ratio_.sum(dtype=np.float64))
    # Rounding may bring the sum of all shares a little above one.
    return Reduced(array, min(kept, 1.0), tuple(notes))


def _pca_fault(params: PcaParams) -> str | None:
    if (params.n_components is None) == (params.variance is None):
        return "give exactly one of n_components and variance"
    if params.variance is not None and not 0 < params.variance < 1:
        return "variance must lie between 0 and 1, both excluded"
    return None


def _pca_limit(size: Size, params: PcaParams) -> str | None:
    if size.n < 2:
        return "PCA needs at least 2 samples"
    asked = params.n_components
    if asked is not None and asked > size.rank:
        components = counted(asked, "component is", "components are")
        return f"{components} asked for, but {size} have at most {size.rank}"
    return None


def _solver(n: int, d: int, params: PcaParams) -> str:
    """Return the solver that scikit-learn chooses by itself."""
    asked = params.n_components
    if d <= 1000 and n >= 10 * d:
        return "covariance"
    if max(n, d) > 500 and asked is not None and asked < 0.8 * min(n, d):
        return "randomised"
    return "full"


def _pca_bytes(shape: Shape, params: PcaParams) -> int:
    n, d = shape.n, shape.d
    solver, small = _solver(n, d, params), min(n, d)
    if solver == "full":
        return 4 * (21 * n * d // 4 + 3 * small * small)
    if solver == "randomised":
        width = (params.n_components or 0) + 10
        return 4 * (3 * n * d + 4 * (n + d) * width)
    return 4 * (3 * n * d + 4 * d * d)


def _pca_seconds(shape: Shape, params: PcaParams) -> float:
    n, d = shape.n, shape.d
    solver, small = _solver(n, d, params), min(n, d)
    if solver == "covariance":
        return 0.1 + 5e-11 * n * d * d + 5e-10 * d**3
    width = (params.n_components or 0) + 10 if solver == "randomised" else small
    return 0.1 + (1.5e-9 if solver == "randomised" else 7e-10) * n * d * width


PCA = ReducerMethod(
    name="pca",
    doc="principal components, by number or by share of variance",
    keeps_scale=True,
    params=PcaParams,
    reduce=_pca,
    uses_seed=True,
    own_limit=_pca_limit,
    cost_bytes=_pca_bytes,
    cost_seconds=_pca_seconds,
    library="scikit-learn",
    own_fault=_pca_fault,
)
