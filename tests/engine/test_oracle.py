"""What an ingest leaves behind, against the libraries called directly."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import cluster, metrics
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

import zsc_wh
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid
    from zsc_wh.warehouse import Warehouse

K = 4
EXTERNAL = {
    "ami": metrics.adjusted_mutual_info_score,
    "nmi": metrics.normalized_mutual_info_score,
    "ari": metrics.adjusted_rand_score,
    "fowlkes_mallows": metrics.fowlkes_mallows_score,
    "homogeneity": metrics.homogeneity_score,
    "completeness": metrics.completeness_score,
}
INTERNAL = {
    "silhouette": metrics.silhouette_score,
    "silhouette_cosine": partial(metrics.silhouette_score, metric="cosine"),
    "silhouette_manhattan": partial(metrics.silhouette_score, metric="manhattan"),
    "calinski_harabasz": metrics.calinski_harabasz_score,
    "davies_bouldin": metrics.davies_bouldin_score,
}


def _average_zscore(X: NDArray[Any]) -> NDArray[Any]:
    """Centre, divide by the mean deviation, and by the square root of d."""
    centred = X - X.mean(axis=0, dtype=np.float64)
    scaled = centred / X.std(axis=0, dtype=np.float64).mean()
    corrected: NDArray[Any] = scaled.astype(X.dtype) / np.sqrt(X.shape[1])
    return corrected.astype(X.dtype)


# The settings of arXiv 2406.02465.
CLUSTERERS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "kmeans": lambda X: (
        cluster.KMeans(K, n_init=1, max_iter=1000, tol=1e-4, random_state=0)
        .fit(X)
        .labels_
    ),
    "spectral": lambda X: (
        cluster.SpectralClustering(
            K, affinity="nearest_neighbors", assign_labels="cluster_qr", random_state=0
        )
        .fit(X)
        .labels_
    ),
    "ac-known": lambda X: cluster.AgglomerativeClustering(K).fit(X).labels_,
    "ac-unknown": lambda X: (
        cluster.AgglomerativeClustering(None, distance_threshold=2.0)
        .fit(_average_zscore(X))
        .labels_
    ),
    "affinity": lambda X: (
        cluster.AffinityPropagation(
            damping=0.9, max_iter=1000, convergence_iter=15, random_state=0
        )
        .fit(X)
        .labels_
    ),
    "hdbscan": lambda X: (
        cluster.HDBSCAN(
            min_cluster_size=5, max_cluster_size=round(0.2 * len(X)), copy=True
        )
        .fit(X)
        .labels_
    ),
}
REDUCERS = ("none", "zscore", "pca-0.90", "umap-5")


@pytest.fixture(scope="module")
def opened(module_grid: tuple[MakeGrid, Command]) -> Iterator[Warehouse]:
    """Ingest every clusterer over four reducers once."""
    make_grid, zscwh = module_grid
    grid = make_grid(
        clusterers=tuple(CLUSTERERS),
        scores=(
            "@standard",
            "calinski_harabasz_umap",
            "davies_bouldin_umap",
            *(
                f"silhouette_{distance}{space}"
                for distance in ("cosine", "manhattan")
                for space in ("", "_original")
            ),
        ),
    )
    text = grid.read_text(encoding="utf-8")
    text = text.replace('"pca-0.90"', '"pca-0.90", "umap-5"')
    grid.write_text(
        text + '\n[reducer.umap-5]\nkind = "umap"\nn_components = 5\n',
        encoding="utf-8",
    )
    zscwh("ingest", grid)
    with threadpool_limits(1):
        yield zsc_wh.open(grid.parent / "zscwh.duckdb")


@cache
def _array(warehouse: Warehouse, reducer: str) -> NDArray[Any]:
    """Return the stored array that the cells of a reducer were clustered in."""
    ((key,),) = warehouse.read(
        "select distinct reduction_key from named_cell where reducer = $name",
        {"name": reducer},
    ).rows
    return np.array(Store(warehouse.store_path).load(str(key)))


@cache
def _assignments(warehouse: Warehouse) -> dict[tuple[str, str], NDArray[Any]]:
    """Return the labels of every cell, by reducer and clusterer."""
    rows = warehouse.read(
        "select reducer, clusterer, labels from result join assignment using (run_key)"
    ).rows
    return {(str(row[0]), str(row[1])): np.array(row[2]) for row in rows}


def _labels(warehouse: Warehouse, reducer: str, clusterer: str) -> NDArray[Any]:
    return _assignments(warehouse)[reducer, clusterer]


def _truth() -> NDArray[Any]:
    return np.repeat(np.arange(4), 60)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Graph is not fully connected:UserWarning")
@pytest.mark.parametrize("reducer", REDUCERS)
@pytest.mark.parametrize("clusterer", CLUSTERERS)
def test_labels_are_those_of_the_library(
    opened: Warehouse, reducer: str, clusterer: str
) -> None:
    """Stored array in, the same labels out, number for number."""
    expected = CLUSTERERS[clusterer](_array(opened, reducer))
    assert np.array_equal(_labels(opened, reducer, clusterer), expected)


@pytest.mark.slow
def test_the_pca_array_is_that_of_the_library(opened: Warehouse) -> None:
    """z-score, then as many components as keep 90 % of the variance."""
    X = _array(opened, "none").astype(np.float64)
    scaled = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    expected = PCA(0.9, random_state=0).fit_transform(scaled)
    assert np.allclose(_array(opened, "pca-0.90"), expected, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:n_jobs value:UserWarning")
@pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")
@pytest.mark.filterwarnings("ignore:Spectral initialisation failed:UserWarning")
def test_the_umap_array_is_that_of_the_library(opened: Warehouse) -> None:
    """umap-learn with the study's settings and the seed gives the same bits."""
    import umap

    expected = umap.UMAP(
        n_components=5, n_neighbors=30, min_dist=0.0, random_state=0
    ).fit_transform(_array(opened, "none"))
    assert np.array_equal(_array(opened, "umap-5"), expected)


