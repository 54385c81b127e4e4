"""Labels equal those of the scikit-learn estimator called with the same settings."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import (
    HDBSCAN,
    AffinityPropagation,
    KMeans,
    SpectralClustering,
)

from tests.clusterers.made import DTYPES, INPUTS, digits, known, params
from zsc_wh.clusterers import METHODS
from zsc_wh.scaling import unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

TORN = "Graph is not fully connected"
on_inputs = pytest.mark.parametrize("name", INPUTS)
on_dtypes = pytest.mark.parametrize("dtype", DTYPES)


def torn(oracle: SpectralClustering, X: NDArray[Any]) -> SpectralClustering:
    """Fit; a graph of neighbours may be torn, which the library warns of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", TORN)
        return oracle.fit(X)


@on_inputs
@on_dtypes
def test_kmeans_with_the_settings_of_the_study(name: str, dtype: str) -> None:
    """One start of k-means++, Lloyd, at most 1000 iterations, tolerance 1e-4."""
    X = INPUTS[name](dtype)
    oracle = KMeans(
        n_clusters=10,
        init="k-means++",
        n_init=1,
        max_iter=1000,
        tol=1e-4,
        algorithm="lloyd",
        random_state=1,
    ).fit(X)
    found = METHODS["kmeans"].fit(X, params("kmeans"), 10, 1)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.n_iter, found.converged) == (oracle.n_iter_, True)
    assert found.notes == ()


@pytest.mark.parametrize(
    "given",
    [
        {"init": "random"},
        {"n_init": 4},
        {"max_iter": 3},
        {"tol": 0.5},
        {"algorithm": "elkan"},
    ],
    ids=str,
)
def test_every_parameter_of_kmeans_reaches_the_library(given: dict[str, Any]) -> None:
    """What is declared is what is computed."""
    X = digits()
    asked = params("kmeans", **given)
    oracle = KMeans(n_clusters=7, random_state=2, **asked).fit(X)
    found = METHODS["kmeans"].fit(X, asked, 7, 2)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert found.n_iter == oracle.n_iter_


@on_dtypes
@pytest.mark.parametrize("name", ["digits", "overlapping"])
@pytest.mark.parametrize("n_neighbors", [10, 30])
def test_spectral_with_the_settings_of_the_study(
    name: str, dtype: str, n_neighbors: int
) -> None:
    """Nearest neighbours, cluster_qr, one eigenvector per cluster, ARPACK."""
    X = INPUTS[name](dtype)
    oracle = torn(
        SpectralClustering(
            n_clusters=10,
            affinity="nearest_neighbors",
            n_neighbors=n_neighbors,
            assign_labels="cluster_qr",
            random_state=1,
        ),
        X,
    )
    found = METHODS["spectral"].fit(
        X, params("spectral", n_neighbors=n_neighbors), 10, 1
    )
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.n_iter, found.converged) == (None, None)
    assert all(TORN in note for note in found.notes)


@pytest.mark.parametrize(
    "given",
    [
        {"affinity": "rbf", "gamma": 0.002},
        {"affinity": "rbf", "gamma": 0.001},
        {"assign_labels": "kmeans"},
        {"assign_labels": "kmeans", "n_init": 1},
        {"assign_labels": "kmeans", "n_components": 4},
        {"assign_labels": "discretize"},
        {"eigen_solver": "lobpcg", "eigen_tol": 1e-3},
        {"eigen_tol": 0.01},
    ],
    ids=str,
)
def test_every_parameter_of_spectral_reaches_the_library(given: dict[str, Any]) -> None:
    """What is declared is what is computed."""
    X = digits()
    settings = {"affinity": "nearest_neighbors", "assign_labels": "cluster_qr", **given}
    oracle = torn(SpectralClustering(n_clusters=6, random_state=2, **settings), X)
    found = METHODS["spectral"].fit(X, params("spectral", **given), 6, 2)
    np.testing.assert_array_equal(found.labels, oracle.labels_)


@on_inputs
@on_dtypes
@pytest.mark.parametrize("damping", [0.6, 0.9])
def test_affinity_with_the_settings_of_the_study(
    name: str, dtype: str, damping: float
) -> None:
    """Median preference, at most 1000 iterations, 15 without a change."""
    X = INPUTS[name](dtype)
    oracle = AffinityPropagation(
        damping=damping, max_iter=1000, convergence_iter=15, random_state=1
    ).fit(X)
    found = METHODS["affinity"].fit(X, params("affinity", damping=damping), None, 1)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.n_iter, found.converged) == (oracle.n_iter_, True)
    assert found.notes == ()


@pytest.mark.parametrize(
    "given", [{"preference": -4000.0}, {"convergence_iter": 40}], ids=str
)
def test_every_parameter_of_affinity_reaches_the_library(given: dict[str, Any]) -> None:
    """What is declared is what is computed."""
    X = digits(n=150)
    asked = params("affinity", **given)
    oracle = AffinityPropagation(random_state=2, **known(asked)).fit(X)
    found = METHODS["affinity"].fit(X, asked, None, 2)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert found.n_iter == oracle.n_iter_


@on_inputs
@on_dtypes
@pytest.mark.parametrize("metric", ["euclidean", "l1", "chebyshev"])
@pytest.mark.parametrize("smallest", [5, 2])
def test_hdbscan_with_the_settings_of_the_study(
    name: str, dtype: str, metric: str, smallest: int
) -> None:
    """Excess of mass; no cluster holds more than a fifth of the samples."""
    X = INPUTS[name](dtype)
    oracle = HDBSCAN(
        min_cluster_size=smallest,
        max_cluster_size=round(0.2 * len(X)),
        metric=metric,
        cluster_selection_method="eom",
        allow_single_cluster=False,
        copy=True,
    ).fit(X)
    asked = params("hdbscan", metric=metric, min_cluster_size=smallest)
    found = METHODS["hdbscan"].fit(X, asked, None, 1)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.n_iter, found.converged, found.notes) == (None, None, ())


@pytest.mark.parametrize(
    "given",
    [
        {"min_samples": 2},
        {"cluster_selection_method": "leaf"},
        {"cluster_selection_epsilon": 22.0},
        {"metric": "cosine"},
        {"metric": "braycurtis"},
        {"metric": "canberra"},
        {"metric": "l2"},
        {"alpha": 0.5},
        {"allow_single_cluster": True, "min_cluster_size": 60},
        {"algorithm": "brute"},
        {"algorithm": "ball_tree", "leaf_size": 3},
    ],
    ids=str,
)
def test_every_parameter_of_hdbscan_reaches_the_library(given: dict[str, Any]) -> None:
    """What is declared is what is computed; a fraction of 0 is no limit."""
    X = digits()
    oracle = HDBSCAN(copy=True, **given).fit(X)
    asked = params("hdbscan", max_cluster_fraction=0.0, **given)
    found = METHODS["hdbscan"].fit(X, asked, None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)


def test_arccos_of_hdbscan_is_euclidean_on_unit_rows() -> None:
    """The angle is measured by the chord."""
    X = digits()
    oracle = HDBSCAN(copy=True, max_cluster_size=60).fit(unit_rows(X))
    found = METHODS["hdbscan"].fit(X, params("hdbscan", metric="arccos"), None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
