"""What a step of a named query is.

Rows stay what the SQL made of them: a step reads some of their columns, most of them
lists with one value per dataset or block, and adds columns. Columns that the header of
the query does not declare, such as those lists, are left out of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zsc_wh.errors import QueryError

Columns = Mapping[str, Sequence[Any]]
"""Values by column, one per row; NULL is ``None``."""

Values = Mapping[str, Any]
"""Values of the parameters, by name."""


@dataclass(frozen=True)
class Step:
    """A function that adds columns to the rows of a query.

    Parameters
    ----------
    doc : str
        What it adds, in one line.
    run : callable
        From the columns that it takes and its parameters to the columns that it
        gives, each with one value per row; the same bytes for the same input.
    takes : mapping of str to str
        Columns that the SQL must yield, each with its meaning.
    gives : mapping of str to str
        Columns that it adds, each with its SQL type.
    params : mapping of str to str
        Parameters that the query must declare, each with its type.
    """

    doc: str
    run: Callable[[Columns, Values], Mapping[str, Sequence[Any]]]
    takes: Mapping[str, str]
    gives: Mapping[str, str]
    params: Mapping[str, str]


def together(columns: Columns, needed: str) -> list[list[int]]:
    """Return the places of the rows that are compared, a list per comparison.

    Parameters
    ----------
    columns : mapping
        ``comparison``, and the column `needed`: rows that have nothing there are out.
    """
    found: dict[Any, list[int]] = {}
    for place, key in enumerate(columns["comparison"]):
        if columns[needed][place] is not None:
            whole = tuple(key) if isinstance(key, list) else key
            found.setdefault(whole, []).append(place)
    return list(found.values())


RANGES: Mapping[str, tuple[float, float]] = {
    "resamples": (1, 100_000),
    "confidence": (0.5, 0.9999),
    "power": (0.5, 0.9999),
}
"""Inclusive range of each parameter; with more resamples memory runs short."""


def check_values(values: Values, where: str) -> None:
    """Refuse values of parameters that a step cannot use.

    Raises
    ------
    QueryError
        For NULL, or a number out of its range.
    """
    for name, value in values.items():
        low, high = RANGES[name]
        if value is None or not low <= value <= high:
            said = "null" if value is None else f"{value:g}"
            raise QueryError(
                what=f"the parameter '{name}' cannot be {said}",
                where=where,
                hint=f"It must be from {low:.15g} to {high:.15g}.",
            )
