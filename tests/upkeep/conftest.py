from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.engine.conftest import make_grid, module_grid, zscwh
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

    Fill = Callable[[Made], Warehouse]

__all__ = ["ARRAY", "contents", "make_grid", "module_grid", "zscwh"]

ARRAY = np.arange(4, dtype=np.float32).reshape(2, 2)
"""Stored under the key of every made-up embedding and reduction."""


@pytest.fixture
def fill(tmp_path: Path, empty_warehouse_file: Path) -> Fill:
    """Return a function that writes made-up rows and stores all their arrays."""
    count = iter(range(9))

    def write(made: Made) -> Warehouse:
        path = tmp_path / f"made-{next(count)}.duckdb"
        warehouse = stored(made, empty_warehouse_file, path)
        store = Store(warehouse.store_path)
        for array in [*made.rows["embedding"], *made.rows["reduction"]]:
            store.put(array, ARRAY, lambda _: {})
        return warehouse

    return write


@pytest.fixture
def made() -> Made:
    """Declare an encoder, a reducer and a clusterer, and no dataset."""
    made = Made()
    made.encoder("e")
    made.reducer("none")
    made.clusterer("kmeans")
    return made


def contents(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables but the log of tasks."""
    from zsc_wh.sqlfiles import tables

    names = [name for name in tables() if name != "task"]
    rows = warehouse.read_all(f"from {name} order by all" for name in names)
    return dict(zip(names, rows, strict=True))
