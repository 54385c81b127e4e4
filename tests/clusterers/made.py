"""Inputs and parameters for tests of clusterers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_digits

from zsc_wh.clusterers import METHODS
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from numpy.typing import NDArray


@cache
def _digits() -> NDArray[np.float64]:
    data: NDArray[np.float64] = load_digits().data
    return data


def digits(dtype: str = "float64", n: int = 300) -> NDArray[Any]:
    """Return images of digits; whole numbers, so many distances tie."""
    return _digits()[:n].astype(dtype)


def blobs(dtype: str = "float64", n: int = 120, far: float = 12.0) -> NDArray[Any]:
    """Return four equal groups in turn, `far` standard deviations apart."""
    rng = np.random.default_rng(11)
    centres = np.eye(4, 6) * far
    return (centres[np.arange(n) % 4] + rng.normal(size=(n, 6))).astype(dtype)


REQUIRED: dict[str, dict[str, Any]] = {
    "python": {"estimator": "sklearn.mixture.GaussianMixture"},
}
"""What a declaration of a kind must say, and the tests say unless they say other."""

INPUTS = {"digits": digits, "blobs": blobs, "overlapping": lambda t: blobs(t, 150, 2.0)}
DTYPES = ("float32", "float64")


def known(affinity: dict[str, Any]) -> dict[str, Any]:
    """Return what scikit-learn takes: its messages are float64, unasked."""
    return {name: value for name, value in affinity.items() if name != "precision"}


def params(kind: str, **given: Any) -> dict[str, Any]:
    """Return all parameters of a kind, the others at their defaults."""
    unknown = set(given) - set(METHODS[kind].fields)
    assert not unknown
    return complete(METHODS[kind].fields, {**REQUIRED.get(kind, {}), **given})
