"""Agglomerative clustering: one tree of merges, cut at any number or any threshold.

The trees are scikit-learn's. Cutting is ours, so that one tree can serve every number
of clusters and every threshold; the numbering of the clusters is scikit-learn's too.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from zsc_wh import scaling
from zsc_wh.clusterers.method import ClustererMethod, Clustering, Compared
from zsc_wh.errors import NotApplicableError
from zsc_wh.libraries import calling
from zsc_wh.method import param

if TYPE_CHECKING:
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


_WARD_METRICS = ("euclidean", "l2", "arccos")


@dataclass(frozen=True)
class Tree:
    """The merges of n samples, from the closest pair to the last two clusters.

    Parameters
    ----------
    children : ndarray of shape (n - 1, 2)
        Nodes that each merge joins. Below n they are samples; the node n + i is the
        cluster made by merge i.
    heights : ndarray of shape (n - 1,)
        Distance of each merge, in ascending order.
    notes : tuple of str
        Warnings of the library.
    """

    children: NDArray[np.intp]
    heights: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def tree(X: NDArray[Any], params: Params) -> Tree:
    """Build the tree of merges of `X` with ``params.linkage`` and ``["metric"]``.

    Raises
    ------
    DataError
        When `X` is not a finite matrix.
    NotApplicableError
        When the distances are not defined: a row of zeros has no cosine.
    ComputeError
        When the library fails.

    Notes
    -----
    Memory grows as 8 n**2 bytes, time as n**2 d.
    """
    X = scaling.check_features(X)
    metric, linkage = params.metric, params.linkage
    if metric == "cosine" and not X.any(axis=1).all():
        raise NotApplicableError(
            what="a sample whose features are all 0 has no cosine distance",
            where="clusterer agglomerative",
        )
    if metric == "arccos":
        X, metric = scaling.unit_rows(X), "euclidean"
    with calling("scikit-learn") as notes:
        from sklearn.cluster import linkage_tree, ward_tree

        if linkage == "ward":
            merges = ward_tree(X, return_distance=True)
        else:
            merges = linkage_tree(
                X, linkage=linkage, affinity=metric, return_distance=True
            )
    return Tree(merges[0], merges[-1], tuple(notes))


def cut(merges: Tree, n_clusters: int) -> NDArray[np.int32]:
    """Cut a tree into a number of clusters.

    Parameters
    ----------
    merges : Tree
        Of n samples.
    n_clusters : int
        From 1 to n.

    Returns
    -------
    ndarray of shape (n,), int32
        Clusters from 0, numbered as by scikit-learn's AgglomerativeClustering.

    Examples
    --------
    >>> pairs = Tree(np.array([[0, 1], [2, 3], [4, 5]]), np.array([1.0, 2.0, 9.0]))
    >>> cut(pairs, 2)
    array([1, 1, 0, 0], dtype=int32)
    """
    n = len(merges.children) + 1
    # The latest merge is undone first. The heap holds the negated nodes, and a cluster
    # gets the number of its place in it: this is how scikit-learn numbers them.
    heap = [-(2 * n - 2)]
    for _ in range(n_clusters - 1):
        left, right = merges.children[-heap[0] - n].tolist()
        heapq.heappush(heap, -left)
        heapq.heappushpop(heap, -right)
    numbers = np.full(2 * n - 1, -1, dtype=np.int32)
    numbers[[-node for node in heap]] = np.arange(n_clusters)
    for node in range(2 * n - 2, n - 1, -1):
        if numbers[node] >= 0:
            numbers[merges.children[node - n]] = numbers[node]
    return numbers[:n].copy()


def cut_at(merges: Tree, threshold: float) -> NDArray[np.int32]:
    """Cut a tree where merges reach a threshold: those at or above it are undone.

    Examples
    --------
    >>> pairs = Tree(np.array([[0, 1], [2, 3], [4, 5]]), np.array([1.0, 2.0, 9.0]))
    >>> cut_at(pairs, 2.0)
    array([0, 0, 2, 1], dtype=int32)
    """
    return cut(merges, int(np.count_nonzero(merges.heights >= threshold)) + 1)


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    del seed  # nothing is drawn
    merges = tree(X, params)
    if n_clusters is not None:
        return Clustering(cut(merges, n_clusters), notes=merges.notes)
    return Clustering(
        # one of the two is given, as the limits have seen
        cut_at(merges, cast("float", params.distance_threshold)),
        notes=merges.notes,
        compared=Compared(
            "distance_threshold",
            "merge height",
            float(merges.heights.min()),
            float(merges.heights.max()),
        ),
    )


def _limit(size: Size, params: Params) -> str | None:
    del params  # none matters
    return "at least 2 samples are needed to merge" if size.n < 2 else None


def _fault(params: Params) -> str | None:
    if params.linkage == "ward" and params.metric not in _WARD_METRICS:
        return (
            f"ward linkage has no meaning for the metric {params.metric}; take one "
            f"of {', '.join(_WARD_METRICS)} or another linkage"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d = shape.n, shape.d
    del params  # all trees are built alike
    return 12 * n * d + 8 * (n * n + 20 * n)


def _seconds(shape: Shape, params: Params) -> float:
    n, d = shape.n, shape.d
    del params  # all trees are built alike
    return 0.1 + n * n * (3.5e-10 * d + 2.5e-8)


AGGLOMERATIVE = ClustererMethod(
    name="agglomerative",
    doc="agglomerative clustering, with K or with a threshold of distance",
    units={"distance_threshold": 1},
    params=Params,
    cluster=_cluster,
    uses_seed=False,
    needs_k=lambda params: params.distance_threshold is None,
    own_limit=_limit,
    cost_bytes=_bytes,
    arbitrary_if_constant=True,
    cost_seconds=_seconds,
    library="scikit-learn",
    own_fault=_fault,
)
