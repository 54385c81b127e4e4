"""Hold rows to what they refer to, as the headers of ``schema/tables`` declare it."""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import Statement, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.sqlreferences import Reference


@cache
def reference_audit() -> Statement:
    """Return the audit that finds every row that refers to nothing."""
    declared = [
        (table.name, one) for table in tables().values() for one in table.references
    ]
    return Statement(
        name="reference",
        doc="what a row refers to exists",
        reads=tuple(
            sorted({name for table, one in declared for name in (table, *one.parents)})
        ),
        sql="\nunion all\n".join(
            f"select '{table}.{one.column}' as reference, "  # noqa: S608 - our files
            f"'{' and '.join(one.parents)}' as missing_from, "
            f"cast({table}.{one.column} as varchar) as key "
            f"from {table} where {dangles(table, one)}"
            + (f" and ({one.condition})" if one.condition else "")
            for table, one in declared
        ),
        path=data_folder("schema") / "tables",
    )


def dangles(table: str, reference: Reference) -> str:
    """Return the SQL condition that a row of `table` refers to nothing."""
    name = reference.column
    condition = f"{table}.{name} is not null"
    for parent in reference.parents:
        known = tables()[parent]
        found = name if name in known.columns else known.key[0]
        condition += (
            f" and not exists (from {parent} where {parent}.{found} = {table}.{name})"
        )
    return condition


def left_out() -> Iterator[tuple[str, Reference]]:
    """Yield the references whose rows may be left out, with their table.

    What is referred to comes first, since leaving it out leaves out what is about it.
    """
    parents = {
        table.name: {parent for one in table.references for parent in one.parents}
        for table in tables().values()
    }
    for name in TopologicalSorter(parents).static_order():
        for reference in tables()[name].references:
            if reference.is_left_out:
                yield name, reference
