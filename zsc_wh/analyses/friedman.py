"""Do more than two differ, and which of them: the tests of Friedman and of Nemenyi."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from zsc_wh.analyses.step import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.analyses.step import Columns, Values


def friedman(columns: Columns, values: Values) -> dict[str, list[float | str | None]]:
    """Return Friedman's test of the ranks, and what Nemenyi's tells apart.

    Parameters
    ----------
    columns : mapping
        ``parts``: the ranks of a row in the blocks, 1 = best, blocks in the same order
        in all rows that are compared. ``comparison``: rows of one value are compared.
    values : mapping
        ``confidence``: 1 less the level of both tests.

    Returns
    -------
    dict
        ``chi2`` (0 or more) with its ``p_value``, and ``critical_difference``, in
        ranks: mean ranks that are closer are not told apart. ``groups``: names of the
        sets that a row is in, none of whose members are told apart; ``a`` is that of
        the best. All ``None`` with fewer than two rows or blocks; chi2 and its p where
        all ranks are tied.
    """
    import numpy as np

    names = ("chi2", "p_value", "critical_difference", "groups")
    found: dict[str, list[float | str | None]] = {
        name: [None] * len(columns["parts"]) for name in names
    }
    for places in together(columns, "parts"):
        ranks = np.array([columns["parts"][place] for place in places], dtype=float)
        if min(ranks.shape) < 2:
            continue
        chi2, p_value = friedman_test(ranks)
        difference = critical_difference(*ranks.shape, values["confidence"])
        groups = not_told_apart(ranks.mean(axis=1).tolist(), difference)
        for place, group in zip(places, groups, strict=True):
            for name, value in zip(
                names, (chi2, p_value, difference, group), strict=True
            ):
                found[name][place] = value
    return found


def friedman_test(ranks: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Return Friedman's chi-squared, corrected for ties, and its p.

    Parameters
    ----------
    ranks : ndarray of shape (k, n)
        Ranks of `k` things, from 2, in each of `n` blocks; ties share their mean.

    Returns
    -------
    chi2, p : float or None
        ``None`` where every block is tied throughout. `k` - 1 degrees of freedom.

    Notes
    -----
    Unlike `scipy.stats.friedmanchisquare`, it takes two things: then it is the sign
    test, by its approximation.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3rd edition, equation 5.8.4.
    """
    from scipy.special import chdtrc

    k, n = ranks.shape
    middle = (k + 1) / 2
    # without ties this is n k (k + 1) (k - 1) / 12
    spread = float(((ranks - middle) ** 2).sum())
    if spread == 0:
        return None, None
    between = float(((ranks.sum(axis=1) - n * middle) ** 2).sum())
    chi2 = (k - 1) * between / spread
    return chi2, float(chdtrc(k - 1, chi2))


@lru_cache(maxsize=64)
def critical_difference(k: int, n: int, confidence: float) -> float:
    """Return how far mean ranks must be apart for Nemenyi's test to tell them apart.

    Parameters
    ----------
    k, n : int
        Things that are ranked, and blocks.
    confidence : float
        1 less the probability that any two of equal things are told apart.

    References
    ----------
    Demšar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets,
    Journal of Machine Learning Research 7, section 3.2.2.
    """
    from scipy.stats import studentized_range

    quantile = float(studentized_range.ppf(confidence, k, math.inf))
    return quantile / math.sqrt(2) * math.sqrt(k * (k + 1) / (6 * n))


def not_told_apart(means: Sequence[float], difference: float) -> list[str]:
    """Return the names of the groups that each is in, separated by blanks.

    Examples
    --------
    >>> not_told_apart([1.0, 2.0, 3.0, 9.0], 1.5)
    ['a', 'a b', 'b', 'c']
    """
    order = sorted(range(len(means)), key=lambda place: means[place])
    names: list[list[str]] = [[] for _ in means]
    n_groups, reached = 0, 0
    for first, place in enumerate(order):
        end = first
        while end < len(order) and (
            end == first or means[order[end]] - means[place] < difference
        ):
            end += 1
        if end <= reached:  # within the group before
            continue
        for member in order[first:end]:
            names[member].append(_name(n_groups))
        n_groups, reached = n_groups + 1, end
    return [" ".join(found) for found in names]


def _name(number: int) -> str:
    """Return the name of a group: a to z, aa, ab, ..."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("a") + letter) + name
    return name
