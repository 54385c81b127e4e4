"""Claim: seven label vectors in one pass cost about what scikit-learn takes for one.

Run with ``pytest -m bench -s tests/bench/bench_silhouette.py``.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from tests.bench.machine import describe, spread
from zsc_wh.metrics import internal_scores

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
CLUSTERS = (10, 10, 20, 50, 100, 300, 1000)


@pytest.mark.bench
@pytest.mark.parametrize(("n", "d"), [(2000, 50), (5000, 512), (10_000, 50)])
def test_seven_label_vectors_against_one_of_scikit_learn(n: int, d: int) -> None:
    """Print both times, run in turn, the median ratio, memory and difference."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)) + 3 * rng.normal(size=(10, d))[rng.integers(0, 10, n)]
    # clusters as a clusterer makes them: samples by the nearest of k samples
    labelings = [
        cdist(X[:, :20], X[rng.integers(0, n, k), :20]).argmin(axis=1) for k in CLUSTERS
    ]

    def ours() -> float:
        found = internal_scores(X, labelings, ["silhouette"])
        return found[0]["silhouette"].value or 0.0

    def theirs() -> float:
        return float(silhouette_score(X, labelings[0]))

    sides: dict[str, Callable[[], float]] = {
        f"ours, {len(labelings)} label vectors": ours,
        "scikit-learn, 1 label vector": theirs,
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    sys.stdout.write(f"\nsilhouette, {n} samples of {d} features; {describe()}\n")
    values = []
    for name, seconds in times.items():
        tracemalloc.start()
        values.append(sides[name]())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sys.stdout.write(f"{name}: {spread(seconds)} s, peak {peak / 2**20:.0f} MiB\n")
    first, second = times.values()
    ratios = [their / our for our, their in zip(first, second, strict=True)]
    sys.stdout.write(
        f"scikit-learn / ours: {spread(ratios)}, per label vector "
        f"{spread([len(labelings) * ratio for ratio in ratios])}; "
        f"difference {values[0] - values[1]:.1e}\n"
    )
