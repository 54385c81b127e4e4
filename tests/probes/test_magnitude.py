"""Probes of features of any magnitude: the scores near 1, or a reason with a remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.probes.made import groups, probe, value
from zsc_wh.probes import Labelled, ProbeResult
from zsc_wh.probes.linear import METRICS

PLACES = [
    *(("float32", e) for e in (-120, -99, -60, 63, 120)),
    *(("float64", e) for e in (-1000, -300, -99, 63, 300, 1000)),
]


def probed(kind: str, dtype: str, powers: Any, **given: Any) -> ProbeResult:
    """Return the first result for features times powers of two."""
    train, test = (
        Labelled(np.ldexp(side.X, powers), side.y)
        for side in (groups(120, 1, dtype=dtype), groups(90, 2, dtype=dtype))
    )
    return probe(kind, train, test, **given)[0]


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
def test_knn_does_not_depend_on_the_magnitude(dtype: str, exponent: int) -> None:
    """Angles have no unit."""
    found = probed("knn", dtype, exponent, k=[10])
    assert found == probed("knn", dtype, 0, k=[10])


@pytest.mark.parametrize(("dtype", "exponent"), PLACES)
def test_a_standardised_linear_probe_does_not_either(dtype: str, exponent: int) -> None:
    """Each dimension is measured by its own deviation, whatever the others are."""
    near = probed("linear", dtype, 0, standardise=True, epochs=3)
    powers = np.where(np.arange(8) < 4, exponent, 0)
    for each in (exponent, powers):
        far = probed("linear", dtype, each, standardise=True, epochs=3)
        assert value(far, "accuracy") == value(near, "accuracy") > 0.5
        assert value(far, "cross_entropy") == pytest.approx(
            value(near, "cross_entropy"), rel=1e-3
        )


@pytest.mark.parametrize(
    ("dtype", "exponent"), [p for p in PLACES if p[1] < 0] + [("float32", -20)]
)
@pytest.mark.parametrize("selection", ["holdout", "test"])
def test_what_cannot_be_learnt_is_no_score_of_chance(
    dtype: str, exponent: int, selection: str
) -> None:
    """The bias alone would decide."""
    found = probed("linear", dtype, exponent, selection=selection, epochs=3)
    reasons = {score.reason for score in found.scores.values()}
    assert reasons == {
        "the features differ too little to learn from at these learning rates; set "
        "standardise = true"
    }
    assert found.scores.keys() == set(METRICS)


@pytest.mark.parametrize(("dtype", "exponent"), [("float32", 120), ("float64", 300)])
def test_what_diverges_has_a_remedy(dtype: str, exponent: int) -> None:
    """Outputs that are not finite are no scores."""
    found = probed("linear", dtype, exponent, epochs=3)
    reasons = {score.reason for score in found.scores.values()}
    assert reasons == {
        "no head has finite outputs: the features are too large at these learning "
        "rates; set standardise = true"
    }


def test_small_features_that_can_be_learnt_have_a_score() -> None:
    """Tenths are enough for the largest learning rate."""
    assert value(probed("linear", "float32", -4), "accuracy") > 0.5


def test_equal_features_are_not_called_small() -> None:
    """Nothing can be learnt from them at any magnitude: chance is right."""
    train = Labelled(np.ones((60, 2), np.float32), np.arange(60) % 6)
    (found,) = probe("linear", train, train, epochs=2)
    assert value(found, "accuracy") == pytest.approx(1 / 6)
