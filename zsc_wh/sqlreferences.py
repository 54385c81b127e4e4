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
from typing import TYPE_CHECKING

from zsc_wh.sqlheader import fault

if TYPE_CHECKING:
    from pathlib import Path

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
