"""Rules that give a row its names: when some columns have some texts, it is called so.

A rule may build its name out of columns, such as ``umap-{ndim_reduced_man:g}``. Texts
are compared in one canonical form, so that 30 and 30.0, true and True are equal.
"""

from __future__ import annotations

import math
import re
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

ANY = "*"
"""In a condition: any value, as long as there is one."""

_SPEC = re.compile(r"(?:\.\d)?[fg]")
_TRUTHS = {"true": "true", "false": "false"}


@dataclass(frozen=True)
class Template:
    """A text with columns in braces, as ``(text, column, number format)`` pieces."""

    pieces: tuple[tuple[str, str | None, str], ...]

    @property
    def columns(self) -> list[str]:
        """The columns that it needs."""
        return [column for _, column, _ in self.pieces if column is not None]

    def fill(self, row: Mapping[str, str]) -> str:
        """Return the text for a row.

        Raises
        ------
        DataError
            When a column has no value, or none that the number format can take.
        """
        return "".join(
            text + (_filled(row, column, spec) if column is not None else "")
            for text, column, spec in self.pieces
        )


@dataclass(frozen=True)
class Rule:
    """One rule: which rows it is for, and what it says of them.

    Parameters
    ----------
    when : mapping of str to set of str
        By column the canonical texts, one of which a row must have; `ANY` stands for
        every value, the empty text for none.
    name : Template
        What a row is called.
    params : tuple of str
        Columns that are kept as parameters of what is named.
    more : mapping
        What else the rule says.
    """

    when: Mapping[str, Set[str]]
    name: Template
    params: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """All columns that it looks at."""
        return {*self.when, *self.name.columns, *self.params}

    @property
    def needs(self) -> set[str]:
        """The columns that a table must have for the rule to be for any row."""
        asked = {column for column, wanted in self.when.items() if "" not in wanted}
        return asked.union(self.name.columns)

    def fits(self, row: Mapping[str, str]) -> bool:
        """Whether it is for a row."""
        for column, wanted in self.when.items():
            found = canonical(row.get(column, ""))
            if found not in wanted and not (ANY in wanted and found):
                return False
        return True

    def settings(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the parameters of a row, as numbers, truth values and strings."""
        return {column: plain(row[column]) for column in self.params if row.get(column)}


def first(rules: Iterable[Rule], row: Mapping[str, str]) -> Rule | None:
    """Return the first rule that is for a row."""
    return next((rule for rule in rules if rule.fits(row)), None)


def parse(text: str) -> Template:
    """Read a template.

    Raises
    ------
    ValueError
        When braces do not match or a format is not like ``g`` or ``.2f``.
    """
    pieces = []
    for literal, column, spec, conversion in _parts(text):
        if column is not None and (
            not column or conversion or (spec and not _SPEC.fullmatch(spec))
        ):
            message = "braces hold a column, or a column and a format such as :.2f"
            raise ValueError(message)
        pieces.append((literal, column, spec or ""))
    return Template(tuple(pieces))


def _parts(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(text))
    except ValueError as error:
        message = "every { needs its }; {{ and }} stand for the braces themselves"
        raise ValueError(message) from error


def canonical(value: str | float | bool) -> str:
    """Return the one text of what means the same.

    Examples
    --------
    >>> canonical("30.0"), canonical(30), canonical("True"), canonical("ward")
    ('30', '30', 'true', 'ward')
    """
    text = str(value).strip()
    lower = text.lower()
    if lower in _TRUTHS:
        return lower
    number = number_of(text)
    # adding zero makes 0 of -0
    return text if number is None else f"{number + 0.0:.17g}"


def plain(text: str) -> str | int | float | bool:
    """Return a text as what it says: a truth value, a finite number, or itself."""
    if text.lower() in _TRUTHS:
        return text.lower() == "true"
    number = number_of(text)
    if number is None:
        return text
    return int(number) if number.is_integer() else number


def number_of(text: str) -> float | None:
    """Return the finite number that a text says, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _filled(row: Mapping[str, str], column: str, spec: str) -> str:
    text = row.get(column, "")
    if not text:
        raise DataError(what=f"no value in column '{column}'")
    if not spec:
        return text
    number = number_of(text)
    if number is None:
        raise DataError(what=f"column '{column}' has '{text}', not a number")
    return format(number, spec)
