"""Reducers that follow the manifold of the samples: UMAP."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zsc_wh.libraries import calling, without
from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.spaces.neighbours import exact_neighbours
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of UMAP."""

    zscore: bool = param(default=False, doc="z-score each dimension first")
    n_neighbors: int = param(default=30, minimum=2, doc="neighbours of each sample")
    n_components: int = param(default=50, minimum=1, doc="dimensions of the result")
    min_dist: float = param(
        default=0.0,
        minimum=0,
        doc="least distance between samples in the reduced space",
    )
    spread: float = param(
        default=1.0, minimum=0, doc="scale of distances in the reduced space"
    )
    metric: Literal["euclidean", "arccos"] = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )
    learning_rate: float = param(
        default=1.0, minimum=0, doc="first step of the optimisation"
    )
    negative_sample_rate: int = param(
        default=5, minimum=0, doc="samples pushed away for each one pulled nearer"
    )
    n_epochs: int | None = param(
        default=None,
        minimum=1,
        doc="passes over the neighbour graph; unset: 500 up to 10,000 samples, 200 "
        "above",
    )
    init: Literal["spectral", "tswspectral", "pca", "random"] = param(
        default="spectral",
        doc="where the samples start; tswspectral: spectral, by truncated SVD",
    )
    neighbours: Literal["library", "exact"] = param(
        default="library",
        doc="how neighbours are found; library: approximate from 4,096 samples on; "
        "exact: all compared",
        is_optional=True,
    )


_SPECTRAL = ("spectral", "tswspectral")
_IMPORT_NOTE = "ParametricUMAP will be unavailable"
# Neighbours that are given cannot place new samples later, which nobody here asks for.
_GIVEN_NOTE = "transforming new data with transform will be unavailable"
_PASSED_ON = (
    "n_components",
    "min_dist",
    "spread",
    "learning_rate",
    "negative_sample_rate",
    "n_epochs",
    "init",
)


def _umap(X: NDArray[Any], params: Params, seed: int) -> Reduced:
    # numba compiles once more for arrays that cannot be written to, as those of the
    # store are; a copy is cheaper.
    X = np.require(X, requirements=["C", "W"])
    # Asked for more, the library takes all samples and says so, but drops exact ones.
    k = min(params.n_neighbors, len(X))
    with calling("umap-learn") as notes:
        from umap import UMAP

        reducer = UMAP(
            metric="euclidean",
            random_state=seed,
            n_jobs=1,  # what the library falls back to, with a warning, given a seed
            n_neighbors=k,
            precomputed_knn=_neighbours(X, k, params),
            **{name: getattr(params, name) for name in _PASSED_ON},
        )
        with _numba_threads_kept():
            array = reducer.fit_transform(X)
    array = np.ascontiguousarray(array, dtype=np.float32)
    return Reduced(array, notes=without(notes, _IMPORT_NOTE, _GIVEN_NOTE))


def _neighbours(X: NDArray[Any], k: int, params: Params) -> tuple[Any, Any, None]:
    """Return indices and distances of the neighbours, Nones where UMAP finds them."""
    # The library's own are exact while it takes all distances.
    if params.neighbours == "library" or len(X) < _EXACT_BELOW:
        return None, None, None
    return *exact_neighbours(X, k), None


@contextmanager
def _numba_threads_kept() -> Iterator[None]:
    """Put numba's number of threads back, which UMAP does only when all goes well."""
    import numba

    before = numba.get_num_threads()
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _umap_fault(params: Params) -> str | None:
    if params.spread <= 0:
        return "spread must be over 0"
    if params.min_dist > params.spread:
        return (
            f"min_dist ({params.min_dist:g}) must not be over spread "
            f"({params.spread:g})"
        )
    return None


def _umap_limit(size: Size, params: Params) -> str | None:
    n = size.n
    # With two samples, each is the only neighbour of the other and UMAP loses both.
    if n < 3:
        return "UMAP needs at least 3 samples"
    asked = params.n_components
    if params.init in _SPECTRAL and n < asked + 2:
        return (
            f"UMAP to {counted(asked, 'dimension')} needs at least {asked + 2} samples "
            f"for its spectral start and has {n}"
        )
    if params.init == "pca" and asked > size.rank:
        return (
            f"UMAP to {counted(asked, 'dimension')} cannot start from PCA: {size} have "
            f"at most {counted(size.rank, 'component')}"
        )
    return None


def _umap_bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    neighbours: int = params.n_neighbors
    exact = 8 * min(n, _EXACT_BELOW) ** 2
    spectral = 8 * n * max(2 * asked + 3, int(n**0.5))
    features = 4 * n * (3 * d + 2 * asked)
    return features + 200 * n * neighbours + exact + spectral


def _umap_seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    neighbours: int = params.n_neighbors
    epochs: int = params.n_epochs or (500 if n <= _LONG_UP_TO else 200)
    layout = 1e-9 * n * neighbours * epochs * (asked + 30)
    search = 4e-11 * n * n * d if params.neighbours == "exact" else 0
    return 0.5 + layout + 2e-8 * n * d * neighbours + search


_EXACT_BELOW = 4096
"""umap-learn takes all distances below this number of samples."""
_LONG_UP_TO = 10_000
"""umap-learn makes 500 epochs up to this number of samples, 200 above."""


UMAP = ReducerMethod(
    name="umap",
    doc="UMAP: a graph of neighbours laid out in fewer dimensions",
    params=Params,
    reduce=_umap,
    uses_seed=True,
    own_limit=_umap_limit,
    cost_bytes=_umap_bytes,
    cost_seconds=_umap_seconds,
    library="umap-learn",
    own_fault=_umap_fault,
)
