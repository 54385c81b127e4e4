"""Declarations: what the TOML files of `ingest/` and of users say, checked whole."""

from __future__ import annotations

from zsc_wh.declare.catalog import read_catalog
from zsc_wh.declare.cells import DeclaredCell
from zsc_wh.declare.entries import (
    KINDS,
    Catalog,
    Clusterer,
    Dataset,
    Encoder,
    Entry,
    Probe,
    Recipe,
    Reducer,
    Score,
)
from zsc_wh.declare.grid import Grid, grid_file, needed, read_grids, shipped_grids
from zsc_wh.declare.scope import select

__all__ = [
    "KINDS",
    "Catalog",
    "Clusterer",
    "Dataset",
    "DeclaredCell",
    "Encoder",
    "Entry",
    "Grid",
    "Probe",
    "Recipe",
    "Reducer",
    "Score",
    "grid_file",
    "needed",
    "read_catalog",
    "read_grids",
    "select",
    "shipped_grids",
]
