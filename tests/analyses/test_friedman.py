from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zsc_wh.analyses.friedman import (
    critical_difference,
    friedman,
    friedman_test,
    not_told_apart,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zsc_wh.analyses.step import Columns

VALUES = {"confidence": 0.95}

tables = st.tuples(st.integers(2, 6), st.integers(2, 9)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 4))
)


@settings(max_examples=50)
@given(tables)
def test_friedman_equals_scipy(table: NDArray[np.int64]) -> None:
    """Ties and all; of two it is the sign test, and all tied it has no value."""
    ranks = scipy.stats.rankdata(table, axis=0)
    chi2, p_value = friedman_test(ranks)
    if np.ptp(table, axis=0).max() == 0:
        assert (chi2, p_value) == (None, None)
        return
    if len(table) == 2:
        signs = np.sign(table[0] - table[1])
        want = signs.sum() ** 2 / abs(signs).sum()
        assert chi2 == pytest.approx(want)
        assert p_value == pytest.approx(scipy.stats.chi2.sf(want, 1))
        return
    result = scipy.stats.friedmanchisquare(*table)
    assert chi2 == pytest.approx(result.statistic)
    assert p_value == pytest.approx(result.pvalue)


@pytest.mark.parametrize(
    ("k", "quantile"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)]
)
def test_critical_differences_are_those_of_demsar(k: int, quantile: float) -> None:
    """The quantiles of his table 5a, at level .05."""
    want = quantile * np.sqrt(k * (k + 1) / (6 * 14))
    assert critical_difference(k, 14, 0.95) == pytest.approx(want, rel=5e-4)


@given(st.lists(st.integers(0, 30).map(float), min_size=1, max_size=40))
def test_two_share_a_group_where_they_are_not_told_apart(means: list[float]) -> None:
    """And only there; no group is part of another, and each name is used."""
    groups = [{*names.split()} for names in not_told_apart(means, 3.5)]
    for mean, mine in zip(means, groups, strict=True):
        for other, theirs in zip(means, groups, strict=True):
            assert bool(mine & theirs) == (abs(mean - other) < 3.5)
    members = [
        {place for place, names in enumerate(groups) if name in names}
        for name in set().union(*groups)
    ]
    assert not any(a < b for a in members for b in members)
    assert "a" in groups[means.index(min(means))]


def test_each_comparison_is_tested_by_itself() -> None:
    """Rows without ranks are out of it, and one row or block has no test."""
    ranks = [[1.0, 1.0, 2.0], [2.0, 2.0, 1.0]]
    columns: Columns = {
        "parts": [*ranks, None, [1.0], [2.0], [1.0, 1.0]],
        "comparison": [["x", "1"], ["x", "1"], ["x", "1"], "one", "one", "alone"],
    }
    found = friedman(columns, VALUES)
    chi2 = scipy.stats.chi2.sf(1 / 3, 1)
    assert found["p_value"] == [pytest.approx(chi2)] * 2 + [None] * 4
    assert found["groups"] == ["a", "a"] + [None] * 4
    assert found["critical_difference"][0] == critical_difference(2, 3, 0.95)


def test_groups_have_names_beyond_z() -> None:
    """Names go on as those of the columns of a spreadsheet."""
    groups = not_told_apart([float(place) for place in range(60)], 0.5)
    assert groups[25:28] == ["z", "aa", "ab"]
    assert groups[53] == "bb"
