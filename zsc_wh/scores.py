"""What a score is, and which metrics there are, with their ranges.

The one place that knows them: catalogs, imports and probes take names and ranges from
here, and a test holds the audit ``score_in_range`` to them. Pure data; the numerics are
in `zsc_wh.metrics` and `zsc_wh.probes`, and ``ingest/catalog/scores.toml`` declares the
scores that grids can name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Score(NamedTuple):
    """Value of a metric, or the reason why it has none; exactly one is ``None``."""

    value: float | None
    reason: str | None


def scored(value: float) -> Score:
    """Return a defined score; a number that is not finite is never one."""
    if math.isfinite(value):
        return Score(float(value), None)
    return Score(None, "the score is too large for a float")


def undefined(reason: str) -> Score:
    """Return a score without a value."""
    return Score(None, reason)


@dataclass(frozen=True)
class Metric:
    """One metric: what it says and how to read its number.

    Parameters
    ----------
    doc : str
        One line for people.
    low, high : float
        Inclusive range; infinite where there is no bound.
    higher_is_better : bool
        False where a lower value means better clusters.
    symmetric : bool
        Whether swapping labels and assignment leaves it unchanged; only external
        metrics can be.
    adjusted : bool
        Whether its expected value on a random assignment is 0.
    """

    doc: str
    low: float
    high: float
    higher_is_better: bool = True
    symmetric: bool = False
    adjusted: bool = False


EXTERNAL: Mapping[str, Metric] = {
    "ami": Metric(
        "adjusted mutual information, over the mean of both entropies",
        -math.inf,
        1.0,
        symmetric=True,
        adjusted=True,
    ),
    "ami_true": Metric(
        "adjusted mutual information, over the entropy of the labels",
        -math.inf,
        1.0,
        adjusted=True,
    ),
    "nmi": Metric(
        "mutual information over the mean of both entropies", 0.0, 1.0, symmetric=True
    ),
    "ari": Metric("adjusted Rand index", -0.5, 1.0, symmetric=True, adjusted=True),
    "fowlkes_mallows": Metric(
        "geometric mean of precision and recall over pairs of samples",
        0.0,
        1.0,
        symmetric=True,
    ),
    "homogeneity": Metric(
        "share of the entropy of the labels that the assignment explains", 0.0, 1.0
    ),
    "completeness": Metric(
        "share of the entropy of the assignment that the labels explain", 0.0, 1.0
    ),
    "clustering_accuracy": Metric(
        "share of the samples whose cluster is matched with their class, by the best "
        "matching of one cluster with each class",
        0.0,
        1.0,
        symmetric=True,
    ),
}
"""Metrics of an assignment against labels."""

INTERNAL: Mapping[str, Metric] = {
    "silhouette": Metric(
        "mean over samples of (b - a) / max(a, b), a the mean distance within the"
        " cluster, b to the nearest other one",
        -1.0,
        1.0,
    ),
    "silhouette_cosine": Metric(
        "the silhouette by cosine distance, 1 - cos of the angle between samples",
        -1.0,
        1.0,
    ),
    "silhouette_manhattan": Metric(
        "the silhouette by Manhattan distance, the sum of absolute differences",
        -1.0,
        1.0,
    ),
    "silhouette_sampled": Metric(
        "mean silhouette of 5,000 samples at random, each against all samples; of all "
        "samples where there are no more",
        -1.0,
        1.0,
    ),
    "silhouette_sampled_low": Metric(
        "lower end of the 95 % interval of the mean over all samples, from those of "
        "silhouette_sampled",
        -1.0,
        1.0,
    ),
    "silhouette_sampled_high": Metric(
        "upper end of the 95 % interval of the mean over all samples, from those of "
        "silhouette_sampled",
        -1.0,
        1.0,
    ),
    "calinski_harabasz": Metric(
        "dispersion between clusters over dispersion within, per degree of freedom",
        0.0,
        math.inf,
    ),
    "davies_bouldin": Metric(
        "mean over clusters of the worst ratio of spread to centroid distance",
        0.0,
        math.inf,
        higher_is_better=False,
    ),
}
"""Metrics of the clusters alone, by Euclidean distance unless the name says another."""

SILHOUETTES: Mapping[str, str] = {
    "silhouette": "euclidean",
    "silhouette_cosine": "cosine",
    "silhouette_manhattan": "manhattan",
}
"""The distance of each exact silhouette."""

SAMPLED = 5000
"""Samples whose silhouettes the metrics of `SAMPLED_SILHOUETTES` average. Silhouettes
have a standard deviation of 0.2 to 0.3, so the mean is within about 0.01 of the exact.
"""

SAMPLED_SILHOUETTES = (
    "silhouette_sampled",
    "silhouette_sampled_low",
    "silhouette_sampled_high",
)
"""The estimate by samples, and the ends of its interval; by Euclidean distance."""

METRICS: Mapping[str, Metric] = {**EXTERNAL, **INTERNAL}
"""Metrics of an assignment, by name."""

PROBED: Mapping[str, Metric] = {
    "accuracy": Metric("share of the samples whose class is predicted", 0.0, 1.0),
    "top5": Metric("share of the samples whose class is among the best five", 0.0, 1.0),
    "balanced_accuracy": Metric("mean over classes of the share predicted", 0.0, 1.0),
    "f1_micro": Metric("F1 over all samples", 0.0, 1.0),
    "f1_macro": Metric("mean over classes of F1", 0.0, 1.0),
    "f1_weighted": Metric("mean over classes of F1, by their samples", 0.0, 1.0),
    "cross_entropy": Metric(
        "mean over samples of minus the log-likelihood of the class, in nats",
        0.0,
        math.inf,
        higher_is_better=False,
    ),
    "learning_rate": Metric("the rate that was chosen; no score", 0.0, math.inf),
}
"""What probes record, by name."""


def check_names(names: Iterable[str], known: Mapping[str, Metric]) -> None:
    """Refuse a metric that is not in `known`.

    Raises
    ------
    ConfigError
        With the nearest name.
    """
    for name in names:
        if name not in known:
            raise ConfigError(
                what=f"no metric '{name}' here{nearest(name, known)}",
                hint=f"Use one of {', '.join(known)}.",
            )
