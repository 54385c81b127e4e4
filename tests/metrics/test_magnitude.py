"""Internal scores are those of the same features near 1, however large these are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.metrics.strategies import defined
from zsc_wh.metrics import internal_scores
from zsc_wh.scores import INTERNAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACES = [
    *((np.float64, e) for e in (-1060, -900, -500, -100, -40, -20, 20, 64, 500, 900)),
    *((np.float32, e) for e in (-145, -120, -99, -63, -40, -20, 20, 64, 120)),
]
LABELS = np.arange(60) % 3


def near_one(dtype: Any, exponent: int) -> NDArray[np.float64]:
    """Return features as `dtype` holds them at a power of two, brought back near 1."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) + np.eye(3, 4)[LABELS] * 8
    return np.ldexp(np.ldexp(X, exponent).astype(dtype).astype(np.float64), -exponent)


def scores(X: NDArray[Any]) -> dict[str, float]:
    """Return every internal score, of clusters that fit and clusters that do not."""
    labelings = [LABELS, np.arange(60) % 7]
    return {
        f"{metric} {number}": defined(score)
        for number, found in enumerate(internal_scores(X, labelings, list(INTERNAL)))
        for metric, score in found.items()
    }


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
def test_scores_do_not_depend_on_the_magnitude(dtype: Any, exponent: int) -> None:
    """From subnormal numbers to the largest: distances have no unit in a score."""
    near = near_one(dtype, exponent)
    far = np.ldexp(near, exponent).astype(dtype)
    assert scores(far) == pytest.approx(scores(near), rel=1e-12)


@pytest.mark.parametrize(("dtype", "constant"), [(np.float32, 1e38), (float, 1e300)])
def test_a_constant_feature_is_in_no_score(dtype: Any, constant: float) -> None:
    """Were it to set the scale, the squares of all others would vanish."""
    near = near_one(dtype, 0)
    wide = np.insert(near, 1, constant, axis=1).astype(dtype)
    found, expected = scores(wide), scores(near)
    # an angle is one about the origin, which a constant moves away
    angles = {name for name in found if name.startswith("silhouette_cosine")}
    found, expected = (
        {name: value for name, value in each.items() if name not in angles}
        for each in (found, expected)
    )
    assert angles
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_widest_range_of_all_is_no_overflow() -> None:
    """The difference of two numbers may be beyond a float64."""
    near = near_one(float, 0)
    far = np.ldexp(near, 1023 - 3)
    assert np.abs(far).max() > np.finfo(float).max / 4
    assert scores(far) == pytest.approx(scores(near), rel=1e-12)
