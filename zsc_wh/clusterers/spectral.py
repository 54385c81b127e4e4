"""Spectral clustering (scikit-learn)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from zsc_wh.clusterers.eigenvectors import block_size, leading
from zsc_wh.clusterers.method import (
    Clustering,
    FeatureClusterer,
    as_labels,
)
from zsc_wh.errors import NotApplicableError
from zsc_wh.libraries import calling, without
from zsc_wh.method import param
from zsc_wh.words import counted, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.sizes import Shape, Size


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of spectral clustering."""

    affinity: Literal["nearest_neighbors", "rbf"] = param(
        default="nearest_neighbors",
        doc="what links samples: shared neighbours, or a Gaussian of the distance",
    )
    n_neighbors: int = param(
        default=10, minimum=1, doc="neighbours of each sample, itself included"
    )
    gamma: float = param(default=1.0, minimum=0, doc="of rbf: 1 / distance**2")
    n_components: int | None = param(
        default=None, minimum=1, doc="eigenvectors; unset: one per cluster"
    )
    assign_labels: Literal["cluster_qr", "kmeans", "discretize"] = param(
        default="cluster_qr", doc="how clusters are read off the eigenvectors"
    )
    n_init: int = param(
        default=10, minimum=1, doc="starts, when assign_labels is kmeans"
    )
    eigen_solver: Literal["arpack", "lobpcg", "chebyshev"] = param(
        default="arpack",
        doc="how eigenvectors are computed; chebyshev: for many samples and clusters, "
        "as the memory of arpack grows as their square",
    )
    eigen_tol: float | None = param(
        default=None,
        minimum=0,
        doc="tolerance of the eigenvectors; unset: the solver's own choice, of "
        "chebyshev 1e-6",
    )


# scikit-learn takes a square feature matrix for one that was meant as affinities.
_SQUARE_NOTE = "The spectral clustering API has changed"
_TOLERANCE = 1e-6
"""Of eigenvectors found by iteration: on images the labels are those of ARPACK."""


def _cluster(
    X: NDArray[Any], params: Params, n_clusters: int | None, seed: int
) -> Clustering:
    if params.eigen_solver == "chebyshev":
        return _by_iteration(X, params, cast("int", n_clusters), seed)
    tolerance = "auto" if params.eigen_tol is None else params.eigen_tol
    with calling("scikit-learn") as notes:
        from sklearn.cluster import SpectralClustering

        given = {**asdict(params), "eigen_tol": tolerance}
        if params.affinity == "rbf":
            X, given["affinity"] = _affinities(X, params.gamma), "precomputed"
        fitted = SpectralClustering(
            n_clusters=n_clusters, random_state=seed, **given
        ).fit(X)
    return Clustering(as_labels(fitted.labels_), notes=without(notes, _SQUARE_NOTE))


def _by_iteration(
    X: NDArray[Any], params: Params, n_clusters: int, seed: int
) -> Clustering:
    """Cluster as scikit-learn does, but for how the eigenvectors are found."""
    with calling("scikit-learn") as notes:
        from scipy.sparse.csgraph import connected_components

        links, roots = _normalised(_graph(X, params))
        found = leading(
            links,
            params.n_components or n_clusters,
            seed,
            _TOLERANCE if params.eigen_tol is None else params.eigen_tol,
        )
        maps = found.vectors / roots[:, np.newaxis]
        labels = _assigned(maps, params, n_clusters, seed)
        parts = connected_components(links, directed=False)[0]
    if parts > 1:
        notes.append(f"the graph of neighbours falls into {parts} parts")
    return Clustering(
        as_labels(labels),
        converged=found.converged,
        n_iter=found.n_iter,
        notes=tuple(notes),
    )


def _graph(X: NDArray[Any], params: Params) -> Any:
    """Return the affinities, as scikit-learn does."""
    from sklearn.neighbors import kneighbors_graph

    if params.affinity == "rbf":
        return _affinities(X, params.gamma)
    links = kneighbors_graph(
        X.astype(np.float64), n_neighbors=params.n_neighbors, include_self=True
    )
    return 0.5 * (links + links.T)


