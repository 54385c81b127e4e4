"""Rows of the catalog for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zsc_wh.declare import (
    Catalog,
    Entry,
    needed,
    read_catalog,
    read_grids,
    shipped_grids,
)
from zsc_wh.upkeep.data import DataState, data_states
from zsc_wh.warehouse import Rows

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "encoders": ("family", "backbone", "objective", "image_size", "loader"),
    "datasets": (
        "domain_group",
        "expected",
        "train",
        "subset",
        "loader",
        "homepage",
        "licence",
    ),
    "reducers": ("kind", "params"),
    "clusterers": ("slot", "kind", "k_source", "standardise", "params"),
    "scores": ("metric", "space", "subset", "reducer"),
    "probes": ("kind", "params"),
}


def entry_rows(catalog: Catalog, kind: str) -> Rows:
    """Return one row an entry: name, title, tags and what matters of its kind."""
    columns = ("name", "title", "tags", *_SHOWN[kind])
    entries: Mapping[str, Entry] = getattr(catalog, kind)
    rows: list[tuple[object, ...]] = [
        tuple(_shown(getattr(entry, column)) for column in columns)
        for entry in entries.values()
    ]
    return Rows(columns, ("VARCHAR",) * len(columns), rows)


def data_rows(catalog: Catalog, progress: Callable[[str, int, int], None]) -> Rows:
    """Return one row a dataset: whether it is here, and where to get it.

    See `data_states`.
    """
    types = ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER", *["VARCHAR"] * 4)
    return Rows(DataState._fields, types, [*data_states(catalog, progress)])


def recipe_rows(catalog: Catalog) -> Rows:
    """Return one row a recipe, encoder and slot."""
    rows: list[tuple[object, ...]] = [
        (recipe.name, encoder, slot, step.reducer, step.clusterer)
        for recipe in catalog.recipes.values()
        for encoder, steps in recipe.rows.items()
        for slot, step in steps.items()
    ]
    columns = ("recipe", "encoder", "slot", "reducer", "clusterer")
    return Rows(columns, ("VARCHAR",) * len(columns), rows)


def grid_rows(catalogs: Sequence[Path]) -> Rows:
    """Return one row a shipped grid; one that needs another recipe has no cells yet."""
    known = read_catalog(catalogs).recipes
    rows: list[tuple[object, ...]] = []
    for name, path in shipped_grids().items():
        needs = ", ".join(recipe for recipe in needed(path) if recipe not in known)
        if needs:
            rows.append((name, None, None, needs))
            continue
        (grid,), _ = read_grids([str(path)], catalogs)
        scores = ", ".join(score.name for score in grid.scores)
        rows.append((name, len(grid.cells), scores, None))
    columns = ("grid", "cells", "scores", "needs_recipe")
    return Rows(columns, ("VARCHAR", "INTEGER", "VARCHAR", "VARCHAR"), rows)


def _shown(value: Any) -> object:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items() if v is not None)
    if isinstance(value, tuple):
        return ", ".join(f"@{tag}" for tag in value)
    return value
