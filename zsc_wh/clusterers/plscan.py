"""PLSCAN: clusters of HDBSCAN, at the sizes at which they persist (fast-plscan)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from zsc_wh import scaling
from zsc_wh.clusterers.method import (
    Clustering,
    FeatureClusterer,
    as_labels,
)
from zsc_wh.libraries import calling
from zsc_wh.method import param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of PLSCAN."""

    min_samples: int = param(
        default=5, minimum=2, doc="neighbours of a core sample, itself included"
    )
    min_cluster_size: int | None = param(
        default=None,
        minimum=2,
        doc="smallest size that is looked at, at least min_samples; unset: min_samples",
    )
    persistence_measure: Literal[
        "size", "distance", "density", "size-distance", "size-density"
    ] = param(
        default="size",
        doc="over what range of it clusters must persist for their sizes to be chosen",
    )
    metric: Literal["euclidean", "l1", "chebyshev", "arccos"] = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    """Cluster as published, in float32.

    See D. M. Bot, L. McInnes, J. Aerts, Persistent Multiscale Density-based Clustering,
    arXiv 2512.16558.
    """
    del n_clusters, seed  # it finds the clusters itself and draws nothing
    given = asdict(params)
    if params.metric == "arccos":
        X, given["metric"] = scaling.unit_rows(X), "euclidean"
    with calling("fast-plscan", "plscan") as notes:
        from fast_plscan import PLSCAN as Estimator  # noqa: N811

        # with more threads the order in which it merges ties changes from run to run
        labels = Estimator(num_threads=1, **given).fit(X).labels_
    return Clustering(as_labels(labels), notes=tuple(notes))


def _limit(size: Size, params: Params) -> str | None:
    needed = params.min_samples + 1
    if size.n < needed:
        return f"PLSCAN needs at least {needed} samples here and has {size.n}"
    return None


def _fault(params: Params) -> str | None:
    smallest = params.min_cluster_size
    if smallest is not None and smallest < params.min_samples:
        return (
            f"min_cluster_size ({smallest}) must be at least min_samples "
            f"({params.min_samples})"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    return 12 * n * d + 8 * n * (params.min_samples + 60)


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    del params  # the tree of distances costs most, whatever is made of it
    return 0.1 + 1.5e-9 * n * n * (d + 5)


PLSCAN = FeatureClusterer(
    name="plscan",
    doc="PLSCAN, which finds K and the size of clusters itself and leaves noise out",
    params=Params,
    cluster=_cluster,
    uses_seed=False,
    needs_k=lambda _params: False,
    own_limit=_limit,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="fast-plscan",
    own_fault=_fault,
)
