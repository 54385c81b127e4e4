"""Features of any magnitude give the clusters of the same features near 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zsc_wh import clusterers, reducers
from zsc_wh.errors import NotApplicableError
from zsc_wh.fields import complete
from zsc_wh.magnitude import tamed
from zsc_wh.scaling import average_zscore, unit_rows, zscore

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
    "plscan": ("plscan", {}),
    "epsilon": (
        "hdbscan",
        {"max_cluster_fraction": 0.5, "cluster_selection_epsilon": 0.5},
    ),
    "braycurtis": ("agglomerative", {"linkage": "average", "metric": "braycurtis"}),
    "canberra": ("agglomerative", {"linkage": "average", "metric": "canberra"}),
    "arccos": (
        "agglomerative",
        {"metric": "arccos", "distance_threshold": 0.5},
    ),
}
SQUARED: dict[str, tuple[str, dict[str, Any]]] = {
    "preference": ("affinity", {"preference": -30.0}),
    "gamma": ("spectral", {"affinity": "rbf", "gamma": 0.05}),
}
"""Methods with a parameter in the unit of a squared distance."""

NO_UNIT = {
    "kmeans": {"tol"},
    "spectral": {"eigen_tol"},
    "agglomerative": set(),
    "affinity": {"damping"},
    "hdbscan": {"max_cluster_fraction", "alpha"},
    "plscan": set(),
}
"""Parameters that are shares or factors, for features of any unit."""


def blobs(dtype: Any) -> Any:
    """Return 90 points in three far groups of five dimensions."""
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 5) * 8, 30, axis=0)
    return (centres + rng.normal(scale=0.3, size=(90, 5)) + 1).astype(dtype)


def scaled(params: dict[str, Any], kind: str, exponent: int) -> dict[str, Any]:
    """Return parameters in the unit of the features."""
    if params.get("metric") in ("cosine", "arccos"):
        return params
    units = clusterers.METHODS[kind].units
    return {
        name: value * 2.0 ** (exponent * units[name]) if name in units else value
        for name, value in params.items()
    }


def clustered(kind: str, given: dict[str, Any], X: Any) -> list[int]:
    """Return the cluster of each sample, of three where K is to be told."""
    method = clusterers.METHODS[kind]
    params = complete(method.fields, given)
    labels = method.fit(X, params, 3 if method.takes_k(params) else None, 0).labels
    assert len(set(labels[labels >= 0])) >= 2
    return list(labels.tolist())


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
@pytest.mark.parametrize("name", CLUSTERED)
def test_clusters_do_not_depend_on_the_magnitude(
    name: str, dtype: Any, exponent: int
) -> None:
    """Distances among the parameters are in the unit of the features."""
    (kind, given), X = CLUSTERED[name], blobs(dtype)
    far = scaled(given, kind, exponent)
    assert clustered(kind, far, np.ldexp(X, exponent)) == clustered(kind, given, X)


@pytest.mark.parametrize("exponent", [-450, -99, 63, 450])
@pytest.mark.parametrize("name", SQUARED)
def test_squared_parameters_are_in_the_unit_of_the_features(
    name: str, exponent: int
) -> None:
    """A preference is a squared distance, gamma the inverse of one."""
    (kind, given), X = SQUARED[name], blobs(np.float64)
    far = scaled(given, kind, exponent)
    assert clustered(kind, far, np.ldexp(X, exponent)) == clustered(kind, given, X)


def test_every_number_has_a_unit_or_none() -> None:
    """A parameter added later must say which power of a distance it is."""
    for kind, without in NO_UNIT.items():
        method = clusterers.METHODS[kind]
        numbers = {n for n, field in method.fields.items() if field.type is float}
        assert numbers == without | set(method.units), kind
    assert NO_UNIT.keys() | {"python"} == clusterers.METHODS.keys()


@pytest.mark.parametrize(
    ("dtype", "constant", "exponent"),
    [
        (np.float32, 1e30, 0),
        (np.float32, 1e38, -60),
        (np.float32, 1.0, -99),
        (np.float32, -1e10, 0),
        (np.float64, 1e300, 0),
        (np.float64, 1.0, -900),
    ],
)
@pytest.mark.parametrize("name", ["kmeans", "spectral", "ward", "affinity", "hdbscan"])
def test_a_constant_feature_hides_no_clusters(
    name: str, dtype: Any, constant: float, exponent: int
) -> None:
    """It is in no distance, but its square would leave no digits for the others."""
    (kind, given), X = CLUSTERED[name], blobs(dtype)
    wide = np.insert(np.ldexp(X, exponent), 2, constant, axis=1)
    assert clustered(kind, given, wide) == clustered(kind, given, X)


@pytest.mark.parametrize("dtype", EXPONENTS)
@pytest.mark.parametrize("metric", ["cosine", "arccos"])
def test_angles_do_not_depend_on_the_magnitude_of_each_row(
    metric: str, dtype: Any
) -> None:
    """The smallest rows of all would be directions of nothing."""
    given = {"linkage": "average", "metric": metric}
    X = blobs(dtype)
    powers = np.random.default_rng(0).integers(-99, 99, (len(X), 1))
    mixed = np.ldexp(X, powers)
    assert clustered("agglomerative", given, mixed) == clustered(
        "agglomerative", given, X
    )


@pytest.mark.parametrize("kind", ["kmeans", "pca"])
@pytest.mark.parametrize("dtype", EXPONENTS)
def test_a_sample_beside_which_the_others_are_equal_is_named(
    kind: str, dtype: Any
) -> None:
    """No float has digits for 1e30 and for what is less than 1."""
    X = blobs(dtype)
    X[17, 2] = 1e30
    method: Any = clusterers.METHODS.get(kind) or reducers.METHODS[kind]
    given = {"n_components": 2, "zscore": False} if kind == "pca" else {}
    params, k = complete(method.fields, given), (3, 0) if kind == "kmeans" else (0,)
    with pytest.raises(NotApplicableError, match=r"sample 17 is .* times as far"):
        method.fit(X, params, *k)


FOREIGN = {"estimator": "sklearn.cluster.KMeans", "k_param": "n_clusters"}


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
def test_foreign_code_is_not_given_what_it_cannot_square(
    dtype: Any, exponent: int
) -> None:
    """It is refused with what to declare, and takes the features after that."""
    X = np.ldexp(blobs(dtype), exponent)
    with pytest.raises(NotApplicableError, match=r'standardise = "average-zscore"'):
        clustered("python", FOREIGN, X)
    near = average_zscore(blobs(dtype))
    assert clustered("python", FOREIGN, average_zscore(X)) == clustered(
        "python", FOREIGN, near
    )


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
def test_foreign_reducers_are_not_given_what_they_cannot_square(
    dtype: Any, exponent: int
) -> None:
    """The same, with the z-score of a reducer."""
    method, X = reducers.METHODS["python"], blobs(dtype)
    far = np.ldexp(X, exponent)
    asked = {"estimator": "sklearn.decomposition.PCA", "params": {"n_components": 2}}
    params = complete(method.fields, asked)
    with pytest.raises(NotApplicableError, match="Declare zscore = true"):
        method.fit(far, params, 0)
    params["zscore"] = True
    np.testing.assert_allclose(
        method.fit(far, params, 0).array, method.fit(X, params, 0).array, rtol=1e-5
    )


def test_foreign_code_gets_ordinary_features_beside_a_constant_one() -> None:
    """A column of ones is no reason to refuse small features."""
    X = np.insert(blobs(np.float32) * np.float32(1e-7), 0, 1, axis=1)
    assert len(clustered("python", FOREIGN, X)) == len(X)


def test_components_beyond_the_type_are_refused() -> None:
    """Their squares fit, being taken of smaller numbers; they themselves do not."""
    method = reducers.METHODS["pca"]
    X = np.sign(np.random.default_rng(0).normal(size=(50, 1))) * np.full(64, 2.0**127)
    params = complete(method.fields, {"n_components": 1, "zscore": False})
    with pytest.raises(NotApplicableError, match="components exceed float32"):
        method.fit(X.astype(np.float32), params, 0)


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
@pytest.mark.parametrize("kind", ["umap", "tsne", "pacmap"])
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
