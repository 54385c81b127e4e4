"""Inputs too small, too equal or too odd: a valid result or a reason, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.clusterers.made import blobs, params
from zsc_wh.clusterers import METHODS
from zsc_wh.errors import DataError, NotApplicableError

TOO_FEW = r"cannot be made of \d+ samples?"
ONE = np.ones((1, 3))
TWO = np.array([[0.0, 1.0], [5.0, 1.0]])
EQUAL = np.full((40, 3), 0.1)
COPIES = np.repeat(np.diag([9.0, 7.0, 4.0]), 20, axis=0)

VALID: list[tuple[str, dict[str, Any], Any, int | None, int | None, int]] = [
    # The number of clusters is None where the library's ties decide it.
    # kind, parameters, features, K, clusters found, noise
    ("kmeans", {}, ONE, 1, 1, 0),
    ("kmeans", {}, TWO, 2, 2, 0),
    ("kmeans", {}, EQUAL, 1, 1, 0),
    ("kmeans", {}, EQUAL, 5, 1, 0),
    ("kmeans", {}, COPIES, 3, 3, 0),
    ("kmeans", {}, COPIES, 60, 3, 0),
    ("spectral", {"n_neighbors": 2}, TWO, 1, 1, 0),
    ("spectral", {}, EQUAL, 1, 1, 0),
    ("spectral", {}, COPIES, 3, 3, 0),
    ("spectral", {"affinity": "rbf"}, COPIES, 3, 3, 0),
    ("spectral", {"eigen_solver": "chebyshev", "n_neighbors": 2}, TWO, 1, 1, 0),
    ("spectral", {"eigen_solver": "chebyshev"}, EQUAL, 1, 1, 0),
    ("spectral", {"eigen_solver": "chebyshev"}, COPIES, 3, 3, 0),
    ("agglomerative", {}, TWO, 1, 1, 0),
    ("agglomerative", {}, TWO, 2, 2, 0),
    ("agglomerative", {}, EQUAL, 1, 1, 0),
    ("agglomerative", {}, COPIES, 3, 3, 0),
    ("agglomerative", {}, COPIES, 60, 60, 0),
    ("agglomerative", {"distance_threshold": 1.0}, TWO, None, 2, 0),
    ("agglomerative", {"distance_threshold": 1.0}, EQUAL, None, 1, 0),
    ("agglomerative", {"distance_threshold": 1.0}, COPIES, None, 3, 0),
    ("affinity", {}, ONE, None, 1, 0),
    ("affinity", {}, TWO, None, 2, 0),
    ("affinity", {}, EQUAL, None, 1, 0),
    # Copies are closer to each other than the preference, so they compete.
    ("affinity", {}, COPIES, None, None, 0),
    ("hdbscan", {"min_cluster_size": 2}, TWO, None, 0, 2),
    ("hdbscan", {}, EQUAL, None, 0, 40),
    ("hdbscan", {"max_cluster_fraction": 0.5}, COPIES, None, 3, 0),
    ("hdbscan", {}, COPIES, None, 0, 60),
    ("plscan", {}, EQUAL, None, 0, 40),
    ("plscan", {}, COPIES, None, 3, 0),
]
REFUSED: list[tuple[str, dict[str, Any], Any, int | None, str]] = [
    ("kmeans", {}, ONE, 2, TOO_FEW),
    ("kmeans", {}, TWO, 0, TOO_FEW),
    ("kmeans", {}, TWO, None, "number of clusters must be given"),
    ("spectral", {}, ONE, 2, TOO_FEW),
    ("spectral", {"n_neighbors": 1}, ONE, 1, "1 eigenvector is asked"),
    ("spectral", {"n_neighbors": 2}, TWO, 2, "2 eigenvectors"),
    ("spectral", {}, TWO, 1, "10 neighbours asked for, but there are 2 samples"),
    ("spectral", {}, EQUAL, 2, "all samples are equal"),
    ("spectral", {}, COPIES, 60, "60 eigenvectors"),
    ("spectral", {"affinity": "rbf"}, COPIES, 60, "60 eigenvectors"),
    ("spectral", {"n_components": 5}, COPIES, 3, r"components \(5\), not 3"),
    ("agglomerative", {}, ONE, 1, "at least 2 samples"),
    ("agglomerative", {}, ONE, 2, TOO_FEW),
    ("agglomerative", {}, EQUAL, 2, "between all samples are 0"),
    (
        "agglomerative",
        {"linkage": "average", "metric": "cosine"},
        EQUAL,
        2,
        "between all samples are 0",
    ),
    ("agglomerative", {"distance_threshold": 1.0}, ONE, None, "at least 2 samples"),
    ("agglomerative", {"distance_threshold": 1.0}, TWO, 2, "finds the number"),
    ("affinity", {}, TWO, 2, "finds the number of clusters itself"),
    ("hdbscan", {}, ONE, None, "at least 5 samples"),
    ("hdbscan", {}, TWO, None, "at least 5 samples here and has 2"),
    ("hdbscan", {"min_samples": 1}, ONE, None, "at least 2 samples"),
    ("hdbscan", {"min_samples": 3}, TWO, None, "at least 3 samples"),
    ("hdbscan", {}, TWO, 2, "finds the number of clusters itself"),
    ("plscan", {}, ONE, None, "at least 6 samples here and has 1"),
    ("plscan", {"min_samples": 2}, TWO, None, "at least 3 samples"),
    ("plscan", {}, TWO, 2, "finds the number of clusters itself"),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "given", "X", "k", "clusters", "noise"), VALID)
def test_valid_results(
    kind: str,
    given: dict[str, Any],
    X: Any,
    k: int | None,
    clusters: int | None,
    noise: int,
    dtype: str,
) -> None:
    """The method has an answer, degenerate or not."""
    labels = METHODS[kind].fit(X.astype(dtype), params(kind, **given), k, 0).labels
    assert labels.shape == (len(X),)
    found = len(set(labels[labels >= 0].tolist()))
    assert found == clusters if clusters is not None else found > 0
    assert (labels == -1).sum() == noise


@pytest.mark.parametrize(("kind", "given", "X", "k", "reason"), REFUSED)
def test_refused_with_a_reason(
    kind: str, given: dict[str, Any], X: Any, k: int | None, reason: str
) -> None:
    """The method has no answer; the cell is skipped and told why."""
    asked = params(kind, **given)
    with pytest.raises(NotApplicableError, match=reason) as caught:
        METHODS[kind].fit(X, asked, k, 0)
    assert caught.value.where == f"clusterer {kind}"


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_features_that_are_not_finite_are_refused(kind: str, bad: float) -> None:
    """HDBSCAN too, which would take them for outliers."""
    X = blobs()
    X[7, 1] = bad
    k = 4 if METHODS[kind].takes_k(params(kind)) else None
    with pytest.raises(DataError, match="sample 7"):
        METHODS[kind].fit(X, params(kind), k, 0)


def test_the_least_number_of_samples_for_a_kind_with_neighbours() -> None:
    """As many neighbours as samples is the limit, the sample itself being one."""
    X = blobs(n=10)
    found = METHODS["spectral"].fit(X, params("spectral", n_neighbors=10), 2, 0)
    assert set(found.labels.tolist()) == {0, 1}
    asked = params("spectral", n_neighbors=11)
    with pytest.raises(NotApplicableError, match="11 neighbours"):
        METHODS["spectral"].fit(X, asked, 2, 0)
