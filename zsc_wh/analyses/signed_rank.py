"""Wilcoxon's signed-rank test, exact with ties, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.analyses.step import Columns, Values

EXACT_UP_TO = 500
"""Most differences of an exact test: its time grows with their cube, and of so many the
normal approximation is as good."""

DECIMALS = 12
"""Differences are rounded to so many: what is equal but for the order of a sum is a
tie."""


def signed_rank(
    columns: Columns, values: Values
) -> dict[str, list[float | str | None]]:
    """Return Wilcoxon's signed-rank test of each row's differences.

    Parameters
    ----------
    columns : mapping
        ``differences``: a list of paired differences; those of 0 are dropped.
    values : mapping
        Not read.

    Returns
    -------
    dict
        ``statistic``: the smaller sum of ranks; ``p_value``: two-sided; ``method``:
        exact or approximate. All ``None`` without a difference.
    """
    del values
    tests = [_test(row) for row in columns["differences"]]
    names = ("statistic", "p_value", "method")
    return {name: [test[at] for test in tests] for at, name in enumerate(names)}


def _test(
    differences: Sequence[float] | None,
) -> tuple[float | None, float | None, str | None]:
    import numpy as np
    from scipy.special import ndtr
    from scipy.stats import rankdata

    if not differences:
        return None, None, None
    found = np.round(np.array(differences, dtype=float), DECIMALS)
    found = found[found != 0]
    ranks = rankdata(abs(found))
    statistic = float(min(ranks[found > 0].sum(), ranks[found < 0].sum()))
    if len(found) <= EXACT_UP_TO:
        return statistic, exact_p(ranks, statistic), "exact"
    # each rank counts or not, by the toss of a coin
    deviation = float(np.sqrt((ranks**2).sum()) / 2)
    z = (statistic - float(ranks.sum()) / 2) / deviation
    return statistic, min(1.0, 2 * float(ndtr(z))), "approximate"


def exact_p(ranks: NDArray[np.float64], statistic: float) -> float:
    """Return the two-sided p of the smaller sum of ranks.

    Parameters
    ----------
    ranks : ndarray of shape (n,)
        Ranks of the absolute differences, from 1; ties share their mean.
    statistic : float
        Sum of the ranks of the rarer sign.

    Returns
    -------
    float
        Share of the 2**n equally likely signs whose smaller sum is not larger; 1
        without a rank.

    Notes
    -----
    The distribution is that of the ranks at hand, so ties change nothing of its being
    exact. O(n**3) time, O(n**2) memory.
    """
    import numpy as np

    doubled = np.rint(2 * ranks).astype(int)  # ties make halves
    chances = np.zeros(doubled.sum() + 1)
    chances[0] = 1.0
    reached = 0
    for rank in doubled:
        reached += rank
        moved = chances[: reached + 1 - rank].copy()
        chances[: reached + 1] /= 2
        chances[rank : reached + 1] += moved / 2
    return float(min(1.0, 2 * chances[: round(2 * statistic) + 1].sum()))
