"""Intervals by resampling datasets.

Values of one dataset hang together, so datasets are drawn, never the blocks in them.
Rows of the same datasets have the same draws: differences between them are those of
pairs.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.analyses.step import Columns, Values

SEED = 0
"""Seed of all draws: the same rows have the same interval."""


@lru_cache(maxsize=8)
def draws(n: int, resamples: int) -> NDArray[np.float64]:
    """Return how often each of `n` things is drawn in each resample.

    Parameters
    ----------
    n : int
        Number of things, from 1; as many are drawn, with replacement.
    resamples : int
        Number of resamples.

    Returns
    -------
    ndarray of shape (resamples, n), float64
        Whole numbers; each row adds up to `n`. Read-only.
    """
    import numpy as np

    drawn = np.random.default_rng(SEED).integers(n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * n)
    found = counts.reshape(resamples, n).astype(np.float64)
    found.flags.writeable = False
    return found


def percentiles(
    estimates: NDArray[np.float64], n: int, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the interval that resampled estimates give.

    Parameters
    ----------
    estimates : ndarray of shape (resamples, rows)
        An estimate per resample.
    n : int
        Number of things that were drawn in each, from 2.
    confidence : float
        Share of samples whose interval is to hold the true value.

    Returns
    -------
    low, high : ndarray of shape (rows,)

    Notes
    -----
    The expanded percentile interval of Hesterberg (2015), What Teachers Should Know
    About the Bootstrap, doi:10.1080/00031305.2015.1089789, which makes up for how few
    things were drawn. Asked for 95 %, it holds the mean of 5, 8 and 15 normal values
    in 92, 94 and 95 % of cases, where plain percentiles do in 83, 88 and 92 %. Of 2 and
    3 no resample goes beyond the extremes, which hold it in 50 and 77 %.
    """
    import numpy as np
    from scipy.special import ndtr, stdtrit

    tail = (1 - confidence) / 2
    wider = ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, tail))
    low, high = np.quantile(estimates, [wider, 1 - wider], axis=0)
    return low, high


def intervals(columns: Columns, values: Values) -> dict[str, list[float | None]]:
    """Return the interval of each row's mean, over resamples of the datasets.

    Parameters
    ----------
    columns : mapping
        ``parts``: a list of the values that the mean is made of, NULL left out.
        ``datasets``: a list of the same length with the dataset of each.
    values : mapping
        ``resamples`` and ``confidence``.

    Returns
    -------
    dict
        ``low`` and ``high``, in the unit of the parts; ``None`` with fewer than two
        datasets, since one says nothing of others.
    """
    import numpy as np

    found: dict[str, list[float | None]] = {
        end: [None] * len(columns["parts"]) for end in ("low", "high")
    }
    rows = zip(columns["parts"], columns["datasets"], strict=True)
    sums = [_sums(*row) for row in rows]
    for n in sorted({len(row) for row in sums if len(row) > 1}):
        places = [place for place, row in enumerate(sums) if len(row) == n]
        drawn = draws(n, values["resamples"])
        table = np.array([list(sums[place].values()) for place in places])
        means = (drawn @ table[:, :, 0].T) / (drawn @ table[:, :, 1].T)
        ends = percentiles(means, n, values["confidence"])
        for end, numbers in zip(found, ends, strict=True):
            for place, number in zip(places, numbers.tolist(), strict=True):
                found[end][place] = number
    return found


def _sums(
    parts: Sequence[float | None] | None, datasets: Sequence[str] | None
) -> dict[str, tuple[float, int]]:
    """Return the sum and the number of the parts of each dataset, datasets sorted."""
    found: dict[str, list[float]] = {}
    for part, dataset in zip(parts or (), datasets or (), strict=True):
        if part is not None:
            found.setdefault(dataset, []).append(part)
    return {name: (math.fsum(found[name]), len(found[name])) for name in sorted(found)}
