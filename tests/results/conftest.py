from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.conftest import stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.queries.made import Made
    from zsc_wh.warehouse import Warehouse

    Store = Callable[[Made], Warehouse]


@pytest.fixture
def store(tmp_path: Path, empty_warehouse_file: Path) -> Store:
    """Return a function that writes made-up rows into a warehouse of their own."""
    count = iter(range(9))
    return lambda made: stored(
        made, empty_warehouse_file, tmp_path / f"{next(count)}.duckdb"
    )
