"""Reducers that are linear: none, with or without z-score, and PCA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.fields import Field
from zsc_wh.libraries import calling
from zsc_wh.reducers.method import Params, Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Size


def _none(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    del seed  # nothing is drawn
    del params  # what they ask for is done
    return Reduced(X)


NONE = ReducerMethod(
    name="none",
    doc="the embedding as it is, z-scored on request",
    takes_any_magnitude=True,
    fields={"zscore": Field(bool, default=False, doc="z-score each dimension")},
    reduce=_none,
    uses_seed=False,
    limit=lambda _size, _params: None,
    peak_bytes=lambda n, d, params: (8 if params["zscore"] else 4) * n * d,
    seconds=lambda n, d, _params: 1e-8 * n * d,
    library="numpy",
    takes_constant=True,
)


def _pca(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    size = params["n_components"] or params["variance"]
    with calling("scikit-learn") as notes:
        from sklearn.decomposition import PCA

        pca = PCA(n_components=size, whiten=False, random_state=seed)
        array = np.ascontiguousarray(pca.fit_transform(X))
        kept = float(pca.explained_variance_ratio_.sum(dtype=np.float64))
    # Rounding may bring the sum of all shares a little above one.
    return Reduced(array, min(kept, 1.0), tuple(notes))


def _pca_fault(params: Params) -> str | None:
    if (params["n_components"] is None) == (params["variance"] is None):
        return "give exactly one of n_components and variance"
    if params["variance"] is not None and not 0 < params["variance"] < 1:
        return "variance must lie between 0 and 1, both excluded"
    return None


def _pca_limit(size: Size, params: Params) -> str | None:
    if size.n < 2:
        return "PCA needs at least 2 samples"
    asked = params["n_components"]
    if asked is not None and asked > size.rank:
        components = counted(asked, "component is", "components are")
        return f"{components} asked for, but {size} have at most {size.rank}"
    return None


def _solver(n: int, d: int, params: Params) -> str:
    """Return the solver that scikit-learn chooses by itself."""
    asked = params["n_components"]
    if d <= 1000 and n >= 10 * d:
        return "covariance"
    if max(n, d) > 500 and asked is not None and asked < 0.8 * min(n, d):
        return "randomised"
    return "full"


def _pca_bytes(n: int, d: int, params: Params) -> int:
    solver, small = _solver(n, d, params), min(n, d)
    if solver == "full":
        return 4 * (21 * n * d // 4 + 3 * small * small)
    if solver == "randomised":
        width: int = params["n_components"] + 10
        return 4 * (3 * n * d + 4 * (n + d) * width)
    return 4 * (3 * n * d + 4 * d * d)


def _pca_seconds(n: int, d: int, params: Params) -> float:
    solver, small = _solver(n, d, params), min(n, d)
    if solver == "covariance":
        return 0.1 + 5e-11 * n * d * d + 5e-10 * d**3
    width: int = params["n_components"] + 10 if solver == "randomised" else small
    return 0.1 + (1.5e-9 if solver == "randomised" else 7e-10) * n * d * width


PCA = ReducerMethod(
    name="pca",
    doc="principal components, by number or by share of variance",
    keeps_scale=True,
    fields={
        "zscore": Field(bool, default=True, doc="z-score each dimension first"),
        "n_components": Field(
            int,
            default=None,
            minimum=1,
            doc="number of dimensions kept; this or variance",
        ),
        "variance": Field(
            float,
            default=None,
            minimum=0,
            maximum=1,
            doc="share of variance kept, by the fewest dimensions that reach it",
        ),
    },
    reduce=_pca,
    uses_seed=True,
    limit=_pca_limit,
    peak_bytes=_pca_bytes,
    seconds=_pca_seconds,
    library="scikit-learn",
    check=_pca_fault,
)
