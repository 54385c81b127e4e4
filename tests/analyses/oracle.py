"""Intervals and tests the plain way, by scipy and loops, for the tests of steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy.stats

from zsc_wh.analyses.bootstrap import SEED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


def interval(
    row: Mapping[str, ArrayLike], resamples: int = 1000, confidence: float = 0.95
) -> tuple[float | None, float | None]:
    """Resample the datasets of a row one by one, and take the mean of each resample."""
    datasets = sorted(row)
    n = len(datasets)
    if n < 2:
        return None, None
    rng = np.random.default_rng(SEED)
    means = [
        np.mean(np.concatenate([row[datasets[place]] for place in drawn]))
        for drawn in rng.integers(n, size=(resamples, n))
    ]
    alpha = 1 - confidence
    student = scipy.stats.t.ppf(alpha / 2, n - 1)
    tail = scipy.stats.norm.cdf(math.sqrt(n / (n - 1)) * student)
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
