"""Claim: five numbers of neighbours from one search cost less than one each.

Run with ``pytest -m bench -s tests/bench/bench_knn.py``.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.bench.machine import describe, spread
from zsc_wh.fields import complete
from zsc_wh.probes import METHODS, Labelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

ROUNDS = 3
N_CLASSES = 100
PROBE = METHODS["knn"]
PARAMS = complete(PROBE.fields, {})


def weights(distances: NDArray[Any]) -> NDArray[Any]:
    """Return the weights of the votes; the cosine distance is 1 - similarity."""
    votes: NDArray[Any] = np.exp((1 - distances) / PARAMS["temperature"])
    return votes


def made(n: int, d: int, seed: int) -> Labelled:
    """Return overlapping groups of float32 features."""
    centres = np.random.default_rng(0).normal(size=(N_CLASSES, d))
    rng = np.random.default_rng(seed)
    y = rng.integers(0, N_CLASSES, n)
    X = centres[y] + 6 * rng.normal(size=(n, d))
    return Labelled(X.astype(np.float32), y)


@pytest.mark.bench
@pytest.mark.parametrize(("n", "d"), [(2000, 512), (10_000, 512)])
def test_all_k_at_once_against_scikit_learn(n: int, d: int) -> None:
    """Print both times, run in turn, the median ratio and the difference."""
    train, test = made(n, d, 1), made(n, d, 2)

    def ours() -> list[float]:
        found = PROBE.run(train, test, N_CLASSES, PARAMS, seed=0)
        return [row.scores["accuracy"].value or 0.0 for row in found]

    def theirs() -> list[float]:
        return [
            KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=weights)
            .fit(train.X, train.y)
            .score(test.X, test.y)
            for k in PARAMS["k"]
        ]

    sides: dict[str, Callable[[], list[float]]] = {
        "ours, all k": ours,
        "scikit-learn, one k after the other": theirs,
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    values: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            values[name] = run()
            times[name].append(time.perf_counter() - start)
    sys.stdout.write(
        f"\nkNN, {n} test against {n} train samples of {d} features, "
        f"k = {PARAMS['k']}; {describe()}\n"
    )
    for name, seconds in times.items():
        sys.stdout.write(f"{name}: {spread(seconds)} s\n")
    first, second = times.values()
    ratios = [their / our for our, their in zip(first, second, strict=True)]
    found, expected = values.values()
    difference = np.subtract(found, expected)
    sys.stdout.write(
        f"scikit-learn / ours: {spread(ratios)}; accuracies "
        f"{[round(value, 4) for value in found]}, largest difference "
        f"{np.abs(difference).max():.1e}\n"
    )
