from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analyses.oracle import percentile_interval, resampled
from zsc_wh.analyses.correlation import spearman

if TYPE_CHECKING:
    from zsc_wh.analyses.step import Columns

points = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=14,
)
RESAMPLES, CONFIDENCE = 60, 0.9
VALUES = {"resamples": RESAMPLES, "confidence": CONFIDENCE}


def plain(made: list[tuple[str, int, int]]) -> tuple[float | None, float | None]:
    """Correlate the points of each resample, one after the other."""
    names = sorted({name for name, _, _ in made})
    if len(names) < 2:
        return None, None
    found = []
    for drawn in resampled(len(names), RESAMPLES):
        x, y = np.array(
            [point[1:] for place in drawn for point in made if point[0] == names[place]]
        ).T
        if np.ptp(x) and np.ptp(y):
            found.append(scipy.stats.spearmanr(x, y).statistic)
    if not found:
        return None, None
    return percentile_interval(found, len(names), CONFIDENCE)


@settings(max_examples=30, deadline=None)
@given(points)
def test_intervals_are_those_of_resampled_points(
    made: list[tuple[str, int, int]],
) -> None:
    """Ties take average ranks within each resample; a constant side does not count."""
    datasets, x, y = zip(*made, strict=True)
    found = spearman({"x": [x], "y": [y], "datasets": [datasets]}, VALUES)
    assert (found["low"][0], found["high"][0]) == pytest.approx(plain(made), abs=1e-9)


def test_no_correlation_has_no_interval() -> None:
    """Nor has that of one dataset."""
    columns: Columns = {
        "x": [None, [1, 2, 3]],
        "y": [None, [1, 2, 3]],
        "datasets": [None, ["a", "a", "a"]],
    }
    assert spearman(columns, VALUES) == {"low": [None, None], "high": [None, None]}
