"""Remove rows of a warehouse, all that hangs on them included.

What goes is found before anything is removed, so that the removal of one thing does not
change how the next one is judged. All of it is in the transaction of the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.records import CELL_NAMES
from zsc_wh.upkeep.useless import COUNTED, PLACE, USELESS
from zsc_wh.warehouse.arrays import removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COUNTS = " union all ".join(
    f"select '{step}', count(*) from {step}"  # noqa: S608 - fixed names
    for step in COUNTED
)
"""SQL for the name and the number of rows of each of `COUNTED`."""


def with_steps(steps: Mapping[str, str], select: str) -> str:
    """Return one query: the steps, and a select that names them."""
    parts = ",\n".join(f"{name} as ({sql})" for name, sql in steps.items())
    return f"with {parts}\n{select}"


def make_tables(
    connection: Any, steps: Mapping[str, str], params: Mapping[str, Any] | None = None
) -> None:
    """Keep the result of every step as a temporary table of the connection."""
    for name, sql in steps.items():
        # DuckDB refuses a parameter that the statement does not use
        own = {key: value for key, value in (params or {}).items() if f"${key}" in sql}
        connection.execute(f"create temp table {name} as {sql}", own)


def remove_useless(connection: Any) -> None:
    """Remove what nothing needs."""
    make_tables(connection, USELESS)
    remove_runs(connection, "select cell_key from useless_cell")
    remove_arrays(connection, "select key from useless_array")
    for table, condition in _conditions():
        connection.execute(f"delete from {table} where {condition}")  # noqa: S608 - fixed names
    remove_same(connection, "grid_cell", "useless_place", PLACE)
    names = "grid_key, kind, name, dataset"
    remove_same(connection, "grid_name", "useless_named", names)
    for kind in CELL_NAMES:
        versions = f"(select * from useless_version where kind = '{kind}')"  # noqa: S608 - fixed names
        remove_same(connection, f"{kind}_name", versions, "name, meaning")
    rename_cut_grids(connection)


def remove_runs(connection: Any, cells: str) -> None:
    """Remove the runs of cells, with scores and assignments.

    `cells` is SQL that selects the keys of the cells.
    """
    runs = f"select run_key from run where cell_key in ({cells})"  # noqa: S608 - ours
    for table in ("score", "assignment", "run"):
        connection.execute(f"delete from {table} where run_key in ({runs})")  # noqa: S608 - fixed names


def remove_arrays(connection: Any, keys: str) -> None:
    """Remove the rows of arrays, and those of other tables that go with them.

    `keys` is SQL that selects the keys of the arrays.
    """
    for table, column in removal():
        connection.execute(f"delete from {table} where {column} in ({keys})")  # noqa: S608 - fixed names


def rename_cut_grids(connection: Any) -> None:
    """Give declarations of grids that lost a part another key.

    The key of a declaration stands for all of it: an ingest that finds it in the
    warehouse would not declare again what was removed. The temporary table `cut_grid`
    holds the keys of those concerned.
    """
    connection.execute(
        # with the time: a declaration that is renewed later can be cut again
        "create temp table renamed as"
        " select grid_key, sha256(concat_ws(' ', 'cut', grid_key, declared_at)) as new"
        " from grid_version semi join cut_grid using (grid_key)"
    )
    for table in ("grid", "grid_cell", "grid_name", "grid_score"):
        connection.execute(
            f"update {table} set grid_key = renamed.new from renamed"  # noqa: S608 - fixed names
            f" where {table}.grid_key = renamed.grid_key"
        )


def remove_same(connection: Any, table: str, other: str, columns: str) -> None:
    """Remove the rows of a table whose `columns` are those of a row of another."""
    connection.execute(
        f"delete from {table} where rowid in (select {table}.rowid from {table}"  # noqa: S608 - fixed names
        f" semi join {other} as other using ({columns}))"
    )


def _conditions() -> Iterator[tuple[str, str]]:
    """Yield tables and which of their rows go, by the tables of `USELESS`."""
    for table in ("score", "array_score", "label"):
        yield table, "label_key in (select label_key from useless_label)"
    for table in ("probe_score", "probe"):
        yield table, "probe_key not in (select probe_key from kept_probe)"
    for table in ("grid_cell", "grid_name", "grid_score", "grid"):
        yield table, "grid_key in (select grid_key from useless_grid)"
    yield "cell", "cell_key in (select cell_key from useless_cell)"
    for kind in (*CELL_NAMES, "listing"):
        things = f"select key from useless_thing where kind = '{kind}'"  # noqa: S608 - fixed names
        yield kind, f"{kind}_key in ({things})"
    labellings = "select labelling_key from kept_dataset_name"
    yield "label_level", f"labelling_key not in ({labellings})"
