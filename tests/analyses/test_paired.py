from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from zsc_wh.analyses.paired import holm, t_test

chances = st.one_of(st.none(), st.integers(0, 20).map(lambda value: value / 20))


def by_hand(found: list[float | None]) -> list[float | None]:
    """Reject one after the other, the smallest first, each at its level."""
    known = sorted(value for value in found if value is not None)
    m = len(known)
    steps = [min(1.0, max((m - j) * known[j] for j in range(i + 1))) for i in range(m)]
    return [
        # equal ones are rejected together, where the last of them is
        None if value is None else steps[known.index(value)]
        for value in found
    ]


@given(st.lists(chances, max_size=8), st.lists(chances, max_size=8))
def test_holm_corrects_what_is_tested_together(
    first: list[float | None], second: list[float | None]
) -> None:
    """Each comparison by itself; rows without a test do not count."""
    comparison = ["a"] * len(first) + [["b"]] * len(second)
    found = holm({"p_value": [*first, *second], "comparison": comparison}, {})
    want = [*by_hand(first), *by_hand(second)]
    assert found["p_holm"] == [
        None if value is None else pytest.approx(value) for value in want
    ]


@pytest.mark.parametrize("n", [2, 5, 26])
def test_p_of_a_paired_t_is_that_of_scipy(n: int) -> None:
    """Two-sided, whichever is the larger; without a t there is none."""
    values = np.random.default_rng(n).normal(1, size=n)
    want = scipy.stats.ttest_1samp(values, 0)
    t_values = [want.statistic, -want.statistic, None]
    found = t_test({"t_value": t_values, "n_datasets": [n] * 3}, {})
    assert found["p_value"] == [pytest.approx(want.pvalue)] * 2 + [None]
