"""Features of any magnitude give the clusters of the same features near 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zsc_wh import clusterers, reducers
from zsc_wh.fields import complete
from zsc_wh.scaling import average_zscore, tamed, unit_rows, zscore

if TYPE_CHECKING:
    from collections.abc import Callable

EXPONENTS = {np.float32: (-120, -99, 63, 120), np.float64: (-900, -99, 63, 900)}
"""Powers of two: 1e-30 and 1e19 among them, and near the ends of each type."""

PLACES = [(dtype, e) for dtype, exponents in EXPONENTS.items() for e in exponents]

CLUSTERED: dict[str, tuple[str, dict[str, Any]]] = {
    "kmeans": ("kmeans", {}),
    "spectral": ("spectral", {"n_neighbors": 10}),
    "ward": ("agglomerative", {}),
    "average": ("agglomerative", {"linkage": "average", "metric": "l1"}),
    "threshold": ("agglomerative", {"distance_threshold": 4.0}),
    "cosine": (
        "agglomerative",
        {"linkage": "average", "metric": "cosine", "distance_threshold": 0.05},
    ),
    "affinity": ("affinity", {}),
    "hdbscan": ("hdbscan", {"max_cluster_fraction": 0.5}),
    "epsilon": (
        "hdbscan",
        {"max_cluster_fraction": 0.5, "cluster_selection_epsilon": 0.5},
    ),
}


def blobs(dtype: Any) -> Any:
    """Return 90 points in three far groups of five dimensions."""
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 5) * 8, 30, axis=0)
    return (centres + rng.normal(scale=0.3, size=(90, 5)) + 1).astype(dtype)


def scaled(params: dict[str, Any], kind: str, exponent: int) -> dict[str, Any]:
    """Return parameters in the unit of the features."""
    if params.get("metric") == "cosine":
        return params
    lengths = clusterers.METHODS[kind].lengths & params.keys()
    return params | {name: params[name] * 2.0**exponent for name in lengths}


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
@pytest.mark.parametrize("name", CLUSTERED)
def test_clusters_do_not_depend_on_the_magnitude(
    name: str, dtype: Any, exponent: int
) -> None:
    """Distances among the parameters are in the unit of the features."""
    kind, given = CLUSTERED[name]
    method, X = clusterers.METHODS[kind], blobs(dtype)
    k = 3 if method.takes_k(complete(method.fields, given)) else None
    expected = method.fit(X, complete(method.fields, given), k, 0).labels
    far = np.ldexp(X, exponent)
    params = complete(method.fields, scaled(given, kind, exponent))
    found = method.fit(far, params, k, 0).labels
    np.testing.assert_array_equal(found, expected)
    assert len(set(expected[expected >= 0])) >= 2


@pytest.mark.parametrize("dtype", EXPONENTS)
@pytest.mark.parametrize("exponent", [-39, -10, 0, 10, 30])
def test_ordinary_features_are_left_alone(dtype: Any, exponent: int) -> None:
    """Bit for bit, without a copy, so that no stored result changes."""
    X = np.ldexp(blobs(dtype), exponent)
    assert tamed(X)[0] is X
    assert tamed(np.zeros((2, 2), dtype))[1] == 0


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
@pytest.mark.parametrize("zscore", [True, False])
def test_components_keep_the_unit_of_the_features(
    zscore: bool, dtype: Any, exponent: int
) -> None:
    """Unless each dimension was standardised first."""
    method, X = reducers.METHODS["pca"], blobs(dtype)
    params = complete(method.fields, {"n_components": 2, "zscore": zscore})
    expected = method.fit(X, params, 0).array
    found = method.fit(np.ldexp(X, exponent), params, 0).array
    np.testing.assert_allclose(
        found, expected if zscore else np.ldexp(expected, exponent), rtol=1e-5
    )


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
@pytest.mark.parametrize("kind", ["umap", "tsne"])
def test_embeddings_do_not_depend_on_the_magnitude(
    kind: str, dtype: Any, exponent: int
) -> None:
    """The places of the points are those of the same features near 1."""
    method, X = reducers.METHODS[kind], blobs(dtype)
    given = {"n_components": 2, "zscore": False}
    params = complete(
        method.fields, {k: v for k, v in given.items() if k in method.fields}
    )
    near, e = np.frexp(np.abs(X).max())
    far = method.fit(np.ldexp(X, exponent), params, 0).array
    # what a method sees of far features are these
    expected = method.fit(np.ldexp(X, -int(e)), params, 0).array
    assert 0.5 <= near < 1
    np.testing.assert_array_equal(far, expected)


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
@pytest.mark.parametrize("scale", [zscore, average_zscore, unit_rows])
def test_standardised_features_do_not_depend_on_the_magnitude(
    scale: Callable[[Any], Any], dtype: Any, exponent: int
) -> None:
    """Their squares would leave the type before the division."""
    X = blobs(dtype)
    np.testing.assert_allclose(scale(np.ldexp(X, exponent)), scale(X), rtol=1e-5)
