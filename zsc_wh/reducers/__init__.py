"""Reducers: from (n_samples, n_features) to fewer features, `none` included.

Importing this package imports no numeric library but NumPy, so that a plan can check
declarations and forecast costs anywhere.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zsc_wh.reducers.linear import NONE, PCA
from zsc_wh.reducers.manifold import UMAP
from zsc_wh.reducers.method import Reduced, ReducerMethod
from zsc_wh.reducers.pacmap import PACMAP
from zsc_wh.reducers.python import PYTHON
from zsc_wh.reducers.tsne import TSNE

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS: Mapping[str, ReducerMethod[Any]] = MappingProxyType(
    {method.name: method for method in (NONE, PCA, UMAP, PACMAP, TSNE, PYTHON)}
)
"""Every kind of reducer, by the name that declarations use."""

__all__ = ["METHODS", "Reduced", "ReducerMethod"]
