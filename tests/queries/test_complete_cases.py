"""What missing cells do to means and ranks, against numpy."""

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
def test_both_means_equal_numpy(in_memory: Rows, tensor: Tensor, of: str) -> None:
    """One mean takes what there is, the other the blocks that nobody lacks."""
    rows = by(in_memory.put(tensor)("complete_cases", of=of), "subject")
    values = np.moveaxis(tensor.medians(), AXES[of], 0)
    values = values.reshape(len(values), -1)
    complete = values[:, ~np.isnan(values).any(axis=0)]
    names = [name for name, *_ in tensor.encoders()]
    names = {"encoder": names, "clusterer": tensor.clusterers()}[of]
    available = [row[~np.isnan(row)] for row in values]
    means = {
        "available": [row.mean() if row.size else np.nan for row in available],
        "complete": [row.mean() if row.size else np.nan for row in complete],
    }
    for kind, found in means.items():
        rounded = -np.round(found, 12)
        ranks = scipy.stats.rankdata(rounded, nan_policy="omit")
        for name, mean, rank in zip(names, found, ranks, strict=True):
            assert rows[name,][f"{kind}_ami"] == approx(mean)
            assert rows[name,][f"{kind}_rank"] == approx(rank)
    for index, name in enumerate(names):
        row = rows[name,]
        difference = 100 * (means["available"][index] - means["complete"][index])
        assert row["difference_pp"] == approx(difference)
        counts = ("n_available", "n_complete", "n_blocks_total", "n_missing")
        assert [row[count] for count in counts] == [
            available[index].size,
            complete.shape[1],
            values.shape[1],
            values.shape[1] - available[index].size,
        ]
    asked = in_memory.put(tensor)("complete_cases", of=of, only_incomplete=True)
    assert len(asked) == (len(rows) if np.isnan(values).any() else 0)
