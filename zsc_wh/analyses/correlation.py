"""Intervals of rank correlations, by resampling datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.analyses.bootstrap import draws, percentiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.analyses.step import Columns, Values


def spearman(columns: Columns, values: Values) -> dict[str, list[float | None]]:
    """Return the interval of each row's Spearman correlation.

    Parameters
    ----------
    columns : mapping
        ``x``, ``y``: lists with the two values of each point, ``None`` for no
        correlation. ``datasets``: a list with the dataset of each point.
    values : mapping
        ``resamples`` and ``confidence``.

    Returns
    -------
    dict
        ``low`` and ``high``, from -1 to 1; ``None`` with fewer than two datasets.
        Resamples in which a side is constant have no correlation and do not count.
    """
    rows = zip(columns["x"], columns["y"], columns["datasets"], strict=True)
    ends = [
        (None, None) if x is None else _interval(x, y, datasets, values)
        for x, y, datasets in rows
    ]
    return {"low": [low for low, _ in ends], "high": [high for _, high in ends]}


def _interval(
    x: Sequence[float], y: Sequence[float], datasets: Sequence[str], values: Values
) -> tuple[float | None, float | None]:
    import numpy as np

    names, place = np.unique(np.array(datasets, dtype=object), return_inverse=True)
    if len(names) < 2:
        return None, None
    drawn = draws(len(names), values["resamples"])
    sides = (np.array(x, dtype=float), np.array(y, dtype=float))
    found = correlations(*sides, place, drawn)
    found = found[~np.isnan(found)]
    if not found.size:
        return None, None
    low, high = percentiles(found, len(names), values["confidence"])
    return float(low), float(high)


_FIELDS = 2**19
"""Numbers that are made at once: a few MiB."""


def correlations(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    place: NDArray[np.intp],
    drawn: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return Spearman's correlation in each resample of the datasets.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        The points.
    place : ndarray of shape (n,)
        Place of the dataset of each point, from 0.
    drawn : ndarray of shape (resamples, m)
        How often each dataset is there, with all of its points.

    Returns
    -------
    ndarray of shape (resamples,)
        From -1 to 1, with average ranks; NaN where a side is constant.

    Notes
    -----
    A rank is a sum over the datasets drawn, so the sums of products of ranks are cubic
    forms in how often each is drawn, and no resample looks at a point: O(n m**2) time,
    and O(m**3) for each resample. They are sums of multiples of 1/4, which a float64
    holds exactly up to 300,000 points in a resample.
    """
    import numpy as np

    n_datasets = drawn.shape[1]
    below = [_below(side, place, n_datasets) for side in (x, y)]
    sizes = drawn @ np.bincount(place, minlength=n_datasets)
    own = [place == dataset for dataset in range(n_datasets)]
    at_once = max(1, _FIELDS // n_datasets**2)

    def shared(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        form = np.stack([a[mine].T @ b[mine] for mine in own]).reshape(n_datasets, -1)
        products = -(sizes**3) / 4  # ranks less 1/2 have the mean size / 2
        for start in range(0, len(drawn), at_once):
            part = drawn[start : start + at_once]
            pairs = (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)
            products[start : start + at_once] += ((part @ form) * pairs).sum(axis=1)
        return products

    spread = np.sqrt(shared(below[0], below[0]) * shared(below[1], below[1]))
    found = np.full(len(drawn), np.nan)
    np.divide(shared(*below), spread, out=found, where=spread > 0)
    return found


def _below(
    values: NDArray[np.float64], place: NDArray[np.intp], n_datasets: int
) -> NDArray[np.float64]:
    """Return, by point and dataset, how many points lie below; those that tie, half.

    Where each dataset is there as often as drawn, their sum is the average rank of the
    point less 1/2.
    """
    import numpy as np

    _, level, counts = np.unique(values, return_inverse=True, return_counts=True)
    at_level = np.zeros((len(counts), n_datasets))
    np.add.at(at_level, (level, place), 1)
    found: NDArray[np.float64] = (np.cumsum(at_level, axis=0) - at_level / 2)[level]
    return found
