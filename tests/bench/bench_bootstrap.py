"""Claim: intervals by 1,000 resamples of 332 tasks for 41 models cost 50 ms.

Run with ``pytest -m bench -s tests/bench/bench_bootstrap.py``.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.bench.machine import describe, spread
from zsc_wh.analyses.bootstrap import draws, intervals

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
TASKS, MODELS, RESAMPLES = 332, 41, 1000


@pytest.mark.bench
def test_intervals_against_scipy() -> None:
    """Print the times of ours and of scipy's bootstrap, run in turn, and the ratio."""
    scores = np.random.default_rng(0).normal(size=(MODELS, TASKS))
    names = [f"{task:03}" for task in range(TASKS)]
    columns = {"parts": scores.tolist(), "datasets": [names] * MODELS}
    values = {"resamples": RESAMPLES, "confidence": 0.95}

    def ours() -> None:
        draws.cache_clear()
        intervals(columns, values)

    def theirs() -> None:
        for row in scores:
            scipy.stats.bootstrap(
                (row,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=0
            )

    sides: dict[str, Callable[[], None]] = {"ours": ours, "scipy": theirs}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(1000 * (time.perf_counter() - start))
    sys.stdout.write(
        f"\n{RESAMPLES} resamples of {TASKS} tasks, {MODELS} models; {describe()}\n"
    )
    for name, found in times.items():
        sys.stdout.write(f"{name}: {spread(found)} ms\n")
    ratios = [their / our for our, their in zip(*times.values(), strict=True)]
    sys.stdout.write(f"scipy / ours: {spread(ratios)}\n")
