"""Spectral clustering by `eigen_solver = "chebyshev"`, against LAPACK and ARPACK."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import SpectralClustering

from tests.clusterers.made import INPUTS, blobs, digits, params
from zsc_wh.clusterers import METHODS, eigenvectors
from zsc_wh.clusterers.eigenvectors import block_size, leading
from zsc_wh.sizes import Shape

METHOD = METHODS["spectral"]


def graph(n: int, parts: int = 1) -> Any:
    """Return a normalised random graph, in as many parts of equal size."""
    rng = np.random.default_rng(7)
    links = np.triu(rng.random((n, n)) < 0.6, 1).astype(float)
    of = np.arange(n) % parts
    links = (links + links.T) * (of[:, None] == of)
    roots = np.sqrt(links.sum(axis=1))
    return links / roots / roots[:, None]


@pytest.mark.parametrize("n", [40, 300])
@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.parametrize("k", [1, 4, 9])
def test_the_largest_eigenvalues_are_found(n: int, parts: int, k: int) -> None:
    """Those of LAPACK, however many are equal, with orthonormal vectors."""
    links = graph(n, parts)
    found = leading(csr_array(links), k, seed=0, tolerance=1e-9)
    image = links @ found.vectors
    values = np.einsum("ij,ij->j", found.vectors, image)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(links)[::-1][:k], atol=1e-12)
    np.testing.assert_allclose(image, found.vectors * values, atol=1e-8)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(k), atol=1e-12)
    assert found.converged
    assert (found.n_iter == 1) == (block_size(n, k) == n)


@pytest.mark.parametrize(
    ("name", "k", "given"),
    [
        ("digits", 10, {}),
        ("digits", 10, {"affinity": "rbf", "gamma": 0.001}),
        ("overlapping", 10, {}),
        ("overlapping", 10, {"n_neighbors": 30}),
        ("blobs", 4, {}),
        ("blobs", 4, {"affinity": "rbf", "gamma": 0.001}),
        ("blobs", 4, {"assign_labels": "kmeans", "n_components": 5}),
        ("blobs", 4, {"assign_labels": "discretize"}),
    ],
    ids=str,
)
def test_clusters_are_those_of_arpack(name: str, k: int, given: dict[str, Any]) -> None:
    """Equal partitions; their numbers may differ, as signs of vectors do.

    The last two draw as they go, so only groups without doubt are the same.
    """
    X = INPUTS[name]("float32")
    asked = params("spectral", eigen_solver="chebyshev", **given)
    found = METHOD.fit(X, asked, k, 0)
    oracle = METHOD.fit(X, params("spectral", **given), k, 0)
    pairs = set(zip(found.labels.tolist(), oracle.labels.tolist(), strict=True))
    assert len(pairs) == len({*found.labels.tolist()}) == len({*oracle.labels.tolist()})
    assert found.converged
    assert (found.n_iter or 0) > 0


def test_the_seed_is_all_that_is_drawn() -> None:
    """Same bits for the same seed."""
    X = digits()
    asked = params("spectral", eigen_solver="chebyshev", eigen_tol=0.05)
    first, again = (METHOD.fit(X, asked, 10, 3) for _ in "ab")
    np.testing.assert_array_equal(first.labels, again.labels)


def test_a_torn_graph_is_noted() -> None:
    """ARPACK's warning says less: how many parts there are is known."""
    X = blobs(far=60.0)
    asked = params("spectral", eigen_solver="chebyshev")
    found = METHOD.fit(X, asked, 4, 0)
    assert found.notes == ("the graph of neighbours falls into 4 parts",)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SpectralClustering(n_clusters=4, affinity="nearest_neighbors").fit(X)
    assert any("not fully connected" in str(each.message) for each in caught)


def test_vectors_that_are_not_precise_enough_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The result is kept and marked, as that of K-Means is."""
    monkeypatch.setattr(eigenvectors, "_MOST", 2)
    asked = params("spectral", eigen_solver="chebyshev")
    found = METHOD.fit(digits(), asked, 10, 0)
    assert (found.converged, found.n_iter) == (False, 2)
    assert set(found.labels.tolist()) == set(range(10))


def test_many_samples_and_clusters_fit() -> None:
    """The forecast of the factors would stop it on a machine of 8 GiB."""
    shape = Shape(50_000, 50, 1000)
    arpack, chebyshev = (
        METHOD.peak_bytes(shape, params("spectral", eigen_solver=solver))
        for solver in ("arpack", "chebyshev")
    )
    assert chebyshev < 5 * 2**30 < 8 * 2**30 < arpack
