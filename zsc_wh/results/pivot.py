"""A table of a paper: one column of an answer spread over rows and columns."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.words import NOTHING, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEST, SECOND = "best", "second"


@dataclass(frozen=True)
class Field:
    """A field as it is written, and how good it is in its column.

    Parameters
    ----------
    text : str
        As it is written.
    mark : {"best", "second", ""}
        Whether it is one of the best two.
    shade : float
        How far it is from the median of its column (0, and below it) to the best (1),
        as the study shades its tables (method A5).
    """

    text: str
    mark: str = ""
    shade: float = 0.0


@dataclass(frozen=True)
class Pivot:
    """A table ready to be written.

    Parameters
    ----------
    corner : str
        Name of what the rows are.
    heads : list of str
        The columns.
    rows : list of (str, list of Field)
        Name and fields of each row.
    """

    corner: str
    heads: list[str]
    rows: list[tuple[str, list[Field]]]

    def unshaded(self) -> Pivot:
        """Return it without shades."""
        plain = [
            (name, [replace(each, shade=0.0) for each in fields])
            for name, fields in self.rows
        ]
        return replace(self, rows=plain)


def pivot(
    rows: Sequence[Mapping[str, Any]],
    row: str,
    column: str,
    value: str,
    *,
    digits: int = 1,
    percent: bool = False,
    lowest: bool = False,
    mean: bool = True,
) -> Pivot:
    """Spread an answer over rows and columns, and mark the best two of each column.

    Parameters
    ----------
    rows : sequence of mapping
        The answer; rows without a name for `row` or `column` are left out.
    row, column, value : str
        Columns of it: what the rows are, what the columns are, what the fields hold.
    digits : int
        Decimals of a field. Values that are written alike are equal: they share a mark.
    percent : bool
        Whether values are written in percent.
    lowest : bool
        Whether the lowest value is the best.
    mean : bool
        Whether a last column holds the mean of each row, over the columns in which
        every row has a value; its head says how many these are. Rows then stand best
        first, else in the order of the answer.

    Raises
    ------
    QueryError
        When several values belong into one field, or the values are no numbers.
    """
    fields: dict[tuple[str, str], float | None] = {}
    for each in rows:
        if each[row] is None or each[column] is None:
            continue
        place = (str(each[row]), str(each[column]))
        number = each[value]
        if isinstance(number, bool) or not isinstance(number, int | float | None):
            raise QueryError(
                what=f"'{value}' holds no numbers, but '{one_line(number)}'",
                hint="A column of numbers can be spread.",
            )
        if place in fields:
            raise QueryError(
                what=f"several rows have the {row} '{one_line(place[0])}' and the "
                f"{column} '{one_line(place[1])}'",
                hint="Narrow the query with -p until one is left, or spread another "
                "column.",
            )
        fields[place] = number
    names = [*dict.fromkeys(name for name, _ in fields)]
    heads = [*dict.fromkeys(name for _, name in fields)]
    scale = 100 if percent else 1
    columns = [
        [_scaled(fields.get((name, head)), scale, digits) for name in names]
        for head in heads
    ]
    if mean:
        complete = [
            head
            for head in heads
            if all(fields.get((n, head)) is not None for n in names)
        ]
        means = [
            fmean(float(fields[name, head] or 0) for head in complete)
            if complete
            else None
            for name in names
        ]
        columns.append([_scaled(number, scale, digits) for number in means])
        heads.append(f"Mean of {len(complete)} of {len(heads)}")
        sign = 1 if lowest else -1
        order = sorted(
            range(len(names)),
            key=lambda i: (means[i] is None, sign * (means[i] or 0), names[i]),
        )
        names = [names[i] for i in order]
        columns = [[numbers[i] for i in order] for numbers in columns]
    marked = [_marked(numbers, digits, lowest=lowest) for numbers in columns]
    return Pivot(
        row,
        heads,
        [
            (name, [numbers[place] for numbers in marked])
            for place, name in enumerate(names)
        ],
    )


def require_columns(names: Sequence[str], known: tuple[str, ...], query: str) -> None:
    """Refuse columns that the answer of a query does not have.

    Raises
    ------
    QueryError
        With the nearest.
    """
    for name in names:
        if name not in known:
            raise QueryError(
                what=f"the query {query} has no column '{one_line(name)}'"
                + nearest(name, known),
                hint=f"It has {', '.join(known)}.",
            )


def _scaled(number: float | None, scale: int, digits: int) -> float | None:
    return None if number is None else round(scale * number, digits)


def _marked(
    numbers: Sequence[float | None], digits: int, *, lowest: bool
) -> list[Field]:
    """Write the numbers of a column; a column of equals has no best one."""
    known = [n for n in numbers if n is not None]
    ordered = sorted({*known}, reverse=not lowest)
    marks = dict(zip(ordered, (BEST, SECOND), strict=False)) if len(ordered) > 1 else {}
    middle = median(known) if known else 0.0
    # where half of a column is its best, nothing stands out
    reach = (ordered[0] - middle if ordered else 0.0) or math.inf
    return [
        Field(NOTHING)
        if n is None
        else Field(f"{n:.{digits}f}", marks.get(n, ""), max(0.0, (n - middle) / reach))
        for n in numbers
    ]
