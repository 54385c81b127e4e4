from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler, normalize

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.scaling import (
    DISTANCES,
    KINDS,
    average_zscore,
    check_features,
    correct_dimension,
    is_constant,
    standardise,
    unit_rows,
    zscore,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPS = {"float32": 2e-6, "float64": 1e-12}
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def made(dtype: str, n: int = 200, d: int = 7) -> NDArray[Any]:
    """Return features whose dimensions differ in mean and spread."""
    rng = np.random.default_rng(3)
    spread = np.geomspace(0.01, 100, d)
    return (rng.normal(size=(n, d)) * spread + 5 * spread).astype(dtype)


def plain_average_zscore(X: NDArray[Any]) -> NDArray[Any]:
    """Return the definition in float64."""
    Z: NDArray[Any] = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
    Z /= Z.std(axis=0).mean()
    return Z


@dtypes
def test_zscore_is_that_of_scikit_learn(dtype: str) -> None:
    """The z-score uses the population standard deviation."""
    X = made(dtype)
    expected = StandardScaler().fit_transform(X.astype(np.float64))
    np.testing.assert_allclose(standardise(X, "zscore"), expected, atol=EPS[dtype])


@dtypes
def test_average_zscore_divides_all_dimensions_by_one_number(dtype: str) -> None:
    """The number is the mean of the standard deviations of the dimensions."""
    X = made(dtype)
    found = standardise(X, "average-zscore")
    np.testing.assert_allclose(found, plain_average_zscore(X), atol=5 * EPS[dtype])


MIXED = [
    ("float32", [2.0**-120, 1.0, 2.0**110]),
    ("float64", [2.0**-900, 1.0, 2.0**900]),
]


@pytest.mark.parametrize(("dtype", "sizes"), MIXED)
def test_each_dimension_has_a_zscore_whatever_the_others_are(
    dtype: str, sizes: list[float]
) -> None:
    """A dimension of 1e30 leaves the z-score of one of 1e-30 alone."""
    X = made(dtype, d=3)
    mixed = X * np.array(sizes, dtype)
    np.testing.assert_allclose(zscore(mixed), zscore(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("dtype", "sizes"), MIXED)
def test_each_row_has_unit_length_whatever_the_others_are(
    dtype: str, sizes: list[float]
) -> None:
    """A row of 1e-30 is a direction beside one of 1e30."""
    X = made(dtype, n=3)
    mixed = X * np.array(sizes, dtype)[:, None]
    np.testing.assert_allclose(unit_rows(mixed), unit_rows(X), rtol=1e-5)


@pytest.mark.parametrize("metric", ["euclidean", "l1"])
def test_the_smallest_features_keep_their_digits_when_divided(metric: str) -> None:
    """Subnormal numbers have few digits: the quotients get a type that has more."""
    X = np.ldexp(made("float32", d=64), -130)
    exact = correct_dimension(X.astype(np.float64), metric)
    np.testing.assert_array_equal(correct_dimension(X, metric), exact)


@dtypes
def test_normalise_is_that_of_scikit_learn(dtype: str) -> None:
    """Each row gets Euclidean length one."""
    X = made(dtype)
    expected = normalize(X.astype(np.float64))
    np.testing.assert_allclose(standardise(X, "normalise"), expected, atol=EPS[dtype])


@dtypes
@pytest.mark.parametrize(
    ("kind", "second"),
    [
        ("normalise-zscore", zscore),
        ("normalise-average-zscore", average_zscore),
    ],
)
def test_combined_kinds_normalise_first(dtype: str, kind: str, second: Any) -> None:
    """Rows are normalised, then the dimensions are scaled."""
    X = made(dtype)
    np.testing.assert_array_equal(standardise(X, kind), second(unit_rows(X)))


def test_none_returns_the_features_themselves() -> None:
    """Nothing is copied where nothing is done."""
    X = made("float32")
    assert standardise(X, "none") is X


@dtypes
@pytest.mark.parametrize("kind", KINDS)
def test_type_is_kept_and_input_not_changed(dtype: str, kind: str) -> None:
    """Standardising float32 gives float32, and never works in place."""
    X = made(dtype)
    before = X.copy()
    X.flags.writeable = False
    found = standardise(X, kind)
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(X, before)


@dtypes
@pytest.mark.parametrize("kind", ["zscore", "average-zscore"])
@pytest.mark.parametrize("n", [1, 3, 10, 49])
def test_a_constant_dimension_becomes_zero(dtype: str, kind: str, n: int) -> None:
    """Also where the rounded mean of equal numbers is not that number."""
    X = np.full((n, 3), 0.1, dtype=dtype)
    X[:, 1] = np.arange(n)
    found = standardise(X, kind)
    assert not found[:, [0, 2]].any()
    assert found[:, 1].any() == (n > 1)


@pytest.mark.parametrize("kind", ["zscore", "average-zscore"])
def test_equal_rows_become_zero(kind: str) -> None:
    """No division by zero where nothing varies."""
    assert not standardise(np.full((9, 4), 7.7), kind).any()


def test_a_row_of_zeros_stays() -> None:
    """A row without a direction cannot be normalised."""
    X = np.array([[0.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(unit_rows(X), [[0.0, 0.0], [0.0, 1.0]])


def test_float32_is_summed_in_float64() -> None:
    """The mean of many float32 rows with an offset keeps its digits."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(100_000, 2)) + 3000).astype(np.float32)
    expected = StandardScaler().fit_transform(X.astype(np.float64))
    np.testing.assert_allclose(zscore(X), expected, atol=1e-5)


def test_tiny_float32_features_are_not_lost() -> None:
    """Squares of numbers near the least float32 do not vanish."""
    X = made("float64") * 1e-30
    found = zscore(X.astype(np.float32))
    np.testing.assert_allclose(found.std(axis=0), 1, rtol=1e-5)
    lengths = np.linalg.norm(unit_rows(X.astype(np.float32)), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)


def test_unknown_kind_names_the_nearest() -> None:
    """A wrong kind is a fault of the declaration."""
    X = made("float32")
    with pytest.raises(ConfigError, match="did you mean 'zscore'") as caught:
        standardise(X, "zscores")
    assert "average-zscore" in caught.value.hint


@dtypes
@pytest.mark.parametrize(
    ("metric", "divisor"),
    [
        ("euclidean", 4),
        ("l2", 4),
        ("l1", 16),
        ("braycurtis", 16),
        ("canberra", 16),
        ("chebyshev", 1),
        ("cosine", 1),
        ("arccos", 1),
    ],
)
def test_dimension_correction_by_distance(
    dtype: str, metric: str, divisor: float
) -> None:
    """Sixteen dimensions: their root for Euclidean, their number for l1, or nothing."""
    X = made(dtype, d=16)
    found = correct_dimension(X, metric)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, X / X.dtype.type(divisor))


def test_every_distance_has_a_correction() -> None:
    """No name of a distance is forgotten."""
    assert all(correct_dimension(np.ones((2, 2)), name).any() for name in DISTANCES)


def test_unknown_distance_is_refused() -> None:
    """A wrong name is a fault of the declaration."""
    X = made("float32")
    with pytest.raises(ConfigError, match="did you mean 'euclidean'"):
        correct_dimension(X, "euclidian")


@pytest.mark.parametrize(
    ("X", "text"),
    [
        (np.zeros(3), "matrix, not float64 of shape"),
        (np.zeros((3, 2), dtype=np.int64), "not int64"),
        (np.zeros((3, 2), dtype=np.float16), "not float16"),
        (np.zeros((0, 2)), "there are no features"),
        (np.zeros((2, 0)), "there are no features"),
        (
            np.array([[0.0, 1.0], [np.nan, 1.0], [np.inf, 1.0]]),
            "2 of 3 samples .* first is sample 1",
        ),
    ],
    ids=["1d", "int", "half", "no sample", "no dimension", "not finite"],
)
def test_unusable_features_are_refused(X: NDArray[Any], text: str) -> None:
    """The error says what is wrong and, for a bad value, in which sample."""
    with pytest.raises(DataError, match=text):
        check_features(X)


def test_good_features_are_not_copied() -> None:
    """Checking costs no memory; another order of the elements is brought to C."""
    X = made("float32")
    assert np.shares_memory(check_features(X), X)
    assert check_features(np.asfortranarray(X)).flags.c_contiguous


@pytest.mark.parametrize(
    ("X", "constant"),
    [([[1.0, 2.0]], True), ([[1.0, 2.0]] * 3, True), ([[1.0], [1.0], [2.0]], False)],
)
def test_constant_means_equal_rows(X: list[list[float]], constant: bool) -> None:
    """Dimensions may differ, samples may not."""
    assert is_constant(np.array(X)) is constant
