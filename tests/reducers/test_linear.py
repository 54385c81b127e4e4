from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from tests.reducers.made import features, params
from zsc_wh.errors import NotApplicableError
from zsc_wh.reducers import METHODS
from zsc_wh.scaling import zscore

dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def test_none_is_the_embedding_itself() -> None:
    """Without z-score nothing is computed or copied."""
    X = features()
    reduced = METHODS["none"].fit(X, params("none"), 0)
    assert np.shares_memory(reduced.array, X)
    assert reduced.explained_variance is None


@dtypes
def test_none_with_zscore_is_the_zscore(dtype: str) -> None:
    """The z-score is that of `zsc_wh.scaling`."""
    X = features(dtype)
    reduced = METHODS["none"].fit(X, params("none", zscore=True), 0)
    np.testing.assert_array_equal(reduced.array, zscore(X))


@dtypes
@pytest.mark.parametrize("zscored", [True, False])
@pytest.mark.parametrize("size", [{"n_components": 4}, {"variance": 0.85}])
@pytest.mark.parametrize("shape", [(120, 20), (40, 60), (700, 620)])
def test_pca_is_that_of_scikit_learn(
    dtype: str, zscored: bool, size: dict[str, Any], shape: tuple[int, int]
) -> None:
    """Array and explained variance equal, whichever solver the shape leads to."""
    X = features(dtype, *shape)
    reduced = METHODS["pca"].fit(X, params("pca", zscore=zscored, **size), 7)
    oracle = PCA(next(iter(size.values())), whiten=False, random_state=7)
    expected = oracle.fit_transform(zscore(X) if zscored else X)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.array.dtype == dtype
    assert reduced.explained_variance is not None
    assert reduced.explained_variance == pytest.approx(
        oracle.explained_variance_ratio_.sum(), abs=1e-6
    )
    if "variance" in size:
        assert reduced.explained_variance >= 0.85 - 1e-6


def test_zscore_is_the_default_of_pca() -> None:
    """The study turns it on with PCA."""
    X = features()
    given = METHODS["pca"].fit(X, params("pca", n_components=3, zscore=True), 0)
    default = METHODS["pca"].fit(X, params("pca", n_components=3), 0)
    np.testing.assert_array_equal(default.array, given.array)


def test_all_components_explain_everything() -> None:
    """The share never goes over one by rounding."""
    reduced = METHODS["pca"].fit(features(), params("pca", n_components=20), 0)
    assert reduced.explained_variance is not None
    assert reduced.explained_variance == pytest.approx(1, abs=1e-6)
    assert reduced.explained_variance <= 1


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "exactly one"),
        ({"n_components": 3, "variance": 0.5}, "exactly one"),
        ({"variance": 0.0}, "between 0 and 1"),
        ({"variance": 1.0}, "between 0 and 1"),
        ({"variance": 0.5}, None),
        ({"n_components": 3}, None),
    ],
)
def test_pca_takes_a_number_or_a_share(given: dict[str, Any], text: str | None) -> None:
    """Exactly one of the two, and a share that is neither nothing nor all."""
    fault = METHODS["pca"].fault(params("pca", **given))
    assert fault is None if text is None else text in str(fault)


@pytest.mark.parametrize(
    ("shape", "text"),
    [((120, 20), "200 components .* at most 20"), ((9, 300), "at most 9")],
)
def test_pca_cannot_make_more_components_than_there_are(
    shape: tuple[int, int], text: str
) -> None:
    """The cell is skipped with the two numbers."""
    X = features("float32", *shape)
    given = params("pca", n_components=200)
    with pytest.raises(NotApplicableError, match=text) as caught:
        METHODS["pca"].fit(X, given, 0)
    assert caught.value.where == "reducer pca"


def test_pca_of_one_sample_is_refused() -> None:
    """One sample has no variance."""
    X = features(n=1)
    with pytest.raises(NotApplicableError, match="at least 2 samples"):
        METHODS["pca"].fit(X, params("pca", n_components=1), 0)
