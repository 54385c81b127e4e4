"""Inputs and parameters for tests of reducers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.fields import complete
from zsc_wh.reducers import METHODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

REQUIRED: dict[str, dict[str, Any]] = {
    "python": {"estimator": "sklearn.decomposition.TruncatedSVD"},
}
"""What a declaration of a kind must say, and the tests say unless they say other."""


def features(dtype: str = "float32", n: int = 120, d: int = 20) -> NDArray[Any]:
    """Return three overlapping groups in dimensions of different spread."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(3, d)) * 2
    X = centres[np.arange(n) % 3] + rng.normal(size=(n, d))
    return (X * np.geomspace(0.1, 10, d)).astype(dtype)


def params(kind: str, **given: Any) -> dict[str, Any]:
    """Return all parameters of a kind, the others at their defaults."""
    unknown = set(given) - set(METHODS[kind].fields)
    assert not unknown
    return complete(METHODS[kind].fields, {**REQUIRED.get(kind, {}), **given})
