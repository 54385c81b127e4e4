from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.exchange.photos import photos_file, rows_of, study_with
from zsc_wh.exchange import export, import_runs, restore
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def versioned(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """Return a warehouse whose grid, encoder and reducer have an older version."""
    facts = "'cls' as encoder_feature,\n"
    import_runs(warehouse, [photos_file(tmp_path, {})], study_with(tmp_path, facts))
    import_runs(warehouse, [photos_file(tmp_path, {}, {"seed": 2})], "study")
    export(warehouse, tmp_path / "backup")
    return warehouse


def _all_versions(warehouse: Warehouse, *names: str) -> list[list[tuple[Any, ...]]]:
    """Return the rows of names and grids, and of named cells, without other names."""
    kept = f"name not in ({', '.join(map(repr, names)) or 'null'})" if names else "true"
    return [
        rows_of(warehouse, f"select * from name_version where {kept}"),
        rows_of(warehouse, f"select * from grid_version where {kept}"),
        rows_of(warehouse, "select * from named_cell where encoder like 'net%'"),
    ]


def test_versions_survive_a_round_trip(versioned: Warehouse, tmp_path: Path) -> None:
    """Their numbers, their times, and which of them is the newest."""
    restored = Warehouse(tmp_path / "new.duckdb")
    restore(restored, tmp_path / "backup")
    expected = _all_versions(versioned)
    assert {row[2] for row in expected[0]} >= {None}
    assert "net@1" in {row[4] for row in expected[0]}
    assert _all_versions(restored) == expected


def test_versions_survive_beside_other_content(
    versioned: Warehouse, tmp_path: Path, empty_warehouse_file: Path
) -> None:
    """Names of two warehouses do not change each other's versions."""
    shutil.copy(empty_warehouse_file, tmp_path / "other.duckdb")
    other = Warehouse(tmp_path / "other.duckdb")
    changes = {"model": "else", "dataset_name": "others"}
    file = photos_file(tmp_path, changes, changes, name="others.csv")
    import_runs(other, [file], "study")
    mine = rows_of(other, "select * from named_cell where encoder = 'else'")
    restore(other, tmp_path / "backup")
    methods = ("umap-50", "kmeans")
    assert _all_versions(other, "else", "others", *methods) == _all_versions(
        versioned, *methods
    )
    assert rows_of(other, "select * from named_cell where encoder = 'else'") == mine


def test_an_older_export_does_not_become_the_newest(
    versioned: Warehouse, tmp_path: Path
) -> None:
    """What was declared after it stays what the names mean."""
    facts = "'gap' as encoder_feature,\n"
    import_runs(versioned, [photos_file(tmp_path, {})], study_with(tmp_path, facts))
    expected = _all_versions(versioned)
    new = restore(versioned, tmp_path / "backup")
    assert {table.new for table in new} == {0}
    assert _all_versions(versioned) == expected


def test_a_newer_export_brings_what_the_names_mean_now(
    versioned: Warehouse, tmp_path: Path, empty_warehouse_file: Path
) -> None:
    """Into a warehouse of the state before, as if it had gone on there."""
    shutil.copy(empty_warehouse_file, tmp_path / "older.duckdb")
    older = Warehouse(tmp_path / "older.duckdb")
    restore(older, tmp_path / "backup")
    facts = "'gap' as encoder_feature,\n"
    import_runs(versioned, [photos_file(tmp_path, {})], study_with(tmp_path, facts))
    export(versioned, tmp_path / "later")
    restore(older, tmp_path / "later")
    assert _all_versions(older) == _all_versions(versioned)


def test_two_sizes_of_one_name_are_two_things(
    warehouse: Warehouse, tmp_path: Path, empty_warehouse_file: Path
) -> None:
    """Two warehouses that call other data the same keep both, one as a version."""
    shutil.copy(empty_warehouse_file, tmp_path / "other.duckdb")
    other = Warehouse(tmp_path / "other.duckdb")
    import_runs(other, [photos_file(tmp_path, {"n_samples": 14})], "study")
    import_runs(warehouse, [photos_file(tmp_path, {})], "study", grid="mine")
    export(other, tmp_path / "backup")
    restore(warehouse, tmp_path / "backup")
    assert rows_of(warehouse, "select dataset, n_samples from result") == [
        ("photos", 12),
        ("photos@1", 14),
    ]
