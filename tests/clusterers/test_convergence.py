from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import AffinityPropagation
from sklearn.exceptions import ConvergenceWarning

from tests.clusterers.made import blobs, digits, known, params
from zsc_wh.clusterers import METHODS


@pytest.mark.parametrize(("max_iter", "converged"), [(3, False), (1000, True)])
def test_kmeans_at_its_limit_has_not_converged(max_iter: int, converged: bool) -> None:
    """The result is kept and marked."""
    found = METHODS["kmeans"].fit(digits(), params("kmeans", max_iter=max_iter), 10, 0)
    assert found.converged is converged
    assert (found.n_iter == max_iter) is not converged
    assert found.notes == ()


def test_kmeans_with_fewer_distinct_samples_than_clusters() -> None:
    """The library's warning becomes a note; fewer clusters are found."""
    X = np.repeat(np.eye(3), 5, axis=0)
    found = METHODS["kmeans"].fit(X, params("kmeans"), 6, 0)
    assert len(set(found.labels.tolist())) == 3
    assert found.converged
    assert len(found.notes) == 1
    assert "Number of distinct clusters (3) found smaller" in found.notes[0]


@pytest.mark.parametrize("max_iter", [2, 30])
def test_affinity_at_its_limit_has_not_converged(max_iter: int) -> None:
    """Labels are the library's: all noise without an exemplar, else as they are."""
    X = digits(n=100)
    asked = params("affinity", max_iter=max_iter, convergence_iter=29)
    with pytest.warns(ConvergenceWarning):
        oracle = AffinityPropagation(random_state=0, **known(asked)).fit(X)
    found = METHODS["affinity"].fit(X, asked, None, 0)
    np.testing.assert_array_equal(found.labels, oracle.labels_)
    assert (found.converged, found.n_iter, found.notes) == (False, max_iter, ())
    assert (found.labels == -1).all() == (max_iter == 2)


@pytest.mark.parametrize(
    ("X", "labels"),
    [
        (np.ones((1, 3)), [0]),
        (np.zeros((5, 3)), [0] * 5),
        (np.array([[0.0], [3.0]]), [0, 1]),
        (np.eye(3), [0, 0, 0]),
    ],
    ids=["one sample", "equal samples", "two samples", "equal distances"],
)
def test_affinity_without_iterations(X: np.ndarray, labels: list[int]) -> None:
    """Where all similarities are equal nothing is iterated, and a note says so."""
    found = METHODS["affinity"].fit(X, params("affinity"), None, 0)
    assert found.labels.tolist() == labels
    assert (found.converged, found.n_iter) == (None, 0)
    assert len(found.notes) == 1
    assert "all similarities are equal" in found.notes[0]


def test_spectral_of_a_torn_graph_is_noted() -> None:
    """Groups without a link make the eigenvectors doubtful; the library says so."""
    found = METHODS["spectral"].fit(blobs(), params("spectral"), 4, 0)
    assert len(found.notes) == 1
    assert "Graph is not fully connected" in found.notes[0]


def test_a_square_matrix_is_features_all_the_same() -> None:
    """scikit-learn's guess that it was meant as affinities is not passed on."""
    X = np.random.default_rng(0).normal(size=(60, 60))
    found = METHODS["spectral"].fit(X, params("spectral", n_neighbors=30), 4, 0)
    assert found.notes == ()
