from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyses.oracle import interval
from zsc_wh.analyses.bootstrap import intervals

if TYPE_CHECKING:
    from zsc_wh.analyses.step import Columns

VALUES: dict[str, Any] = {"resamples": 200, "confidence": 0.9}

rows = st.lists(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=4),
    ),
    max_size=4,
)


@settings(max_examples=30)
@given(rows)
def test_intervals_are_those_of_resampled_datasets(
    made: list[dict[str, list[float]]],
) -> None:
    """Datasets are drawn whole, with all their values; one dataset has no interval."""
    parts = [[value for name in row for value in row[name]] for row in made]
    datasets = [[name for name in row for _ in row[name]] for row in made]
    found = intervals({"parts": parts, "datasets": datasets}, VALUES)
    got = list(zip(found["low"], found["high"], strict=True))
    for ours, row in zip(got, made, strict=True):
        assert ours == pytest.approx(interval(row, **VALUES), abs=1e-12)


def test_differences_are_those_of_pairs() -> None:
    """Rows of the same datasets are drawn alike: what is 1 more stays so."""
    first = [0.0, 5.0, 1.0, 9.0]
    parts = [first, [value + 1 for value in first]]
    found = intervals({"parts": parts, "datasets": [list("abcd")] * 2}, VALUES)
    low, high = np.array([found["low"], found["high"]], dtype=float)
    assert (low[1], high[1]) == pytest.approx((low[0] + 1, high[0] + 1))
    assert low[0] < np.mean(first) < high[0]
    assert found == intervals({"parts": parts, "datasets": [list("abcd")] * 2}, VALUES)


def test_null_parts_are_left_out() -> None:
    """As SQL leaves NULL out of a mean."""
    columns: Columns = {
        "parts": [[None, 1.0, 2.0], None],
        "datasets": [list("abc"), None],
    }
    without: Columns = {"parts": [[1.0, 2.0], []], "datasets": [list("bc"), []]}
    assert intervals(columns, VALUES) == intervals(without, VALUES)


def test_an_interval_holds_the_mean_as_often_as_asked() -> None:
    """Of 8 normal values, in 95 % of cases, give or take 3."""
    normal = np.random.default_rng(5).normal(size=(600, 8))
    columns: Columns = {
        "parts": normal.tolist(),
        "datasets": [list("abcdefgh")] * 600,
    }
    found = intervals(columns, {"resamples": 1000, "confidence": 0.95})
    low, high = np.array([found["low"], found["high"]], dtype=float)
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.95, abs=0.03)
