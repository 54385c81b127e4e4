"""Inputs and parameters for tests of probes."""

from __future__ import annotations

from typing import Any

import numpy as np

from zsc_wh.fields import complete
from zsc_wh.probes import METHODS, Labelled, ProbeResult

N_CLASSES = 6


def groups(n: int, seed: int, noise: float = 1.0, dtype: str = "float32") -> Labelled:
    """Return samples of six overlapping groups; the groups are always the same."""
    centres = np.random.default_rng(9).normal(size=(N_CLASSES, 8))
    rng = np.random.default_rng(seed)
    y = rng.integers(0, N_CLASSES, n)
    X = centres[y] + noise * rng.normal(size=(n, 8))
    return Labelled(X.astype(dtype), y)


def probe(
    kind: str,
    train: Labelled,
    test: Labelled,
    n_classes: int = N_CLASSES,
    seed: int = 3,
    **given: Any,
) -> list[ProbeResult]:
    """Run a kind of probe, the parameters that are not given at their defaults."""
    method = METHODS[kind]
    assert not set(given) - set(method.fields)
    return method.run(train, test, n_classes, complete(method.fields, given), seed)


def value(result: ProbeResult, metric: str) -> float:
    """Return a score that must have a value."""
    score = result.scores[metric]
    assert score.value is not None, score.reason
    return score.value
