"""Agreement of clusterers, and of encoders (A12), against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

AXES = {"encoder": 0, "clusterer": 3}


@EXAMPLES
@given(tensor=tensors(("ami",)))
@pytest.mark.parametrize("of", AXES)
def test_correlations_equal_scipy(in_memory: Rows, tensor: Tensor, of: str) -> None:
    """Each pair drops the points that one of the two lacks, then ranks the rest."""
    rows = by(in_memory.put(tensor)("agreement", of=of), "first", "second")
    names = {
        "encoder": [name for name, *_ in tensor.encoders()],
        "clusterer": tensor.clusterers(),
    }[of]
    values = np.moveaxis(tensor.medians(), AXES[of], 0).reshape(len(names), -1)
    pairs = [(one, other) for one in names for other in names if one < other]
    assert rows.keys() == {*pairs}
    for one, other in pairs:
        both = np.stack([values[names.index(one)], values[names.index(other)]])
        x, y = both[:, ~np.isnan(both).any(axis=0)]
        row = rows[one, other]
        assert (row["n_points"], row["n_points_total"]) == (x.size, both.shape[1])
        assert row["mean_difference"] == approx((x - y).mean() if x.size else None)
        defined = x.size >= 4 and np.ptp(x) > 0 and np.ptp(y) > 0
        wanted = (
            (
                scipy.stats.pearsonr(x, y).statistic,
                scipy.stats.spearmanr(x, y).statistic,
            )
            if defined
            else (None, None)
        )
        assert row["pearson"] == approx(wanted[0])
        assert row["spearman"] == approx(wanted[1])
