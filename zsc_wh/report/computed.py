"""What a figure can ask besides queries: rows that no SQL gives.

Each is declared as a query is, with parameters and columns, so that a definition names
it in the same way and is checked in the same way; a function gives its rows. What
stands in place of SQL is the command that prints the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.report import cell_rows, compare_columns
from zsc_wh.sqlfiles import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Warehouse

    Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Computed:
    """A declaration, and the function that gives its rows out of a warehouse.

    The function takes the parameters by name. It raises a `DataError` where there is
    nothing to show; the section then says so.
    """

    query: Query
    rows: Callable[..., Rows]


COMPUTED: Mapping[str, Computed] = {
    query.name: Computed(query, rows)
    for query, rows in (*cell_rows.DECLARED, *compare_columns.DECLARED)
}
"""All of them, by name."""


def askable(folders: Iterable[Path]) -> dict[str, Query]:
    """Return what a figure can ask: named queries, and what is computed."""
    known = {name: computed.query for name, computed in COMPUTED.items()}
    return {**known, **queries(*folders)}


def rows_of(
    query: Query, warehouse: Warehouse, params: Mapping[str, Any]
) -> Rows | None:
    """Return the rows of what is computed, None for a query of SQL.

    A column that a row does not speak of is None in it.

    Raises
    ------
    DataError
        Where there is nothing to show, with the reason.
    QueryError
        For a wrong value of a parameter.
    """
    from zsc_wh.warehouse.params import bind

    # a query of the user's own may have the name
    computed = COMPUTED.get(query.name)
    if computed is None or computed.query is not query:
        return None
    columns = {column.name: None for column in query.columns}
    return [columns | row for row in computed.rows(warehouse, **bind(query, params))]
