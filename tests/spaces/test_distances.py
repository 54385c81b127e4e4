from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.strategies import QUICK
from zsc_wh.errors import DataError
from zsc_wh.spaces import distances as module
from zsc_wh.spaces.distances import (
    Features,
    blocks,
    check_features,
    column_side,
    rooted,
    row_side,
    squared,
)

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def measure(X: NDArray[Any], *, same: bool = True) -> NDArray[np.float64]:
    """Return all distances between samples, in units of `X`."""
    space = Features.of(X)
    assert space is not None
    index = np.arange(len(X))
    rows, columns = row_side(space, index), column_side(space, index)
    tile = squared(rows, columns, np.empty(len(X) ** 2 + 3))
    return rooted(space, rows, columns, tile, same=same) / space.scale


def plain(X: NDArray[Any]) -> NDArray[np.longdouble]:
    """Return all distances from differences, in extended precision where there is."""
    long = X.astype(np.longdouble)
    gaps: NDArray[np.longdouble] = long[:, None] - long[None]
    found: NDArray[np.longdouble] = np.sqrt((gaps**2).sum(axis=-1))
    return found


@QUICK
@given(
    seed=st.integers(0, 10**6),
    d=st.sampled_from([1, 2, 7, 300]),
    offset=st.sampled_from([0.0, 1e3, 1e8]),
    spread=st.sampled_from([1e-9, 1e-4, 1.0]),
    stretch=st.sampled_from([2.0**-500, 1.0, 2.0**500]),
)
def test_distances_are_right_to_nine_digits(
    seed: int, d: int, offset: float, spread: float, stretch: float
) -> None:
    """Tight groups, copies, an offset or a far sample cost no digits."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(5, d)).repeat(5, axis=0)
    X += spread * rng.normal(size=X.shape)
    X[1] = X[0]
    X[-1] *= 1000
    X = (X + offset) * stretch
    np.testing.assert_allclose(
        measure(X), np.asarray(plain(X / stretch) * stretch, float), rtol=1e-9, atol=0
    )


def test_copies_are_at_distance_zero() -> None:
    """A copy of a sample is at exactly 0, in and off the diagonal."""
    X = np.random.default_rng(0).normal(size=(4, 300)).repeat(3, axis=0) + 0.1
    same = np.arange(12) // 3
    found = measure(X, same=False)
    assert (found[same[:, None] == same] == 0).all()
    assert (found[same[:, None] != same] > 0).all()


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_only_near_pairs_are_measured_again(
    monkeypatch: pytest.MonkeyPatch, offset: float
) -> None:
    """An offset costs no time: centred features are far enough apart for a product."""
    asked: list[int] = []
    real = module._measure

    def counting(*args: Any) -> None:
        asked.append(int(args[3].sum()))
        real(*args)

    monkeypatch.setattr(module, "_measure", counting)
    X = np.random.default_rng(0).normal(size=(30, 5)) + offset
    measure(X)
    assert asked == []
    X[7] = X[3]
    measure(X)
    assert asked == [2]


@pytest.mark.parametrize("many", [0, 1, 10**9])
def test_both_ways_to_measure_near_pairs_agree(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Pair by pair or the whole tile: the same distances."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(8, 5)).repeat(4, axis=0) + 1e-6 * rng.normal(size=(32, 5))
    monkeypatch.setattr(module, "_MANY_NEAR", many)
    monkeypatch.setattr(module, "CHUNK_BYTES", 200)
    np.testing.assert_allclose(measure(X), np.asarray(plain(X), float), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16, np.uint8])
def test_other_types_are_promoted_exactly(dtype: type[Any]) -> None:
    """Narrow features give the distances of their float64 values."""
    X = np.random.default_rng(0).uniform(0, 200, size=(9, 4)).astype(dtype)
    np.testing.assert_allclose(measure(X), measure(X.astype(np.float64)), rtol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 999])
def test_features_that_are_not_finite_are_seen(
    monkeypatch: pytest.MonkeyPatch, bad: float, row: int
) -> None:
    """One bad number in any block is enough."""
    monkeypatch.setattr(module, "CHUNK_BYTES", 800)
    X = np.zeros((1000, 2))
    assert Features.of(X) is not None
    X[row, 1] = bad
    assert Features.of(X) is None


@pytest.mark.parametrize("largest", [5e-324, 1e-300, 0.0, 3.0, 1.7e308])
def test_scaling_is_exact_and_bounded(largest: float) -> None:
    """The scale is a power of two that keeps squares within range."""
    space = Features.of(np.array([[largest], [-largest]]))
    assert space is not None
    assert np.frexp(space.scale)[0] == 0.5
    assert largest * space.scale / space.scale == largest
    assert largest * space.scale < 2**25


@pytest.mark.parametrize(
    "X", [np.zeros(3), np.zeros((2, 2, 2)), np.array([["a"]]), np.zeros((1, 1), bool)]
)
def test_what_is_no_matrix_of_numbers_is_refused(X: NDArray[Any]) -> None:
    """Features are rows of numbers."""
    with pytest.raises(DataError, match="must be a matrix of numbers") as caught:
        check_features(X)
    assert caught.value.where == "features"


@pytest.mark.parametrize(("n", "d"), [(0, 3), (5, 0), (10**6, 100)])
def test_blocks_cover_all_rows_within_the_bound(n: int, d: int) -> None:
    """Blocks are whole, in order, and small."""
    found = list(blocks(n, d))
    rows = [range(*block.indices(n)) for block in found]
    assert sum(len(block) for block in rows) == n
    assert all(len(block) * d * 8 <= module.CHUNK_BYTES for block in rows)
