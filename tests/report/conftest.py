"""Fixtures of the report tests: warehouses with something in every section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.report.filled import make_filled
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.made import Made


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Made], Warehouse]:
    """Return a function that writes rows into a new warehouse, with all audits."""

    def stored(made: Made) -> Warehouse:
        warehouse = Warehouse(tmp_path_factory.mktemp("warehouse") / "study.duckdb")
        warehouse.create()
        if made.rows:
            warehouse.write(made.fill)
        return warehouse

    return stored


@pytest.fixture(scope="session")
def filled_warehouse(store: Callable[[Made], Warehouse]) -> Warehouse:
    """Return a warehouse with results of every kind."""
    return store(make_filled())


@pytest.fixture
def overview() -> Path:
    """Return the shipped definition."""
    from zsc_wh.report.definition import find_definition

    return find_definition("overview")
