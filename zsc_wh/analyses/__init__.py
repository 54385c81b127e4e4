"""What SQL cannot say of the answer of a named query: bootstraps and tests.

A query whose header has the line ``-- then: NAME`` hands its rows to the step of that
name, which adds columns to them; see `zsc_wh.analyses.step`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.analyses import (
    bootstrap,
    correlation,
    friedman,
    paired,
    recommending,
    resolution,
    signed_rank,
)
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
    "friedman": Step(
        "Friedman's test of ranks, and the groups that Nemenyi's does not tell apart",
        friedman.friedman,
        takes={
            "parts": "a list of the ranks in the blocks, blocks in one order",
            "comparison": "rows of one value are compared",
        },
        gives={
            "chi2": "double",
            "p_value": "double",
            "critical_difference": "double",
            "groups": "text",
        },
        params={"confidence": "double"},
    ),
    "signed_rank": Step(
        "Wilcoxon's signed-rank test of paired differences, exact with ties, too",
        signed_rank.signed_rank,
        takes={"differences": "a list of paired differences"},
        gives={"statistic": "double", "p_value": "double", "method": "text"},
        params={},
    ),
    "t_test": Step(
        "the p of a paired t",
        paired.t_test,
        takes={
            "t_value": "mean over standard error of the differences",
            "n_datasets": "how many differences these are",
        },
        gives={"p_value": "double"},
        params={},
    ),
    "holm": Step(
        "p corrected for the tests that are made together",
        paired.holm,
        takes={
            "p_value": "the p of a test, which a step before may give",
            "comparison": "rows of one value are corrected together",
        },
        gives={"p_holm": "double"},
        params={},
    ),
    "resolution": Step(
        "whether two are told apart, and how many datasets that takes",
        resolution.resolution,
        takes={
            "delta_pp": "mean of the paired differences",
            "sd_pp": "their sample standard deviation",
            "p_value": "the p of their t test, which a step before may give",
        },
        gives={"told_apart": "boolean", "n_datasets_needed": "bigint"},
        params={"confidence": "double", "power": "double"},
    ),
    "spearman": Step(
        "the interval of a rank correlation, by resampling the datasets",
        correlation.spearman,
        takes={
            "x": "a list of the first value of each point",
            "y": "a list of the second value of each point",
            "datasets": "a list with the dataset of each point",
        },
        gives={"low": "double", "high": "double"},
        params={"resamples": "integer", "confidence": "double"},
    ),
    "recommend": Step(
        "the recipes of a dataset ranked without its labels, and how far to trust that",
        recommending.recommend,
        takes={
            "recipe": "a recipe, as the macro measured_recipe has it",
            "labelled": "in the first row, a list of the recipes of labelled datasets",
        },
        gives=recommending.RANKED,
        params={},
    ),
    "judge": Step(
        "what choosing by a selector loses on labelled datasets",
        recommending.judge,
        takes={
            "selector": "name of the selector",
            "dataset": "name of the dataset, NULL for the mean over datasets",
            "labelled": "in the first row, a list of the recipes of labelled datasets",
        },
        gives=recommending.JUDGED,
        params={"resamples": "integer", "confidence": "double"},
    ),
}
"""Steps by the name that a header gives them."""
