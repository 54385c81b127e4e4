from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from zsc_wh.analyses.resolution import needed, resolution

VALUES = {"confidence": 0.95, "power": 0.8}


def power_of(n: int, ratio: float, level: float) -> float:
    """Return the power of a two-sided paired t test of mean / deviation = `ratio`."""
    bound = scipy.stats.t.ppf(1 - level / 2, n - 1)
    of_shift = scipy.stats.nct(n - 1, ratio * n**0.5)
    return float(of_shift.sf(bound) + of_shift.cdf(-bound))


@given(st.floats(0.15, 1.2), st.sampled_from([0.9, 0.95]), st.sampled_from([0.7, 0.8]))
def test_so_many_datasets_have_the_power(
    ratio: float, confidence: float, power: float
) -> None:
    """By the noncentral t distribution: give or take one dataset."""
    n = needed(ratio, 1.0, confidence, power)
    assert power_of(n + 1, ratio, 1 - confidence) >= power
    assert n < 4 or power_of(n - 2, ratio, 1 - confidence) <= power


def test_what_is_told_apart() -> None:
    """By p alone; no number of datasets tells a difference of 0 apart."""
    columns = {
        "delta_pp": [2.0, -2.0, 0.0, 3.0, None],
        "sd_pp": [4.0, 4.0, 4.0, 0.0, None],
        "p_value": [0.05, 0.051, 1.0, None, None],
    }
    found = resolution(columns, VALUES)
    assert found["told_apart"] == [True, False, False, None, None]
    assert found["n_datasets_needed"] == [34, 34, None, None, None]


def test_a_t_test_needs_two() -> None:
    """However clear the difference is."""
    assert needed(100.0, 0.1, 0.6, 0.6) == 2


def test_more_power_needs_more() -> None:
    """So does more confidence, or a smaller difference; its sign does not matter."""
    assert needed(1, 4, 0.95, 0.9) > needed(1, 4, 0.95, 0.8) > needed(1, 4, 0.9, 0.8)
    assert needed(-1, 4, 0.95, 0.8) == needed(1, 4, 0.95, 0.8)
    assert needed(1, 4, 0.95, 0.8) == pytest.approx(128, abs=1)
