"""How many datasets it takes to tell two apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsc_wh.analyses.step import Columns, Values

FEWEST = 2
"""Datasets that a paired t test needs."""


def resolution(
    columns: Columns, values: Values
) -> dict[str, list[bool | None] | list[int | None]]:
    """Return whether each row's two are told apart, and with how many datasets.

    Parameters
    ----------
    columns : mapping
        ``delta_pp`` and ``sd_pp``: mean and sample standard deviation of the paired
        differences. ``p_value``: p of their t test.
    values : mapping
        ``confidence``: 1 less the level of the test. ``power``: probability that it
        tells two apart that differ by the mean that was found.

    Returns
    -------
    dict
        ``told_apart``: whether p is at most the level, ``None`` without a test.
        ``n_datasets_needed``: ``None`` where the differences are 0 on average, which
        no number tells apart, or do not vary.
    """
    rows = zip(columns["delta_pp"], columns["sd_pp"], strict=True)
    level = 1 - values["confidence"]
    return {
        "told_apart": [None if p is None else p <= level for p in columns["p_value"]],
        "n_datasets_needed": [
            needed(mean, deviation, values["confidence"], values["power"])
            if mean and deviation
            else None
            for mean, deviation in rows
        ],
    }


def needed(mean: float, deviation: float, confidence: float, power: float) -> int:
    """Return the number of pairs with which a two-sided t test has the power.

    Parameters
    ----------
    mean, deviation : float
        Of the differences; neither is 0.
    confidence, power : float
        1 less the level of the test, and the probability that it finds this mean.

    Notes
    -----
    ((z(1 - level / 2) + z(power)) * deviation / mean)**2 + z(1 - level / 2)**2 / 2,
    rounded up: the normal quantiles z, and what the t test needs beyond them.

    References
    ----------
    Guenther (1981), Sample Size Formulas for Normal Theory T Tests, The American
    Statistician 35, doi:10.1080/00031305.1981.10479363.
    """
    from scipy.special import ndtri

    level = float(ndtri((1 + confidence) / 2))
    ratio = (level + float(ndtri(power))) * deviation / mean
    return max(FEWEST, math.ceil(ratio**2 + level**2 / 2))
