from __future__ import annotations

import doctest
import importlib
import math

import numpy as np
import pytest

from zsc_wh.errors import ConfigError
from zsc_wh.metrics import EXTERNAL, INTERNAL, METRICS, supervised, unsupervised
from zsc_wh.metrics.registry import check_names, scored, undefined


def test_every_metric_is_external_or_internal() -> None:
    """The catalog's mapping is the two groups, and no name is in both."""
    assert set(METRICS) == set(EXTERNAL) | set(INTERNAL)
    assert not set(EXTERNAL) & set(INTERNAL)
    assert supervised.METRICS is EXTERNAL
    assert unsupervised.METRICS is INTERNAL


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_is_and_its_range(name: str) -> None:
    """Every metric has a line for people and a range that is not empty."""
    metric = METRICS[name]
    assert metric.doc
    assert metric.low < metric.high


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_no_score(value: float) -> None:
    """A score is a finite number or has a reason, never both, never neither."""
    score = scored(value)
    assert score.value is None
    assert score.reason


def test_a_score_has_a_value_or_a_reason() -> None:
    """Exactly one of value and reason is set, and the value is a plain float."""
    assert scored(np.float64(0.5)) == (0.5, None)
    assert type(scored(np.float64(0.5)).value) is float
    assert undefined("why") == (None, "why")


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    """A misspelt metric names the one that was meant."""
    with pytest.raises(ConfigError, match="did you mean 'silhouette'") as caught:
        check_names(["silhouete"], INTERNAL)
    assert "davies_bouldin" in caught.value.mend


@pytest.mark.parametrize("module", ["labels", "supervised", "unsupervised"])
def test_the_examples_in_the_documentation_hold(module: str) -> None:
    """Every example in a docstring prints what it says."""
    failed, tried = doctest.testmod(
        importlib.import_module(f"zsc_wh.metrics.{module}"), extraglobs={"np": np}
    )
    assert (failed, tried > 0) == (0, True)
