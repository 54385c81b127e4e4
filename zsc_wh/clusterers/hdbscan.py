"""HDBSCAN (scikit-learn; clusters are merged by the package hdbscan)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

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
    """Parameters of HDBSCAN."""

    min_cluster_size: int = param(
        default=5, minimum=2, doc="samples in the smallest cluster"
    )
    min_samples: int | None = param(
        default=None,
        minimum=1,
        doc="neighbours of a core sample, itself included; unset: min_cluster_size",
    )
    max_cluster_fraction: float = param(
        default=0.2,
        minimum=0,
        maximum=1,
        doc="largest cluster as a share of the samples; 0: no limit; for eom",
    )
    cluster_selection_method: Literal["eom", "leaf"] = param(
        default="eom", doc="eom: the most persistent clusters; leaf: the smallest ones"
    )
    cluster_selection_epsilon: float = param(
        default=0.0, minimum=0, doc="clusters closer than this are merged"
    )
    metric: scaling.Distance = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )
    alpha: float = param(
        default=1.0, minimum=0, doc="divisor of the distances before they are linked"
    )
    allow_single_cluster: bool = param(
        default=False,
        doc="whether all samples may be one cluster; eom: with max_cluster_fraction = "
        "0",
    )
    algorithm: Literal["auto", "brute", "kd_tree", "ball_tree"] = param(
        default="auto", doc="how neighbours are found"
    )
    leaf_size: int = param(default=40, minimum=1, doc="samples in a leaf of the trees")


_OWN = ("max_cluster_fraction", "metric", "cluster_selection_epsilon")


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    del n_clusters, seed  # it finds the clusters itself and draws nothing
    metric = params.metric
    if metric == "arccos":
        X, metric = scaling.unit_rows(X), "euclidean"
    largest = largest_cluster(len(X), params.max_cluster_fraction)
    with calling("scikit-learn") as notes:
        from sklearn.cluster import HDBSCAN

        fitted = HDBSCAN(
            metric=metric,
            max_cluster_size=largest,
            copy=False,  # it would copy given distances only; we give features
            **{
                name: value
                for name, value in asdict(params).items()
                if name not in _OWN
            },
        ).fit(X)
    labels = fitted.labels_
    if params.cluster_selection_epsilon:
        labels = _merged(fitted._single_linkage_tree_, params, largest)
    return Clustering(as_labels(labels), notes=tuple(notes))


def _merged(tree: NDArray[Any], params: Params, largest: int | None) -> NDArray[Any]:
    """Return the clusters of a tree, those within epsilon of each other merged.

    By the package of HDBSCAN's authors, whose labels equal those of scikit-learn:
    merging fails in scikit-learn up to 1.9.1 with NumPy from 2.4 on, see
    https://github.com/scikit-learn/scikit-learn/issues/33219.
    """
    columns = ("left_node", "right_node", "value", "cluster_size")
    with calling("hdbscan"):
        from hdbscan import hdbscan_

        labels: NDArray[Any] = hdbscan_._tree_to_labels(
            None,  # the features, which it does not look at
            np.column_stack([tree[name].astype(float) for name in columns]),
            min_cluster_size=params.min_cluster_size,
            cluster_selection_method=params.cluster_selection_method,
            allow_single_cluster=params.allow_single_cluster,
            cluster_selection_epsilon=params.cluster_selection_epsilon,
            max_cluster_size=largest or 0,
        )[0]
    return labels


def largest_cluster(n: int, fraction: float) -> int | None:
    """Return the most samples that a cluster may have; None for no limit.

    Examples
    --------
    >>> largest_cluster(10_000, 0.2)
    2000
    >>> largest_cluster(10_000, 0) is None
    True
    """
    return max(1, round(fraction * n)) if fraction else None


def _limit(size: Size, params: Params) -> str | None:
    needed = max(2, params.min_samples or params.min_cluster_size)
    if size.n < needed:
        return f"HDBSCAN needs at least {needed} samples here and has {size.n}"
    return None


def _fault(params: Params) -> str | None:
    if params.alpha <= 0:
        return "alpha must be over 0"
    if (
        params.allow_single_cluster
        and params.cluster_selection_method == "eom"
        and 0 < params.max_cluster_fraction < 1
    ):
        return (
            "allow_single_cluster lets all samples be one cluster, "
            "max_cluster_fraction forbids it: set max_cluster_fraction = 0"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    distances = 3 * n * n if params.metric == "cosine" else 0
    return 12 * n * d + 8 * (distances + 60 * n)


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    slower = 1 if params.metric in ("euclidean", "l2", "arccos") else 2
    return 0.1 + 1.2e-9 * slower * n * n * (d + 5)


HDBSCAN = FeatureClusterer(
    name="hdbscan",
    doc="HDBSCAN, which finds K itself and leaves noise out",
    units={"cluster_selection_epsilon": 1},
    params=Params,
    cluster=_cluster,
    uses_seed=False,
    needs_k=lambda _params: False,
    own_limit=_limit,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
    own_fault=_fault,
)
