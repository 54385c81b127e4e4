"""Everything that two warehouses answer, to be compared."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from zsc_wh.sqlfiles import queries, tables

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse

Rows = list[tuple[Any, ...]]


def table_rows(warehouse: Warehouse) -> dict[str, Rows]:
    """Return all rows of all tables but the history of the file."""
    return {
        name: warehouse.read(f"select * from {name} order by all").rows
        for name in tables()
        if name != "schema_migration"
    }


def answers(warehouse: Warehouse) -> dict[str, Rows]:
    """Return the rows of every named query; those that need a cell get one."""
    cell = warehouse.read("select min(cell_key) from result").rows[0][0]
    found = {}
    for name, query in queries().items():
        needed = {param.name: cell for param in query.params if param.required}
        found[name] = warehouse.run_query(name, needed).rows
    return found


def differences(found: dict[str, Rows], expected: dict[str, Rows]) -> list[str]:
    """Return the queries whose rows are not the same.

    The last digits of a correlation or a mean differ from one call to the next, since
    threads add in the order in which they come; nothing else may.
    """
    return [
        name
        for name in found.keys() | expected.keys()
        if not all(
            _same(mine, other)
            for row, wanted in zip_longest(found[name], expected[name], fillvalue=())
            for mine, other in zip_longest(row, wanted, fillvalue="no value")
        )
    ]


def _same(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)
    return found == expected
