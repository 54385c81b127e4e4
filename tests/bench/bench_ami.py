"""Claim: the adjusted mutual information of many clusters is quick, and as exact.

Run with ``pytest -m bench -s tests/bench/bench_ami.py``.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from tests.bench.machine import describe, spread
from zsc_wh.metrics import external_scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.metrics.labels import CountArray

ROUNDS = 3


def uniform(n: int, classes: int, clusters: int) -> tuple[CountArray, CountArray]:
    """Return related labels and clusters of like size."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, classes, n)
    random = rng.integers(0, clusters, n)
    return true, np.where(rng.random(n) < 0.5, true % clusters, random)


def zipf(n: int, classes: int, clusters: int) -> tuple[CountArray, CountArray]:
    """Return related labels and clusters of which few are large and many small."""
    rng = np.random.default_rng(0)
    true = np.minimum(rng.zipf(1.5, n), classes)
    random = np.minimum(rng.zipf(1.5, n), clusters)
    return true, np.where(rng.random(n) < 0.5, true % clusters, random)


@pytest.mark.bench
@pytest.mark.parametrize(
    ("make", "n", "classes", "clusters"),
    [
        (uniform, 10_000, 10, 10),
        (uniform, 10_000, 1000, 800),
        (uniform, 20_000, 2000, 1600),
        (zipf, 30_000, 3000, 2400),
    ],
)
def test_ami_against_scikit_learn(
    make: Callable[[int, int, int], tuple[CountArray, CountArray]],
    n: int,
    classes: int,
    clusters: int,
) -> None:
    """Print both times, run in turn, the median ratio, memory and difference."""
    true, pred = make(n, classes, clusters)

    def ours() -> float:
        return external_scores(true, pred, ["ami"], subset="all")["ami"].value or 0.0

    def theirs() -> float:
        return float(adjusted_mutual_info_score(true, pred))

    sides: dict[str, Callable[[], float]] = {"ours": ours, "scikit-learn": theirs}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    sys.stdout.write(
        f"\nAMI, {n} samples, {make.__name__} sizes, {classes} classes, "
        f"{clusters} clusters; {describe()}\n"
    )
    for name, seconds in times.items():
        tracemalloc.start()
        sides[name]()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sys.stdout.write(f"{name}: {spread(seconds)} s, peak {peak / 2**20:.1f} MiB\n")
    first, second = times.values()
    ratios = [their / our for our, their in zip(first, second, strict=True)]
    sys.stdout.write(
        f"scikit-learn / ours: {spread(ratios)}; difference {ours() - theirs():.1e}\n"
    )
