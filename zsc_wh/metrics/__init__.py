"""Scores of an assignment: against labels, and by the distances between samples.

Arrays go in and scores come out; nothing here knows the warehouse. The package imports
numpy and scipy when it is imported, so it is for stages and their planning alone.
"""

from __future__ import annotations

from zsc_wh.metrics.dispersion import dispersion_peak_bytes
from zsc_wh.metrics.labels import noise_as_cluster, trivial
from zsc_wh.metrics.supervised import external_scores
from zsc_wh.metrics.unsupervised import (
    internal_peak_bytes,
    internal_scores,
    silhouette_peak_bytes,
    silhouettes,
)

__all__ = [
    "dispersion_peak_bytes",
    "external_scores",
    "internal_peak_bytes",
    "internal_scores",
    "noise_as_cluster",
    "silhouette_peak_bytes",
    "silhouettes",
    "trivial",
]
