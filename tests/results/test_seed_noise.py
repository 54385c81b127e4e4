"""How far seeds move a score."""

from __future__ import annotations

import statistics

import pytest

from zsc_wh.results.seed_noise import Noise


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 0.0])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_equal_scores_have_no_noise(value: float, n: int) -> None:
    """Exactly none: the mean of three times 0.1 is not 0.1."""
    assert Noise.of([value] * n).sd == 0


def test_noise_is_the_standard_deviation() -> None:
    """Of the sample, with n - 1."""
    values = [0.5, 0.54, 0.52, 0.61]
    assert Noise.of(values).sd == pytest.approx(statistics.stdev(values), rel=1e-12)
