"""Intervals the plain way, by scipy and loops, for the tests of steps and queries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy.stats

from zsc_wh.analyses.bootstrap import SEED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


def resampled(n: int, resamples: int) -> NDArray[np.int64]:
    """Return the things that each resample draws."""
    return np.random.default_rng(SEED).integers(n, size=(resamples, n))


def percentile_interval(
    estimates: Sequence[float], n: int, confidence: float
) -> tuple[float, float]:
    """Return the expanded percentile interval of the estimates of all resamples."""
    student = scipy.stats.t.ppf((1 - confidence) / 2, n - 1)
    tail = scipy.stats.norm.cdf(math.sqrt(n / (n - 1)) * student)
    low, high = np.quantile(estimates, [tail, 1 - tail])
    return float(low), float(high)


def interval(
    row: Mapping[str, ArrayLike], resamples: int = 1000, confidence: float = 0.95
) -> tuple[float | None, float | None]:
    """Resample the datasets of a row one by one, and take the mean of each resample."""
    datasets = sorted(row)
    n = len(datasets)
    if n < 2:
        return None, None
    means = [
        float(np.mean(np.concatenate([row[datasets[place]] for place in drawn])))
        for drawn in resampled(n, resamples)
    ]
    return percentile_interval(means, n, confidence)
