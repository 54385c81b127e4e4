"""Probes: how well the labels of one dataset can be told from the features of another.

A clustering uses no labels; a probe says what they would have given, so that clusters
can be compared with it. References come from a train split, the score from a test split
that was embedded by the same frozen encoder.

Importing this package imports no numeric library but NumPy, so that a plan can check
declarations and forecast costs anywhere.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zsc_wh.probes.knn import KNN
from zsc_wh.probes.labels import not_applicable, union_labels
from zsc_wh.probes.linear import LINEAR
from zsc_wh.probes.method import Labelled, ProbeMethod, ProbeResult, ProbeScore

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS: Mapping[str, ProbeMethod[Any]] = MappingProxyType(
    {method.name: method for method in (KNN, LINEAR)}
)
"""Every kind of probe, by the name that declarations use."""

__all__ = [
    "METHODS",
    "Labelled",
    "ProbeMethod",
    "ProbeResult",
    "ProbeScore",
    "not_applicable",
    "union_labels",
]
