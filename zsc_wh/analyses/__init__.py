"""What SQL cannot say of the answer of a named query: bootstraps and tests.

A query whose header has the line ``-- then: NAME`` hands its rows to the step of that
name, which adds columns to them; see `zsc_wh.analyses.step`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.analyses import bootstrap
from zsc_wh.analyses.step import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STEPS", "Step"]

STEPS: Mapping[str, Step] = {
    "intervals": Step(
        "the interval of a mean, by resampling the datasets",
        bootstrap.intervals,
        takes={
            "parts": "a list of the values that the mean is made of",
            "datasets": "a list with the dataset of each",
        },
        gives={"low": "double", "high": "double"},
        params={"resamples": "integer", "confidence": "double"},
    ),
}
"""Steps by the name that a header gives them."""
