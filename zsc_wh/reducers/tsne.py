"""t-SNE (scikit-learn)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zsc_wh.libraries import calling
from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of t-SNE."""

    zscore: bool = param(default=False, doc="z-score each dimension first")
    n_components: int = param(default=2, minimum=1, doc="dimensions of the result")
    perplexity: float = param(
        default=30.0, minimum=0, doc="effective number of neighbours"
    )
    metric: Literal["euclidean", "arccos"] = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )
    method: Literal["exact", "barnes_hut"] = param(
        default="exact",
        doc="how forces are summed; exact: time and memory grow as the square of the "
        "samples",
    )
    early_exaggeration: float = param(
        default=12.0, minimum=1, doc="factor of attraction in the first 250 steps"
    )
    learning_rate: float | None = param(
        default=None,
        minimum=0,
        doc="step of the optimisation; unset: samples / early_exaggeration / 4, at "
        "least 50",
    )
    max_iter: int = param(default=1000, minimum=250, doc="steps of the optimisation")
    init: Literal["pca", "random"] = param(default="pca", doc="where the samples start")


_PASSED_ON = (
    "n_components",
    "perplexity",
    "early_exaggeration",
    "max_iter",
    "init",
    "method",
)


def _tsne(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    rate = "auto" if params.learning_rate is None else params.learning_rate
    with calling("scikit-learn") as notes:
        from sklearn.manifold import TSNE

        reducer = TSNE(
            metric="euclidean",
            learning_rate=rate,
            random_state=seed,
            n_jobs=1,
            **{name: getattr(params, name) for name in _PASSED_ON},
        )
        array = reducer.fit_transform(X)
    return Reduced(np.ascontiguousarray(array, np.float32), notes=tuple(notes))


def _fault(params: Params) -> str | None:
    if params.method == "barnes_hut" and params.n_components > _BARNES_HUT_DIMS:
        return (
            f"barnes_hut makes at most {_BARNES_HUT_DIMS} dimensions, not "
            f"{params.n_components}; take the method exact"
        )
    for name in ("perplexity", "learning_rate"):
        if getattr(params, name) == 0:
            return f"{name} must be over 0"
    return None


def _limit(size: Size, params: Params) -> str | None:
    if params.perplexity >= size.n:
        return (
            f"t-SNE with the perplexity {params.perplexity:g} needs more than "
            f"{params.perplexity:g} samples and has {size.n}"
        )
    asked = params.n_components
    if params.init == "pca" and asked > size.rank:
        return (
            f"t-SNE to {counted(asked, 'dimension')} cannot start from PCA: {size} "
            f"have at most {counted(size.rank, 'component')}"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    if params.method == "exact":
        pairs = _EXACT_PAIRS * 8 * n * n
    else:
        pairs = int(40 * n * (3 * params.perplexity + 1))
    return 8 * n * (3 * d + 8 * asked) + pairs


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    steps: int = params.max_iter
    asked: int = params.n_components
    if params.method == "exact":
        step = n * n * (2e-8 + 1.3e-9 * asked)
    else:
        step = 1e-7 * n * (n**0.5 + 3 * params.perplexity)
    return 0.5 + 1e-10 * n * n * d + steps * step


_BARNES_HUT_DIMS = 3
"""scikit-learn's trees split at most three dimensions."""
_EXACT_PAIRS = 4
"""Numbers that the exact method holds for each pair of samples."""


TSNE = ReducerMethod(
    name="tsne",
    doc="t-SNE: neighbourhoods as probabilities, mostly for two dimensions",
    params=Params,
    reduce=_tsne,
    uses_seed=True,
    own_limit=_limit,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
    own_fault=_fault,
)
