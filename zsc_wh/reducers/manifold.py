"""Reducers that follow the manifold of the samples: UMAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from zsc_wh.method import param
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.reducers.umap_engines import (
    by_manifolds,
    by_umap_learn,
    epochs,
    require_manifolds,
)
from zsc_wh.words import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size
    from zsc_wh.spaces.neighbours import Neighbours


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
        doc="how umap-learn comes by neighbours; library: by itself, approximate from "
        "4,096 samples on; exact: all compared, once for all that ask for them",
        is_optional=True,
    )
    engine: Literal["umap-learn", "manifolds"] = param(
        default="umap-learn",
        doc="library; manifolds: manifolds-rs, faster, always of exact neighbours, the "
        "same bits on any number of threads; keeps fewer of the nearest samples near",
        is_optional=True,
    )


_SPECTRAL = ("spectral", "tswspectral")


def _umap(
    X: NDArray[Any],
    params: Params,
    seed: int,
    neighbours: Neighbours | None = None,
    threads: int = 1,
) -> Reduced:
    if _is_manifolds(params) and neighbours is not None:
        return by_manifolds(X, params, seed, neighbours, threads)
    return by_umap_learn(X, params, seed, neighbours)


def _is_manifolds(params: Params) -> bool:
    return params.engine == "manifolds"


def _n_neighbours(params: Params) -> int:
    is_given = _is_manifolds(params) or params.neighbours == "exact"
    # to UMAP, a sample is one of its own neighbours
    return params.n_neighbors - 1 if is_given else 0


def _umap_fault(params: Params) -> str | None:
    if params.spread <= 0:
        return "spread must be over 0"
    if params.min_dist > params.spread:
        return (
            f"min_dist ({params.min_dist:g}) must not be over spread "
            f"({params.spread:g})"
        )
    if _is_manifolds(params):
        if params.neighbours == "exact":
            return "engine = 'manifolds' always takes exact neighbours: omit neighbours"
        if params.init == "tswspectral":
            return "engine = 'manifolds' has no init = 'tswspectral': take 'spectral'"
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
    if _is_manifolds(params):
        # the features twice and a little; the layout, its moments and steps; the graph
        return n * (9 * d + 24 * asked + 120 * neighbours)
    spectral = 8 * n * max(2 * asked + 3, int(n**0.5))
    features = 4 * n * (3 * d + 2 * asked)
    exact = 0 if _n_neighbours(params) else 8 * min(n, _EXACT_BELOW) ** 2
    return features + 200 * n * neighbours + exact + spectral


def _umap_seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    asked: int = params.n_components
    neighbours: int = params.n_neighbors
    edges = n * neighbours * epochs(n, params)
    if _is_manifolds(params):
        return 0.2 + 1.6e-9 * edges * (asked + 18)
    search = 0 if _n_neighbours(params) else 2e-8 * n * d * neighbours
    return 0.5 + 1e-9 * edges * (asked + 30) + search


_EXACT_BELOW = 4096
"""umap-learn takes all distances below this number of samples."""


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
    n_neighbours=_n_neighbours,
    other_library=lambda params: "manifolds-rs" if _is_manifolds(params) else None,
    require=lambda params: require_manifolds() if _is_manifolds(params) else None,
    takes_threads=_is_manifolds,
)
