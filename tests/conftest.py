"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from zsc_wh.compiling import code_kept
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path


settings.register_profile("few", max_examples=3)
"""For a second run on another DuckDB: what is in question is the SQL."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep what numba compiles, as an ingest does; else each process compiles UMAP."""
    kept = ExitStack()
    os.environ.update(kept.enter_context(code_kept(warnings.warn)))
    config.add_cleanup(kept.close)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process waits for it at the end.

    The modules go to the processes in this order (``--no-loadscope-reorder``).
    """
    slow = {
        item.nodeid.partition("::")[0]
        for item in items
        if item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in slow)


@pytest.fixture(scope="session")
def empty_warehouse_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse file that was just made; copy it, do not write to it."""
    path = tmp_path_factory.mktemp("empty") / "empty.duckdb"
    Warehouse(path).create()
    return path


@pytest.fixture
def warehouse(tmp_path: Path, empty_warehouse_file: Path) -> Warehouse:
    """Return an empty warehouse of the test's own."""
    path = tmp_path / "test.duckdb"
    shutil.copy(empty_warehouse_file, path)
    return Warehouse(path)
