"""All pairs at once have the AMI that each pair has alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.strategies import QUICK
from zsc_wh.metrics.supervised import external_scores
from zsc_wh.partitions.agreement import pairwise_ami

sets = st.integers(1, 9).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(-1, 4), min_size=n, max_size=n), min_size=1, max_size=5
    )
)


@QUICK
@given(sets)
def test_each_pair_has_its_ami(rows: list[list[int]]) -> None:
    """Trivial and equal partitions, and clusters of one sample, included."""
    partitions = np.array(rows, dtype=np.int64)
    alone = [
        [external_scores(a, b, ["ami"], subset="all")["ami"].value for b in partitions]
        for a in partitions
    ]
    assert pairwise_ami(partitions) == pytest.approx(np.array(alone), abs=1e-9)
