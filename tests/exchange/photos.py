"""Runs on one small dataset, by the study's mapping and by changed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.exchange.runs import UMAP, Row, study_runs, write_csv
from zsc_wh.exchange.mapping import shipped_mappings

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

SMALL: Row = {
    **UMAP,
    "model": "net",
    "dataset_name": "photos",
    "n_samples": 12,
    "num_cluster_true": 2,
    "num_cluster_pred": 2,
}
"""Changes of a run of the study: one on the dataset `photos`."""


def photos_file(tmp_path: Path, *changes: Row, name: str = "few.csv") -> Path:
    """Write runs on `photos`, each with changes."""
    rows = study_runs(len(changes))
    changed = [row | SMALL | more for row, more in zip(rows, changes, strict=True)]
    return write_csv(changed, tmp_path / name)


def study_with(tmp_path: Path, more: str, old: str = "", new: str = "") -> str:
    """Write the study's mapping with columns added, and something replaced."""
    text = shipped_mappings()["study"].read_text(encoding="utf-8")
    text = text.replace("-- name: study", "-- name: own")
    for before, after in ((old, new), ("    run.line,\n", f"    run.line,\n{more}")):
        assert before in text
        text = text.replace(before, after) if before else text
    file = tmp_path / "own.sql"
    file.write_text(text)
    return str(file)


def rows_of(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query in an order of their own."""
    return warehouse.read(f"{sql} order by all").rows
