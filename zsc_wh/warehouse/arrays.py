"""What hangs on stored arrays, as ``schema/tables`` says it.

A table whose rows say by `uri` where an array lies has one row per array: its key is
that of the array, `sha256` is that of the file, and `created_at` when it was finished.
An array hangs on the arrays that its row refers to. A row of another table goes with
an array where its reference says that it is *else left out*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import array_tables, tables

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_hanging(keys: str) -> str:
    """Return SQL for the keys of arrays, and of all that hangs on these.

    `keys` names what has the keys.
    """
    return (
        "with recursive closure as ("  # noqa: S608 - ours
        f" select key from {keys}"
        " union"
        " select recorded_array.key from closure"
        " inner join recorded_array on closure.key = recorded_array.parent_key"
        ") from closure"
    )


def removal() -> Iterator[tuple[str, str]]:
    """Yield each table whose rows go with an array, and its column of array keys."""
    arrays = array_tables()
    for name, table in tables().items():
        if name in arrays:
            yield name, table.key[0]
            continue
        for one in table.references:
            if one.is_left_out and not arrays.keys().isdisjoint(one.parents):
                yield name, one.column
