"""Fixtures of the exchange tests: warehouses filled in several ways."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.exchange.runs import study_runs, write_csv
from tests.report.filled import make_filled
from zsc_wh.exchange import export, import_runs
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, empty_warehouse_file: Path) -> Path:
    """Return a warehouse with rows in every table and names with versions.

    Copy it, do not write to it.
    """
    path = tmp_path_factory.mktemp("made") / "made.duckdb"
    shutil.copy(empty_warehouse_file, path)
    rows = make_filled()
    rows.rows["dataset_name"]["folder"] |= {
        "ignored": [None, "a 'b'.txt", ""],
        "subset": '{"n":  240, "seed": 0.10}',
    }
    rows.encoder("resnet50", "supervised", content="resnet50, other weights", day=1)
    again = rows.cell("resnet50", "animals", "umap-50", "kmeans", seed=2)
    rows.run(again, {"ami": 0.6}, labels=[0] * 240)
    rows.grid("again", [again], day=1)
    Warehouse(path).write(rows.fill)
    Warehouse(path).write(
        lambda con: con.execute(
            "insert into shard values"
            " ('aa', 1, 7, 'first', '2024-05-06 07:08:09.123456+02'),"
            " ('bb', 5, 9, 'später', '2024-05-07 00:00:00+00')"
        ).fetchall()
    )
    return path


@pytest.fixture(scope="session")
def exported(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export of `made`; copy it, do not write to it."""
    folder = tmp_path_factory.mktemp("exported") / "backup"
    export(Warehouse(made), folder)
    return folder


@pytest.fixture(scope="session")
def runs_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV file with 1,000 runs in the field names of the study."""
    return write_csv(study_runs(), tmp_path_factory.mktemp("runs") / "study_runs.csv")


@pytest.fixture(scope="session")
def imported(
    runs_csv: Path, empty_warehouse_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a warehouse that holds `runs_csv`; copy it, do not write to it."""
    path = tmp_path_factory.mktemp("imported") / "imported.duckdb"
    shutil.copy(empty_warehouse_file, path)
    import_runs(Warehouse(path), [runs_csv], "study")
    return path