@pytest.mark.slow
@pytest.mark.parametrize("metric", EXTERNAL)
def test_external_scores_are_those_of_the_library(
    opened: Warehouse, metric: str
) -> None:
    """Every run, over all and over clustered samples, within 1e-9."""
    rows = opened.read(
        "select labels, score.subset, value from result join score using (run_key) "
        "join assignment using (run_key) where metric = $metric",
        {"metric": metric},
    ).rows
    assert len(rows) == 2 * len(REDUCERS) * len(CLUSTERERS)
    found = np.array([value for *_, value in rows])
    expected = [
        _external(metric, np.array(labels), subset) for labels, subset, _ in rows
    ]
    assert np.allclose(found, expected, rtol=0, atol=1e-9)


def _external(metric: str, labels: NDArray[Any], subset: str) -> float:
    kept = labels >= (0 if subset == "clustered" else -1)
    return float(EXTERNAL[metric](_truth()[kept], labels[kept]))


@pytest.mark.slow
@pytest.mark.parametrize("metric", INTERNAL)
@pytest.mark.parametrize("space", ["reduced", "original"])
def test_internal_scores_are_those_of_the_library(
    opened: Warehouse, metric: str, space: str
) -> None:
    """Every run, in the reduced and the original space, within 1e-6 relative."""
    rows = opened.read(
        "select reducer, labels, value from result join score using (run_key) "
        "join assignment using (run_key) where metric = $metric and space = $space "
        "and score.subset = 'all'",
        {"metric": metric, "space": space},
    ).rows
    assert len(rows) == len(REDUCERS) * len(CLUSTERERS)
    found = np.array([value for *_, value in rows])
    expected = [
        INTERNAL[metric](
            _array(opened, reducer if space == "reduced" else "none").astype(float),
            labels,
        )
        for reducer, labels, _ in rows
    ]
    assert np.allclose(found, expected, rtol=1e-6, atol=0)


@pytest.mark.slow
def test_true_labels_are_scored_once_an_array(opened: Warehouse) -> None:
    """The silhouette of the true classes in each reduced space is the library's."""
    rows = opened.read(
        "select array_key, value from array_score where metric = 'silhouette'"
    ).rows
    store = Store(opened.store_path)
    found = np.array([value for _, value in rows])
    expected = [
        metrics.silhouette_score(np.array(store.load(key), dtype=float), _truth())
        for key, _ in rows
    ]
    assert len(rows) == len(REDUCERS) + 1  # and the UMAP space of the scores
    assert np.allclose(found, expected, rtol=1e-6, atol=0)
