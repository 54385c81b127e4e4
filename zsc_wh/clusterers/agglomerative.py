"""Agglomerative clustering: one tree of merges, cut at any number or any threshold.

The trees are scikit-learn's, or those of fastcluster where a declaration asks for them:
the same wherever no distances tie, in less memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from zsc_wh import scaling
from zsc_wh.clusterers.method import Clustering, Compared
from zsc_wh.clusterers.trees import Tree, TreeClusterer, cut, cut_at
from zsc_wh.errors import NotApplicableError
from zsc_wh.libraries import calling
from zsc_wh.magnitude import tamed
from zsc_wh.method import param

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of agglomerative clustering."""

    linkage: Literal["ward", "average", "complete", "single"] = param(
        default="ward", doc="distance between clusters; ward takes euclidean or arccos"
    )
    metric: scaling.Distance = param(
        default="euclidean", doc="distance between samples; arccos: the angle"
    )
    distance_threshold: float | None = param(
        default=None,
        minimum=0,
        doc="merges at or above it are undone, which finds K; unset: K is given",
    )
    engine: Literal["scikit-learn", "fastcluster"] = param(
        default="scikit-learn",
        is_optional=True,
        doc="who builds the tree; fastcluster takes n * d numbers for ward and single, "
        "half the memory for others, and merges in another order where distances tie",
    )


_EUCLIDEAN = ("euclidean", "l2", "arccos")


def _grow(X: NDArray[Any], params: Params) -> Tree:
    if params.metric == "cosine" and not X.any(axis=1).all():
        raise NotApplicableError(
            what="a sample whose features are all 0 has no cosine distance",
            where="clusterer agglomerative",
        )
    # the cosine of equal rows can miss 1 by a rounding
    is_flat = scaling.is_constant(X)
    X, exponent = tamed(X, params.metric)
    metric: str = params.metric
    if metric == "arccos":
        X, metric = scaling.unit_rows(X), "euclidean"
    build = _ENGINES[params.engine]
    with calling(params.engine) as notes:
        children, heights = build(X, params.linkage, metric)
    heights = np.zeros_like(heights) if is_flat else np.ldexp(heights, exponent)
    return Tree(children, heights, tuple(notes))


def _by_scikit_learn(
    X: NDArray[Any], linkage: str, metric: str
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return children and heights; memory grows as 8 n**2 bytes, time as n**2 d."""
    from sklearn.cluster import linkage_tree, ward_tree

    if linkage == "ward":
        merges = ward_tree(X, return_distance=True)
    else:
        merges = linkage_tree(X, linkage=linkage, affinity=metric, return_distance=True)
    return merges[0], merges[-1]


def _by_fastcluster(
    X: NDArray[Any], linkage: str, metric: str
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return children and heights, in the memory of `X` or of one distance per pair.

    See Muellner, fastcluster: Fast Hierarchical, Agglomerative Clustering Routines for
    R and Python, JSS 53(9), 2013, doi:10.18637/jss.v053.i09.
    """
    from fastcluster import linkage as link
    from fastcluster import linkage_vector
    from scipy.spatial.distance import pdist

    name = _SCIPY_NAMES.get(metric, metric)
    if _takes_features(linkage, metric):
        merges = linkage_vector(X, linkage, name)
    else:
        distances = pdist(X, name)
        merges = link(distances, linkage, preserve_input=False)
    return merges[:, :2].astype(np.intp), merges[:, 2]


def _takes_features(linkage: str, metric: str) -> bool:
    """Whether fastcluster needs no distances of all pairs."""
    return linkage == "ward" or (linkage == "single" and metric in _EUCLIDEAN)


_ENGINES = {"scikit-learn": _by_scikit_learn, "fastcluster": _by_fastcluster}
_SCIPY_NAMES: Mapping[str, Any] = {"l1": "cityblock", "l2": "euclidean"}


def _cut(tree: Tree, params: Params, n_clusters: int | None) -> Clustering:
    if n_clusters is not None:
        return Clustering(cut(tree, n_clusters), notes=tree.notes)
    return Clustering(
        # one of the two is given, as the limits have seen
        cut_at(tree, cast("float", params.distance_threshold)),
        notes=tree.notes,
        compared=Compared(
            "distance_threshold",
            "merge height",
            float(tree.heights.min()),
            float(tree.heights.max()),
        ),
    )


def _limit(size: Size, params: Params) -> str | None:
    del params  # none matters
    return "at least 2 samples are needed to merge" if size.n < 2 else None


def _fault(params: Params) -> str | None:
    if params.linkage == "ward" and params.metric not in _EUCLIDEAN:
        return (
            f"ward linkage has no meaning for the metric {params.metric}; take one "
            f"of {', '.join(_EUCLIDEAN)} or another linkage"
        )
    is_single = params.linkage == "single" and params.metric == "braycurtis"
    if is_single and params.engine == "fastcluster":
        # |x| + |y| in scikit-learn's single linkage, |x + y| in SciPy
        return (
            "scikit-learn divides otherwise than SciPy for single linkage with "
            'braycurtis: take engine = "scikit-learn"'
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    if params.engine == "scikit-learn":
        pairs = n * n
    elif _takes_features(params.linkage, params.metric):
        pairs = 0
    else:
        pairs = n * n // 2
    return 20 * n * d + 8 * (pairs + 20 * n)


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    del params  # all trees take about as long
    return 0.1 + n * n * (3.5e-10 * d + 2.5e-8)


AGGLOMERATIVE = TreeClusterer(
    name="agglomerative",
    doc="agglomerative clustering, with K or with a threshold of distance",
    units={"distance_threshold": 1},
    params=Params,
    tree_params=("linkage", "metric", "engine"),
    grow=_grow,
    cut=_cut,
    uses_seed=False,
    needs_k=lambda params: params.distance_threshold is None,
    own_limit=_limit,
    cost_bytes=_bytes,
    cost_seconds=_seconds,
    library="scikit-learn",
    own_fault=_fault,
)
