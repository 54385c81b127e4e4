"""Clusterers: from features to one cluster for every sample, or noise.

Importing this package imports no numeric library but NumPy, so that a plan can check
declarations and forecast costs anywhere.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zsc_wh.clusterers.affinity import AFFINITY
from zsc_wh.clusterers.agglomerative import AGGLOMERATIVE
from zsc_wh.clusterers.hdbscan import HDBSCAN
from zsc_wh.clusterers.kmeans import KMEANS
from zsc_wh.clusterers.method import ClustererMethod, Clustering
from zsc_wh.clusterers.python import PYTHON
from zsc_wh.clusterers.spectral import SPECTRAL

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS: Mapping[str, ClustererMethod[Any]] = MappingProxyType(
    {
        method.name: method
        for method in (KMEANS, SPECTRAL, AGGLOMERATIVE, AFFINITY, HDBSCAN, PYTHON)
    }
)
"""Every kind of clusterer, by the name that declarations use."""

__all__ = ["METHODS", "ClustererMethod", "Clustering"]
