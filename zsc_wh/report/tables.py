"""Rows as a page holds them: words for people, plain values for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zsc_wh.report.figure import Table, short
from zsc_wh.words import heading, is_key, word

if TYPE_CHECKING:
    from zsc_wh.report.figure import Figure
    from zsc_wh.report.gather import Answer

SHOWN_ROWS = 200
"""Rows of a table that are shown at once."""

KEPT_ROWS = 2000
"""Rows of a table that the page holds; the number of the others is stated."""

_NUMBERS = ("integer", "bigint", "double")

Field = tuple[str, str]
"""What a field says, and the whole of it where it is cut short."""


@dataclass(frozen=True)
class Head:
    """The head of a column: its words, its help, and whether it holds numbers."""

    text: str
    help: str
    is_number: bool


@dataclass(frozen=True)
class PageRow:
    """The fields of a row, and the cluster that it picks; None where it picks none."""

    fields: list[Field]
    pick: str | None


@dataclass(frozen=True)
class PageTable:
    """A table ready to be written.

    Parameters
    ----------
    heads : list of Head
        The columns.
    rows, rest : list of PageRow
        The rows that are shown, and those that wait to be asked for.
    total : int
        Rows of the answer.
    """

    heads: list[Head]
    rows: list[PageRow]
    rest: list[PageRow]
    total: int


def page_table(answer: Answer, figure: Figure | None) -> PageTable:
    """Write the rows of an answer: the columns of a table figure, or all."""
    chosen = figure.columns if isinstance(figure, Table) else ()
    percent = figure.percent if isinstance(figure, Table) else ()
    optional = figure.optional if isinstance(figure, Table) else ()
    known = {column.name: column for column in answer.query.columns}
    names = [
        name
        for name in chosen or tuple(known)
        if name not in optional or any(row[name] is not None for row in answer.rows)
    ]
    pick = figure.pick if isinstance(figure, Table) else None
    rows = [
        PageRow(
            [_field(name, row[name], percent=name in percent) for name in names],
            None if pick is None or row[pick] is None else str(row[pick]),
        )
        for row in answer.rows[:KEPT_ROWS]
    ]
    return PageTable(
        heads=[
            Head(heading(name), known[name].help, known[name].type in _NUMBERS)
            for name in names
        ],
        rows=rows[:SHOWN_ROWS],
        rest=rows[SHOWN_ROWS:],
        total=len(answer.rows),
    )


def plain_rows(answer: Answer) -> dict[str, Any]:
    """Return all rows of an answer as they go into a CSV file, by column and row."""
    names = [column.name for column in answer.query.columns]
    return {
        "name": answer.query.name,
        "columns": names,
        "rows": [[_plain(row[name]) for name in names] for row in answer.rows],
    }


def _field(name: str, value: Any, *, percent: bool) -> Field:
    whole = value if isinstance(value, str) and is_key(value) else ""
    return word(name, value, percent=percent), whole


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, bool | int | str | None) else short(value)
