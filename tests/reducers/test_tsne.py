from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.manifold import TSNE as LIBRARY

from tests.reducers.made import features, params
from zsc_wh.errors import ComputeError, NotApplicableError
from zsc_wh.reducers.tsne import TSNE
from zsc_wh.scaling import unit_rows, zscore
from zsc_wh.sizes import Shape, Size


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tsne_is_that_of_scikit_learn(dtype: str) -> None:
    """The exact method and the seed of the study; all else as the library has it."""
    X = features(dtype, 60)
    expected = LIBRARY(method="exact", random_state=1).fit_transform(X)
    reduced = TSNE.fit(X, params("tsne"), 1)
    np.testing.assert_array_equal(reduced.array, expected)
    assert reduced.array.dtype == np.float32
    assert reduced.notes == ()


@pytest.mark.parametrize(
    "given",
    [
        {"n_components": 4, "perplexity": 5.0},
        {"early_exaggeration": 4.0, "learning_rate": 20.0},
        {"init": "random", "method": "barnes_hut"},
    ],
    ids=str,
)
def test_every_parameter_reaches_the_library(given: dict[str, Any]) -> None:
    """What is declared is what is computed."""
    X = features(n=60)
    short = {"method": "exact", "max_iter": 250, **given}
    expected = LIBRARY(random_state=2, **short).fit_transform(X)
    reduced = TSNE.fit(X, params("tsne", **short), 2)
    np.testing.assert_array_equal(reduced.array, expected)


def test_arccos_is_euclidean_on_unit_rows() -> None:
    """Rows are normalised after the z-score."""
    X = features()
    oracle = LIBRARY(method="exact", max_iter=250, random_state=0)
    asked = params("tsne", metric="arccos", zscore=True, max_iter=250)
    np.testing.assert_array_equal(
        TSNE.fit(X, asked, 0).array, oracle.fit_transform(unit_rows(zscore(X)))
    )


@pytest.mark.parametrize(
    ("shape", "given", "text"),
    [
        ((31, 20), {}, None),
        ((30, 20), {}, "perplexity 30 needs more than 30 samples and has 30"),
        ((40, 1), {}, "cannot start from PCA: 40 samples of 1"),
        ((40, 1), {"init": "random"}, None),
    ],
)
def test_limits_are_the_true_ones(
    shape: tuple[int, int], given: dict[str, Any], text: str | None
) -> None:
    """What is applicable works; what is not fails in the library."""
    X, asked = features("float32", *shape), params("tsne", max_iter=250, **given)
    reason = TSNE.limit(Size(*shape), asked)
    if text is None:
        assert reason is None
        assert TSNE.fit(X, asked, 0).array.shape == (len(X), 2)
    else:
        assert text in str(reason)
        with pytest.raises(ComputeError, match="scikit-learn failed"):
            TSNE.reduce(X, TSNE.typed(asked), 0)


def test_too_few_samples_are_refused_with_the_reason() -> None:
    """The cell is skipped, not failed."""
    X = features(n=10)
    with pytest.raises(NotApplicableError, match="perplexity 30") as caught:
        TSNE.fit(X, params("tsne"), 0)
    assert caught.value.where == "reducer tsne"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"method": "barnes_hut", "n_components": 4}, "at most 3 dimensions, not 4"),
        ({"method": "barnes_hut", "n_components": 3}, None),
        ({"n_components": 4}, None),
        ({"perplexity": 0.0}, "perplexity must be over 0"),
        ({"learning_rate": 0.0}, "learning_rate must be over 0"),
    ],
)
def test_parameters_that_cannot_be(given: dict[str, Any], text: str | None) -> None:
    """What the library would refuse is refused when it is declared."""
    fault = TSNE.fault(params("tsne", **given))
    assert fault is None if text is None else text in str(fault)


def test_exact_method_needs_memory_for_every_pair() -> None:
    """At least one number of eight bytes for each, where the trees grow gently."""
    exact, trees = (params("tsne", method=m) for m in ("exact", "barnes_hut"))
    assert TSNE.peak_bytes(Shape(50_000, 50), exact) > 8 * 50_000**2
    assert TSNE.peak_bytes(Shape(50_000, 50), trees) < 2**30
