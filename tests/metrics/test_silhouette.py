from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.metrics.strategies import defined
from zsc_wh.metrics import (
    internal_scores,
    silhouette,
    silhouette_peak_bytes,
    sums,
    unsupervised,
)
from zsc_wh.scores import INTERNAL, SAMPLED_SILHOUETTES, SILHOUETTES
from zsc_wh.spaces import distances
from zsc_wh.spaces.tiles import tiles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import Codes, CountArray
    from zsc_wh.spaces.tiles import AnyTiles

Case = tuple["NDArray[np.float64]", "list[CountArray]"]


@pytest.fixture
def case() -> Case:
    """Return 230 samples, near copies and noise among them, and five label vectors."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(23, 6)).repeat(10, axis=0) + 1e-5 * rng.normal(size=(230, 6))
    labelings = [
        rng.integers(0, 5, 230),
        np.arange(230) // 10,
        rng.integers(-1, 200, 230),
        np.where(rng.random(230) < 0.9, -1, rng.integers(0, 4, 230)),
        np.arange(230) % 115,
    ]
    return X, labelings


def silhouettes(
    case: Case, memory_bytes: int = 1 << 29, metric: str = "silhouette"
) -> list[float]:
    found = internal_scores(*case, [metric], memory_bytes=memory_bytes)
    return [defined(scores[metric]) for scores in found]


@pytest.mark.parametrize("side", [7, 50, 230, 1000])
@pytest.mark.parametrize("group", [1, 3, 100])
@pytest.mark.parametrize("memory_bytes", [1, 300_000, 1 << 29])
def test_blocks_change_nothing_but_rounding(
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
    side: int,
    group: int,
    memory_bytes: int,
) -> None:
    """Any tile, any group of tiles and any number of panels: equal to 1e-12."""
    expected = silhouettes(case)
    monkeypatch.setattr(sums, "SIDE", side)
    monkeypatch.setattr(sums, "_GROUP", group)
    assert silhouettes(case, memory_bytes) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", SILHOUETTES)
def test_blocks_change_no_distance(
    monkeypatch: pytest.MonkeyPatch, case: Case, metric: str
) -> None:
    """By any distance: small tiles in small panels, the same scores."""
    expected = silhouettes(case, metric=metric)
    monkeypatch.setattr(sums, "SIDE", 50)
    monkeypatch.setattr(sums, "_GROUP", 3)
    found = silhouettes(case, 300_000, metric)
    assert found == pytest.approx(expected, abs=1e-12)


def test_together_or_alone_is_the_same(case: Case) -> None:
    """A label vector's score does not depend on the others in the pass."""
    X, labelings = case
    alone = [silhouettes((X, [labels]))[0] for labels in labelings]
    assert silhouettes(case) == pytest.approx(alone, abs=1e-12)


