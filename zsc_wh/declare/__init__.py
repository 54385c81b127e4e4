"""Declarations: what the TOML files of `ingest/` and of users say, checked whole."""

from __future__ import annotations

from zsc_wh.declare.catalog import read_catalog
from zsc_wh.declare.entries import (
    KINDS,
    Catalog,
    Clusterer,
    Dataset,
    Encoder,
    Entry,
    Reducer,
    Score,
)
from zsc_wh.declare.grid import (
    DeclaredCell,
    Grid,
    grid_file,
    read_grids,
    shipped_grids,
)

__all__ = [
    "KINDS",
    "Catalog",
    "Clusterer",
    "Dataset",
    "DeclaredCell",
    "Encoder",
    "Entry",
    "Grid",
    "Reducer",
    "Score",
    "grid_file",
    "read_catalog",
    "read_grids",
    "shipped_grids",
]
