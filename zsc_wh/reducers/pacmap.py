"""PaCMAP (pacmap)."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zsc_wh.libraries import calling, without
from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of PaCMAP."""

    zscore: bool = param(default=False, doc="z-score each dimension first")
    n_components: int = param(default=50, minimum=1, doc="dimensions of the result")
    n_neighbors: int | None = param(
        default=None,
        minimum=1,
        doc="neighbours of each sample; unset: 10, above 10,000 samples 15 more for "
        "each tenfold",
    )
    MN_ratio: float = param(
        default=0.5, minimum=0, doc="mid-near pairs for each neighbour"
    )
    FP_ratio: float = param(
        default=2.0, minimum=0, doc="further pairs for each neighbour"
    )
    metric: Literal["euclidean", "arccos"] = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )
    lr: float = param(default=1.0, minimum=0, doc="learning rate")
    num_iters: list[int] = param(
        default=[100, 100, 250], doc="iterations of each phase"
    )
    apply_pca: bool = param(
        default=False, doc="reduce more than 100 features to 100 first"
    )
    init: Literal["pca", "random"] = param(default="pca", doc="where the samples start")


_PASSED_ON = ("n_components", "n_neighbors", "MN_ratio", "FP_ratio", "lr", "apply_pca")
# What the library says of every fit; it says nothing about the result.
_CHATTER = (
    "random state is set to",
    "have not been thoroughly tested",
    "Running NN Backend on high-dimensional data",
)


def _pacmap(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    with calling("pacmap"):  # what importing it warns of is not a note on the result
        from pacmap import PaCMAP
    with calling("pacmap") as notes, _logs_as_warnings(), _one_thread():
        reducer = PaCMAP(
            distance="euclidean",
            num_iters=tuple(params.num_iters),
            random_state=seed,
            **{name: getattr(params, name) for name in _PASSED_ON},
        )
        array = reducer.fit_transform(X, init=params.init)
    array = np.ascontiguousarray(array, dtype=np.float32)
    return Reduced(array, notes=without(notes, *_CHATTER))


class _Warner(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        warnings.warn(record.getMessage(), stacklevel=1)


@contextmanager
def _logs_as_warnings() -> Iterator[None]:
    """Turn what the library logs, and would print, into warnings."""
    logger, handler = logging.getLogger("pacmap"), _Warner()
    propagated = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagated
        logger.removeHandler(handler)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread, as UMAP does given a seed; PaCMAP would keep faiss so."""
    import faiss
    import numba

    before = numba.get_num_threads(), faiss.omp_get_max_threads()
    numba.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before[0])
        faiss.omp_set_num_threads(before[1])


def _pairs(n: int, params: Params) -> tuple[int, int, int]:
    """Return the near, mid-near and further pairs of a sample, as the library does."""
    near = params.n_neighbors or round(10 + 15 * max(0, log10(n) - 4))
    return near, round(near * params.MN_ratio), round(near * params.FP_ratio)


def _fault(params: Params) -> str | None:
    if params.lr <= 0:
        return "lr must be over 0"
    if _pairs(1, params)[2] < 1:
        return "FP_ratio is too small: no sample would have a further pair"
    steps = params.num_iters
    if len(steps) != _PHASES or min(steps) < 0 or sum(steps) < 1:
        return "num_iters must be three numbers from 0, the iterations of each phase"
    return None


def _limit(size: Size, params: Params) -> str | None:
    n = size.n
    near, mid, far = _pairs(n, params)
    # With fewer the library would take other numbers of pairs, or draw for ever.
    needed = max(near + mid + far + 1, mid + _MID_NEAR_DRAWN)
    if n < needed:
        return (
            f"PaCMAP with {near} near, {mid} mid-near and {far} further pairs for each "
            f"sample needs at least {needed} samples and has {n}"
        )
    asked = params.n_components
    most = min(size.rank, _APPLIED_PCA) if params.apply_pca else size.rank
    if asked > most:
        return (
            f"PaCMAP to {counted(asked, 'dimension')} takes as many principal "
            f"components first; {size} have at most {most} here"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    near, mid, far = _pairs(n, params)
    graph = 12 * (near + mid + far) + 60 * (near + _NEAR_SPARE) + 300
    return 4 * n * 3 * (d + asked) + n * graph


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    steps: int = sum(params.num_iters)
    return 2e-9 * n * sum(_pairs(n, params)) * (asked + 10) * steps + 2e-7 * n * d


_PHASES = 3
"""The weights of the pairs change between three phases of the layout."""
_MID_NEAR_DRAWN = 6
"""A mid-near pair is the second nearest of six samples drawn without repeats."""
_NEAR_SPARE = 50
"""Neighbours searched beyond those asked for, to choose among."""
_APPLIED_PCA = 100
"""Components that the library keeps where it applies PCA."""


PACMAP = ReducerMethod(
    name="pacmap",
    doc="PaCMAP: pairs near, mid-near and far laid out in fewer dimensions",
    params=Params,
    reduce=_pacmap,
    uses_seed=True,
    own_limit=_limit,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="pacmap",
    own_fault=_fault,
)
