from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.strategies import QUICK
from zsc_wh.errors import DataError
from zsc_wh.metrics import noise_as_cluster
from zsc_wh.metrics.labels import check_assignment, check_labels, compact

if TYPE_CHECKING:
    from numpy.typing import NDArray


@QUICK
@given(
    st.lists(st.integers(-5, 12) | st.integers(-(2**40), 2**40), max_size=30),
)
def test_codes_are_those_of_unique(values: list[int]) -> None:
    """Codes ascend with the labels and leave no gap, whatever the labels' span."""
    labels = np.array(values, dtype=np.int64)
    _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    found = compact(labels)
    assert found.codes.tolist() == codes.tolist()
    assert found.sizes.tolist() == sizes.tolist()


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint64])
def test_narrow_labels_do_not_overflow(dtype: type[np.integer[Any]]) -> None:
    """The span of the labels may leave their type."""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    labels = np.array([low, high, low], dtype=dtype)
    labels = np.tile(labels, 100)
    assert compact(labels).sizes.tolist() == [200, 100]
    assert compact(labels).codes[:3].tolist() == [0, 1, 0]


def test_noise_becomes_the_next_cluster() -> None:
    """Noise is one cluster more, other clusters keep their numbers."""
    labels = np.array([4, -1, 0, -1])
    assert noise_as_cluster(labels).tolist() == [4, 5, 0, 5]
    assert labels.tolist() == [4, -1, 0, -1]


@pytest.mark.parametrize("labels", [[], [-1, -1], [0, 1]])
def test_noise_alone_or_absent(labels: list[int]) -> None:
    """All noise is cluster 0; without noise nothing changes."""
    found = noise_as_cluster(np.array(labels, dtype=np.int32))
    assert found.tolist() == [max(label, 0) for label in labels]


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (np.zeros((2, 2), dtype=int), "one-dimensional"),
        (np.array([0.0, 1.0]), "integers, not float64"),
        (np.array(["a", "b"]), "integers"),
        (np.array([True, False]), "integers, not bool"),
    ],
)
def test_what_is_no_label_vector_is_refused(labels: NDArray[Any], what: str) -> None:
    """Labels are one vector of integers."""
    with pytest.raises(DataError, match=what) as caught:
        check_labels(labels, "labels")
    assert caught.value.where == "labels"
    assert caught.value.hint


def test_only_noise_is_negative() -> None:
    """A second negative number would hide a second kind of noise."""
    with pytest.raises(DataError, match="holds -2") as caught:
        check_assignment(np.array([0, -2]), "assignment")
    assert caught.value.where == "assignment"
