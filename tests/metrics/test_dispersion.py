from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from tests.metrics.strategies import defined
from zsc_wh.metrics import dispersion, dispersion_peak_bytes, internal_scores
from zsc_wh.spaces import distances

BOTH = ("calinski_harabasz", "davies_bouldin")


@pytest.mark.parametrize("chunk", [1, 1000, 1 << 23])
@pytest.mark.parametrize("side", [5, 504])
def test_blocks_change_nothing_but_rounding(
    monkeypatch: pytest.MonkeyPatch, chunk: int, side: int
) -> None:
    """Clusters cut by a block, and centroids cut by a tile: the library's value."""
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(300, 7)) + 50, rng.integers(-1, 40, 300)
    monkeypatch.setattr(distances, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(dispersion, "_SIDE", side)
    scores = internal_scores(X, [labels], BOTH)[0]
    kept = labels >= 0
    expected = calinski_harabasz_score(X[kept], labels[kept])
    assert defined(scores["calinski_harabasz"]) == pytest.approx(expected, rel=1e-12)
    expected = davies_bouldin_score(X[kept], labels[kept])
    assert defined(scores["davies_bouldin"]) == pytest.approx(expected, rel=1e-12)


def test_centroids_on_one_spot_are_not_compared() -> None:
    """Two clusters about one centre: their ratio is left out, as in scikit-learn."""
    X = np.array([[-1.0], [1.0], [-2.0], [2.0], [9.0], [11.0]])
    labels = np.array([0, 0, 1, 1, 2, 2])
    found = defined(internal_scores(X, [labels], BOTH)[0]["davies_bouldin"])
    assert found == pytest.approx((2 / 10 + 3 / 10 + 3 / 10) / 3, rel=1e-14)
    assert found == pytest.approx(davies_bouldin_score(X, labels), rel=1e-14)


def test_all_centroids_on_one_spot_score_zero() -> None:
    """The constant of scikit-learn where no centroids differ."""
    X, labels = np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([0, 0, 1, 1])
    scores = internal_scores(X, [labels], BOTH)[0]
    assert defined(scores["davies_bouldin"]) == 0.0
    assert defined(scores["davies_bouldin"]) == davies_bouldin_score(X, labels)
    assert defined(scores["calinski_harabasz"]) == 0.0


@pytest.mark.parametrize("stretch", [2.0**-60, 1.0, 2.0**60])
@pytest.mark.parametrize(("gap", "expected"), [(4e-9, 1.5e9), (4e-16, 0.0)])
def test_centroids_apart_by_rounding_are_on_one_spot(
    gap: float, expected: float, stretch: float
) -> None:
    """The tolerance goes with the features; scikit-learn's 1e-8 has a unit."""
    X = np.array([[-1.0], [1.0], [-2.0], [2.0 + gap]]) * stretch
    scores = internal_scores(X, [np.array([0, 0, 1, 1])], BOTH)[0]
    assert defined(scores["davies_bouldin"]) == pytest.approx(expected, rel=1e-5)


def test_a_far_sample_hides_no_spread() -> None:
    """Clusters that are small beside the range of the features still have a ratio."""
    X = np.array([[0.0], [1.0], [10.0], [11.0], [1e12], [1e12 + 1]])
    labels = np.repeat(np.arange(3), 2)
    found = defined(internal_scores(X, [labels], BOTH)[0]["davies_bouldin"])
    assert found == pytest.approx((0.1 + 0.1 + 1e-12) / 3, rel=1e-9)


@pytest.mark.parametrize(("n", "d", "clusters"), [(3000, 50, 900), (2000, 700, 20)])
def test_the_forecast_holds(
    monkeypatch: pytest.MonkeyPatch, n: int, d: int, clusters: int
) -> None:
    """Measured memory is below the forecast, and not far below."""
    monkeypatch.setattr(distances, "CHUNK_BYTES", 1 << 16)
    monkeypatch.setattr(dispersion, "CHUNK_BYTES", 1 << 16)
    monkeypatch.setattr(dispersion, "_SIDE", 40)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(np.float32)
    labels = np.arange(n) % clusters
    tracemalloc.start()
    internal_scores(X, [labels], BOTH)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    forecast = dispersion_peak_bytes(n, d, clusters)
    assert forecast / 3 < peak < forecast
