"""Claims: seven label vectors in one pass cost about what scikit-learn takes for one.

So they do by any distance; a sampled silhouette costs a share of the exact one and is
as far off as it says; a device gives the same scores.

Run with ``pytest -m bench -s tests/bench/bench_silhouette.py``.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from tests.bench.machine import describe, spread
from tests.devices import DEVICES
from zsc_wh.metrics import internal_scores
from zsc_wh.scores import SAMPLED_SILHOUETTES, SILHOUETTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

T = TypeVar("T")
ROUNDS = 3
SIZES = [(2000, 50), (5000, 512), (10_000, 50)]
CLUSTERS = (10, 10, 20, 50, 100, 300, 1000)


@pytest.mark.bench
@pytest.mark.parametrize("distance", SILHOUETTES.values())
@pytest.mark.parametrize(("n", "d"), SIZES)
def test_seven_label_vectors_against_one_of_scikit_learn(
    n: int, d: int, distance: str
) -> None:
    """Print both times, run in turn, the median ratio, memory and difference."""
    X, labelings = made(n, d)
    (metric,) = (name for name, kind in SILHOUETTES.items() if kind == distance)

    def ours() -> float:
        found = internal_scores(X, labelings, [metric])
        return found[0][metric].value or 0.0

    def theirs() -> float:
        return float(silhouette_score(X, labelings[0], metric=distance))

    times, values = measured(
        f"{distance} silhouette, {n} samples of {d} features",
        {
            f"ours, {len(labelings)} label vectors": ours,
            "scikit-learn, 1 label vector": theirs,
        },
    )
    ratios = [their / our for our, their in zip(*times, strict=True)]
    sys.stdout.write(
        f"scikit-learn / ours: {spread(ratios)}, per label vector "
        f"{spread([len(labelings) * ratio for ratio in ratios])}; "
        f"difference {values[0] - values[1]:.1e}\n"
    )


@pytest.mark.bench
@pytest.mark.parametrize(("n", "d"), [(10_000, 50), (30_000, 50)])
def test_a_sample_against_all(n: int, d: int) -> None:
    """Print both times, the ratio, and the interval with the exact mean."""
    X, labelings = made(n, d)

    def scores(*metrics: str) -> list[dict[str, float]]:
        found = internal_scores(X, labelings, metrics)
        return [{name: each[name].value or 0.0 for name in metrics} for each in found]

    times, (exact, sampled) = measured(
        f"{len(labelings)} label vectors of {n} samples of {d} features",
        {
            "exact": lambda: scores("silhouette"),
            "sampled": lambda: scores(*SAMPLED_SILHOUETTES),
        },
    )
    ratios = [whole / part for whole, part in zip(*times, strict=True)]
    sys.stdout.write(f"exact / sampled: {spread(ratios)}\n")
    for k, whole, part in zip(CLUSTERS, exact, sampled, strict=True):
        mean, low, high = (part[name] for name in SAMPLED_SILHOUETTES)
        sys.stdout.write(
            f"{k} clusters: exact {whole['silhouette']:.4f}, sampled {mean:.4f} "
            f"({low:.4f} to {high:.4f})\n"
        )


@pytest.mark.bench
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("n", "d"), [(10_000, 50), (10_000, 512)])
def test_a_device_against_the_processor(n: int, d: int, device: str) -> None:
    """Print both times, the ratio and the largest difference."""
    X, labelings = made(n, d)

    def scores(where: str | None) -> list[float]:
        found = internal_scores(X, labelings, ["silhouette"], device=where)
        return [each["silhouette"].value or 0.0 for each in found]

    times, (ours, theirs) = measured(
        f"{len(labelings)} label vectors of {n} samples of {d} features",
        {"NumPy": lambda: scores(None), f"torch on {device}": lambda: scores(device)},
    )
    ratios = [our / their for our, their in zip(*times, strict=True)]
    gap = max(abs(our - their) for our, their in zip(ours, theirs, strict=True))
    sys.stdout.write(f"NumPy / torch: {spread(ratios)}; difference {gap:.1e}\n")


def made(n: int, d: int) -> tuple[NDArray[np.float64], list[NDArray[np.int64]]]:
    """Return features in ten groups, and label vectors of `CLUSTERS` clusters."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)) + 3 * rng.normal(size=(10, d))[rng.integers(0, 10, n)]
    # clusters as a clusterer makes them: samples by the nearest of k samples
    labelings = [
        cdist(X[:, :20], X[rng.integers(0, n, k), :20]).argmin(axis=1) for k in CLUSTERS
    ]
    return X, labelings


def measured(
    title: str, sides: dict[str, Callable[[], T]]
) -> tuple[list[list[float]], list[T]]:
    """Run both sides in turn, print what they take, return seconds and results."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    sys.stdout.write(f"\n{title}; {describe()}\n")
    values = []
    for name, seconds in times.items():
        tracemalloc.start()
        values.append(sides[name]())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sys.stdout.write(f"{name}: {spread(seconds)} s, peak {peak / 2**20:.0f} MiB\n")
    return [*times.values()], values
