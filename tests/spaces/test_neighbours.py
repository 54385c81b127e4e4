from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.reducers.made import features
from zsc_wh.spaces import neighbours
from zsc_wh.spaces.neighbours import exact_neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plain(X: NDArray[Any], k: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the k nearest of each sample by a full sort of all distances."""
    wide = X.astype(np.float64)
    distances = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    order = distances.argsort(axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [2, 15, 120])
@pytest.mark.parametrize("offset", [0, 1000])
def test_neighbours_are_those_of_a_full_sort(dtype: str, k: int, offset: int) -> None:
    """The same samples in the same order, wherever the features lie."""
    X = (features("float64") + offset).astype(dtype)
    indices, distances = exact_neighbours(X, k)
    expected, lengths = plain(X, k)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, lengths, rtol=1e-6)
    assert indices.dtype == np.int32
    assert distances.dtype == np.float32


def test_copies_of_a_sample_are_at_distance_zero() -> None:
    """The sample itself is first all the same, and no other sample is at zero."""
    X = np.repeat(features(n=40, d=512) + 100, 3, axis=0)
    indices, distances = exact_neighbours(X, 5)
    np.testing.assert_array_equal(indices[:, 0], np.arange(120))
    np.testing.assert_array_equal(indices[:, 2] // 3, np.arange(120) // 3)
    assert (distances[:, :3] == 0).all()
    assert (distances[:, 3:] > 0).all()


def test_size_of_the_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples at the edges of blocks are measured as the others."""
    X = features()
    whole = exact_neighbours(X, 6)
    monkeypatch.setattr(neighbours, "_BLOCK", 7 * 5 * 20)  # seven rows
    pieces = exact_neighbours(X, 6)
    np.testing.assert_array_equal(pieces[0], whole[0])
    np.testing.assert_array_equal(pieces[1], whole[1])
