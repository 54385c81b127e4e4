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
from zsc_wh.clusterers.plscan import PLSCAN
from zsc_wh.clusterers.python import PYTHON
from zsc_wh.clusterers.spectral import SPECTRAL
from zsc_wh.clusterers.trees import TreeClusterer

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS: Mapping[str, ClustererMethod[Any]] = MappingProxyType(
    {
        method.name: method
        for method in (
            KMEANS,
            SPECTRAL,
            AGGLOMERATIVE,
            AFFINITY,
            HDBSCAN,
            PLSCAN,
            PYTHON,
        )
    }
)
"""Every kind of clusterer, by the name that declarations use."""

TREES: Mapping[str, TreeClusterer[Any]] = MappingProxyType(
    {
        name: method
        for name, method in METHODS.items()
        if isinstance(method, TreeClusterer)
    }
)
"""Those of them that grow a tree of merges and cut it."""

__all__ = ["METHODS", "TREES", "ClustererMethod", "Clustering"]
