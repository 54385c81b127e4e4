from __future__ import annotations

import doctest
import importlib
import math
import re

import numpy as np
import pytest

from zsc_wh import probes
from zsc_wh.errors import ConfigError
from zsc_wh.scores import (
    EXTERNAL,
    INTERNAL,
    METRICS,
    PROBED,
    check_names,
    scored,
    undefined,
)
from zsc_wh.sqlfiles import audits


def test_every_metric_is_of_one_group() -> None:
    """Of labels, of distances or of probes; no name is in two."""
    assert len(METRICS) + len(PROBED) == len({*EXTERNAL, *INTERNAL, *PROBED})


def test_probes_record_what_is_registered() -> None:
    """Each of their metrics, and none that no probe records."""
    recorded = {name for method in probes.METHODS.values() for name in method.metrics}
    assert recorded == set(PROBED)


def test_the_audit_of_stored_scores_knows_the_ranges() -> None:
    """Those of every metric; what has no bound has none there either."""
    found = {
        name: tuple(None if bound == "null" else float(bound) for bound in bounds)
        for name, *bounds in re.findall(
            r"\('(\w+)', (null|-?[\d.]+), (null|-?[\d.]+)\)",
            audits()["score_in_range"].sql,
        )
    }
    assert found == {
        name: tuple(
            bound if math.isfinite(bound) else None
            for bound in (metric.low, metric.high)
        )
        for name, metric in {**METRICS, **PROBED}.items()
    }


@pytest.mark.parametrize("name", [*METRICS, *PROBED])
def test_a_metric_says_what_it_is_and_its_range(name: str) -> None:
    """Every metric has a line for people and a range that is not empty."""
    metric = {**METRICS, **PROBED}[name]
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
    assert "davies_bouldin" in caught.value.hint


@pytest.mark.parametrize("module", ["labels", "supervised", "unsupervised"])
def test_the_examples_in_the_documentation_hold(module: str) -> None:
    """Every example in a docstring prints what it says."""
    failed, tried = doctest.testmod(
        importlib.import_module(f"zsc_wh.metrics.{module}"), extraglobs={"np": np}
    )
    assert (failed, tried > 0) == (0, True)