def _normalised(graph: Any) -> tuple[Any, NDArray[np.float64]]:
    """Return affinities over the roots of both degrees, and these roots."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import laplacian

    flipped: Any
    roots: Any
    flipped, roots = laplacian(graph, normed=True, return_diag=True)
    if isinstance(flipped, np.ndarray):
        np.fill_diagonal(flipped, 0)
        return -flipped, roots
    links = csr_array(-flipped)
    links.setdiag(0)
    links.eliminate_zeros()
    return links, roots


def _assigned(
    maps: NDArray[np.float64], params: Params, n_clusters: int, seed: int
) -> NDArray[Any]:
    """Return the cluster of each sample; scikit-learn offers this in no other way."""
    from sklearn.cluster import k_means
    from sklearn.cluster._spectral import cluster_qr, discretize

    labels: NDArray[Any]
    if params.assign_labels == "cluster_qr":
        labels = cluster_qr(maps)
    elif params.assign_labels == "kmeans":
        labels = k_means(maps, n_clusters, random_state=seed, n_init=params.n_init)[1]
    else:
        labels = discretize(maps, random_state=seed)
    return labels


def _affinities(X: NDArray[Any], gamma: float) -> NDArray[np.float64]:
    """Return exp(-gamma * squared distance) of all pairs, as scikit-learn does.

    Raises
    ------
    NotApplicableError
        When that is the same for all pairs of different samples.
    """
    from sklearn.metrics.pairwise import rbf_kernel

    found: NDArray[np.float64] = rbf_kernel(X.astype(np.float64), gamma=gamma)
    n = len(found)
    least = min((found[i, :i].min() for i in range(1, n)), default=0.0)
    most = max((found[i, :i].max() for i in range(1, n)), default=1.0)
    if least == most:
        size = "small" if least else "large"
        raise NotApplicableError(
            what=f"the affinity of any two samples is {least:g}: gamma is too {size} "
            "for their distances, and clusters would be arbitrary",
            where="clusterer spectral",
            hint="Set gamma to about 1 / (typical distance)**2.",
        )
    return found


def _limit(size: Size, params: Params) -> str | None:
    n, k = size.n, size.k  # any number of features will do
    if params.affinity == "nearest_neighbors" and params.n_neighbors > n:
        return (
            f"{params.n_neighbors} neighbours asked for, but there "
            f"{plural(n, 'is', 'are')} {counted(n, 'sample')}"
        )
    components = params.n_components or k
    if components is not None and components >= n:
        return (
            f"{counted(components, 'eigenvector is', 'eigenvectors are')} asked for, "
            f"but {counted(n, 'sample has', 'samples have')} fewer that can be computed"
        )
    if params.assign_labels != "kmeans" and components != k:
        return (
            f"{params.assign_labels} makes as many clusters as there are "
            f"components ({components}), not {k}; leave n_components out"
        )
    return None


def _bytes(shape: Shape, params: Params) -> int:
    n, d, k = shape.n, shape.d, shape.k
    is_dense = params.affinity == "rbf"
    if params.eigen_solver == "chebyshev":
        links = 5 * n * n if is_dense else 10 * n * params.n_neighbors
        return 12 * n * d + 8 * (links + 6 * n * block_size(n, k))
    # The shift-invert mode of ARPACK factorises the graph. The factors of a graph of
    # neighbours hold 0.37 to 0.42 n**2 numbers, from 5,000 to 10,000 samples of images.
    graph = 5 * n * n if is_dense else 2 * n * n // 5 + 10 * n * params.n_neighbors
    return 12 * n * d + 8 * (graph + 4 * n * (k + 10))


def _seconds(shape: Shape, params: Params) -> float:
    n, d, k = shape.n, shape.d, shape.k
    if params.eigen_solver == "chebyshev":
        size = block_size(n, k)
        product = (
            5e-11 * n * n
            if params.affinity == "rbf"
            else 3e-9 * n * (params.n_neighbors)
        )
        return 0.2 + size * (100 * product + 4e-9 * n * size) + 1e-9 * d * n * n
    # the factors cost most, whatever the graph
    return 0.2 + 1e-11 * n**3 + n * n * (1e-9 * d + 5e-9 * k)


SPECTRAL = FeatureClusterer(
    name="spectral",
    doc="spectral clustering of a graph of neighbours",
    units={"gamma": -2},
    params=Params,
    cluster=_cluster,
    uses_seed=True,
    needs_k=lambda _params: True,
    own_limit=_limit,
    cost_bytes=_bytes,
    arbitrary_if_constant=True,
    cost_seconds=_seconds,
    library="scikit-learn",
)
