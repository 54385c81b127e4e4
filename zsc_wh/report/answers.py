"""Sentences at the head of a page: what its queries answer, in words and numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.words import word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.report.figure import Row
    from zsc_wh.report.gather import Asker


@dataclass(frozen=True)
class AnswerPlan:
    """A sentence as declared.

    Parameters
    ----------
    query, params : str, mapping
        The query whose first row fills it, and its parameters.
    text, otherwise : str
        The sentence, and another one for a row without some value of the first.
    section : str
        Id of the section that shows more.
    """

    query: str
    params: Mapping[str, Any]
    text: str
    otherwise: str
    section: str


_PLACE = re.compile(r"\$(?:\{(?P<long>\w+)(?::(?P<form>\+?[0-9]|%))?\}|(?P<short>\w+))")


def columns_of(text: str) -> Iterator[str]:
    """Yield the columns that a sentence names."""
    for place in _PLACE.finditer(text):
        yield place["long"] or place["short"]


def sentence(plan: AnswerPlan, asker: Asker) -> str | None:
    """Return the sentence filled in, None where the query has no row for it.

    ``$column`` is a value as tables write it, ``${column:1}`` a number with so many
    decimals, ``${column:+1}`` with its sign too, ``${column:%}`` a share in percent.
    """
    answer = asker.ask(plan.query, plan.params)
    for row in asker.titles.shown(answer.rows[:1], answer.params):
        for text in (plan.text, plan.otherwise):
            if text and all(row[name] is not None for name in columns_of(text)):
                return _filled(text, row)
    return None


def _filled(text: str, row: Row) -> str:
    def value(place: re.Match[str]) -> str:
        name = place["long"] or place["short"]
        if place["form"] is None:
            return word(name, row[name])
        if place["form"] == "%":
            return f"{100 * row[name]:.0f}\N{NO-BREAK SPACE}%"
        sign, decimals = place["form"][:-1], place["form"][-1]
        return f"{row[name]:{sign}.{decimals}f}"

    return _PLACE.sub(value, text)
