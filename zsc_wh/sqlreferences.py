"""References between tables, as the headers of their files declare them.

One line each: ``column table``, followed by what is special about it::

    run_key run, else left out
    array_key embedding or reduction
    label_key label if score.label_key <> ''

The value of the column is in the column of that name in the table named (or in one of
them), or in the first column of its key; NULL refers to nothing. A condition says which
rows refer to anything. A row that is *else left out* is about something that may have
been forgotten while its shard was on its way: the loader drops it instead of refusing
the shard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from zsc_wh.sqlheader import fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zsc_wh.sqlfiles import Table

_LINE = re.compile(
    r"(?P<column>[a-z][a-z0-9_]*) (?P<parents>[a-z][a-z_]*(?: or [a-z][a-z_]*)*)"
    r"(?P<left_out>, else left out)?(?: if (?P<condition>\S.*))?$"
)


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another table.

    Parameters
    ----------
    column : str
        The column.
    parents : tuple of str
        Tables; the row is in one of them.
    is_left_out : bool
        Whether a row that refers to nothing is dropped when it is loaded.
    condition : str or None
        SQL: which rows refer to something; None for all.
    """

    column: str
    parents: tuple[str, ...]
    is_left_out: bool
    condition: str | None


def read_reference(item: tuple[int, str], path: Path) -> Reference:
    """Read one line of ``-- refers:``.

    Raises
    ------
    ConfigError
        When it is malformed; names file and line.
    """
    line, text = item
    match = _LINE.match(text)
    if match is None:
        hint = "Write 'column table', then ', else left out' or 'if CONDITION'."
        raise fault(path, line, f"not a reference: {text}", hint)
    return Reference(
        column=match["column"],
        parents=tuple(match["parents"].split(" or ")),
        is_left_out=match["left_out"] is not None,
        condition=match["condition"],
    )


def dangling_rows(tables: Mapping[str, Table]) -> str:
    """Return the SELECT of all rows that refer to nothing, in `tables`."""
    return "\nunion all\n".join(
        f"select '{table.name}.{reference.column}' as reference, "  # noqa: S608 - our files
        f"'{' and '.join(reference.parents)}' as missing_from, "
        f"cast({table.name}.{reference.column} as varchar) as key "
        f"from {table.name} where {dangles(table.name, reference, tables)}"
        + (f" and ({reference.condition})" if reference.condition else "")
        for table in tables.values()
        for reference in table.references
    )


def related(tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Return the names of all tables that refer to one or are referred to."""
    names = set()
    for table in tables.values():
        for reference in table.references:
            names |= {table.name, *reference.parents}
    return tuple(sorted(names))


def dangles(table: str, reference: Reference, tables: Mapping[str, Table]) -> str:
    """Return the SQL condition that a row of `table` refers to nothing."""
    name = reference.column
    condition = f"{table}.{name} is not null"
    for parent in reference.parents:
        found = name if name in tables[parent].columns else tables[parent].key[0]
        condition += (
            f" and not exists (from {parent} where {parent}.{found} = {table}.{name})"
        )
    return condition


def left_out(tables: Mapping[str, Table]) -> Iterator[tuple[str, Reference]]:
    """Yield the references whose rows may be left out, with their table.

    What is referred to comes first, since leaving it out leaves out what is about it.
    """
    parents = {
        table.name: {
            parent for reference in table.references for parent in reference.parents
        }
        for table in tables.values()
    }
    for name in TopologicalSorter(parents).static_order():
        for reference in tables[name].references:
            if reference.is_left_out:
                yield name, reference