def test_equal_label_vectors_cost_once(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """Without noise both subsets have the same label vector; it is scored once."""
    X, labelings = case
    seen: list[int] = []

    def counting(tiles: AnyTiles, some: list[Codes], *args: Any) -> list[sums.Part]:
        seen.append(len(some))
        return sums.cut(tiles, some, *args)

    monkeypatch.setattr(silhouette, "cut", counting)
    found = silhouettes((X, [labelings[0], labelings[1], labelings[0].copy()]))
    assert seen == [2]
    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize(
    ("memory_bytes", "whole"), [(1, 10 * 10), (300_000, 8 * 2), (1 << 29, 8)]
)
def test_progress_counts_up_to_the_whole(
    monkeypatch: pytest.MonkeyPatch, case: Case, memory_bytes: int, whole: int
) -> None:
    """Progress ends with all steps done: tiles times panels, one panel if it fits."""
    monkeypatch.setattr(sums, "SIDE", 30)
    monkeypatch.setattr(sums, "_GROUP", 2)
    steps: list[tuple[int, int]] = []
    internal_scores(
        *case,
        ["silhouette"],
        memory_bytes=memory_bytes,
        progress=lambda done, total: steps.append((done, total)),
    )
    done, totals = zip(*steps, strict=True)
    assert set(totals) == {whole}
    assert list(done) == sorted(set(done))
    assert done[-1] == totals[-1]


def test_progress_counts_the_passes_of_several_distances(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """Each kind of distance is a pass; all of them make the whole."""
    monkeypatch.setattr(sums, "SIDE", 120)
    steps: list[tuple[int, int]] = []
    internal_scores(
        *case, list(INTERNAL), progress=lambda done, total: steps.append((done, total))
    )
    assert len(SILHOUETTES) == 3
    assert steps == [(2, 8), (4, 8), (6, 8), (8, 8)]


def encoded(case: Case) -> tuple[AnyTiles, list[Codes]]:
    X, labelings = case
    features = distances.Features.of(X)
    assert features is not None
    compacted = [unsupervised._encode(labels, len(X)) for labels in labelings]
    return tiles_of(X, features, "euclidean"), compacted


@pytest.mark.parametrize("memory_bytes", [1, 300_000, 1 << 29])
def test_a_sample_is_scored_against_all(
    monkeypatch: pytest.MonkeyPatch, case: Case, memory_bytes: int
) -> None:
    """The estimate is the mean of the exact silhouettes of those that are drawn."""
    monkeypatch.setattr(sums, "SIDE", 30)
    monkeypatch.setattr(sums, "_GROUP", 2)
    tiles, labelings = encoded(case)
    found = silhouette.sampled_silhouettes(
        tiles, labelings, 50, seed=3, memory_bytes=memory_bytes
    )
    for estimate, labels, drawn in zip(
        found, labelings, silhouette._drawn(labelings, 50, 3), strict=True
    ):
        is_drawn = drawn.codes >= 0
        clustered = int(labels.sizes.sum())
        assert is_drawn.sum() == min(50, clustered)
        exact = silhouette.sample_silhouettes(tiles, labels).value[is_drawn]
        assert estimate.mean == pytest.approx(exact.mean(), abs=1e-12)
        error = np.sqrt(exact.var(ddof=1) / is_drawn.sum())
        error *= np.sqrt(1 - is_drawn.sum() / clustered)
        assert estimate.high - estimate.mean == pytest.approx(1.96 * error, rel=1e-3)
        assert estimate.mean - estimate.low == pytest.approx(1.96 * error, rel=1e-3)


def test_all_samples_leave_nothing_to_estimate(case: Case) -> None:
    """The mean is the exact one, and the interval has no width."""
    expected = silhouettes(case)
    for estimate, mean in zip(
        silhouette.sampled_silhouettes(*encoded(case), 230), expected, strict=True
    ):
        assert [*estimate] == pytest.approx([mean] * 3, abs=1e-12)


def test_the_interval_holds_the_exact_mean_in_95_percent(case: Case) -> None:
    """Of 2,000 draws of more than half of the samples, which matters to its width."""
    tiles, (labels, *_) = encoded(case)
    exact = silhouette.sample_silhouettes(tiles, labels).value
    mean = exact.mean()
    held = 0
    for seed in range(2000):
        (drawn,) = silhouette._drawn([labels], 140, seed)
        estimate = silhouette._estimate(exact[drawn.codes >= 0], exact.size)
        held += estimate.low <= mean <= estimate.high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def test_the_scores_of_a_sample_are_an_estimate_with_its_interval(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """Three scores out of one draw, which is the same each time."""
    monkeypatch.setattr(unsupervised, "SAMPLED", 60)
    estimates = silhouette.sampled_silhouettes(*encoded(case), 60)
    found = internal_scores(*case, SAMPLED_SILHOUETTES)
    for scores, estimate in zip(found, estimates, strict=True):
        values = [defined(scores[name]) for name in SAMPLED_SILHOUETTES]
        assert values == [*estimate]
    mean, low, high = (defined(found[0][name]) for name in SAMPLED_SILHOUETTES)
    assert low < mean < high


def test_samples_that_nobody_clusters_cost_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With all but 20 samples left out there is one tile of distances."""
    monkeypatch.setattr(sums, "SIDE", 30)
    labels = np.full(500, -1)
    labels[::25] = np.arange(20) % 3
    steps: list[tuple[int, int]] = []
    internal_scores(
        np.random.default_rng(0).normal(size=(500, 3)),
        [labels],
        ["silhouette"],
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(1, 1)]


@pytest.mark.parametrize(
    ("n", "d", "clusters", "n_labelings", "memory_bytes"),
    [
        (3000, 20, 10, 3, 1 << 29),
        (3000, 20, 1400, 4, 1 << 29),
        (3000, 20, 1400, 4, 1 << 22),
        (2000, 600, 100, 2, 1 << 29),
        (2000, 600, 100, 2, 1 << 22),
    ],
)
def test_the_forecast_holds(
    monkeypatch: pytest.MonkeyPatch,
    n: int,
    d: int,
    clusters: int,
    n_labelings: int,
    memory_bytes: int,
) -> None:
    """Measured memory is below the forecast, and not far below."""
    monkeypatch.setattr(distances, "CHUNK_BYTES", 1 << 16)
    monkeypatch.setattr(silhouette, "CHUNK_BYTES", 1 << 16)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(np.float32)
    labelings = [rng.integers(0, clusters, n) for _ in range(n_labelings)]
    total = sum(np.unique(labels).size for labels in labelings)
    tracemalloc.start()
    internal_scores(X, labelings, ["silhouette"], memory_bytes=memory_bytes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    forecast = silhouette_peak_bytes(
        n, d, total, n_labelings=n_labelings, memory_bytes=memory_bytes
    )
    assert forecast / 2 < peak < forecast


def test_the_forecast_is_bounded_by_the_limit() -> None:
    """The sums of a large space stay near the limit, however many clusters."""
    forecast = silhouette_peak_bytes(100_000, 768, 60_000)
    assert forecast < 2.2 * silhouette.MEMORY_BYTES
