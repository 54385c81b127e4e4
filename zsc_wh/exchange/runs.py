"""Turn the lines of a foreign table into runs, by a column mapping.

A line that a rule of the mapping has no name for, or that holds a value that cannot be
what the mapping says it is, is a bad line; it is named with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.mapping_keys import COLUMNS
from zsc_wh.exchange.rules import Rule, canonical, first, number_of
from zsc_wh.records import CELL_NAMES, Status
from zsc_wh.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.exchange.mapping import ColumnMapping, Scored, Value
    from zsc_wh.exchange.readings import Line, Readings

ROUNDING = 0.01
"""How far a product that must be a whole number, such as a share times a count, may be
from one: shares are written with few digits."""


@dataclass(frozen=True)
class Name:
    """What a rule says of a row: a name, the rule, and the parameters."""

    text: str
    rule: Rule
    params: Mapping[str, Any]


@dataclass(frozen=True)
class TrackedRun:
    """One run that was tracked elsewhere.

    Parameters
    ----------
    line : int
        Line of the file.
    names : mapping of str to Name
        Encoder, dataset, reducer and clusterer.
    facts : mapping
        By the keys of `COLUMNS`, those that the row has.
    status : Status
        How it ended.
    reason : str or None
        Why it is not done.
    scores : mapping of Scored to (float or None, str or None)
        A value, or the reason why it has none; an absent score is not there at all.
    """

    line: int
    names: Mapping[str, Name]
    facts: Mapping[str, Any]
    status: Status
    reason: str | None
    scores: Mapping[Scored, tuple[float | None, str | None]]


def read_runs(
    readings: Readings, mapping: ColumnMapping
) -> tuple[list[TrackedRun], list[tuple[int, str]]]:
    """Return the runs of a table, and its bad lines with their reasons."""
    runs, bad = [], [*readings.bad]
    for line in readings.lines:
        try:
            runs.append(_run(line, mapping))
        except DataError as error:
            bad.append((line.number, error.what))
    return runs, sorted(bad)


def _run(line: Line, mapping: ColumnMapping) -> TrackedRun:
    row = {column: _text(text, mapping) for column, text in line.texts.items()}
    names = {kind: _name(kind, mapping, row) for kind in CELL_NAMES}
    facts = {
        name: fact
        for name, value in mapping.columns.items()
        if (fact := _fact(COLUMNS[name].kind, value, row)) is not None
    }
    if "seed" not in facts:
        raise DataError(what="no seed")
    status, reason = _status(mapping, row)
    scores = {
        score: value
        for column, score in mapping.scores.items()
        if (value := _score(column, score, row.get(column, ""))) is not None
    }
    return TrackedRun(line.number, names, facts, status, reason, scores)


def _text(text: str, mapping: ColumnMapping) -> str:
    text = text.strip()
    return "" if text in mapping.missing else text


def _name(kind: str, mapping: ColumnMapping, row: Mapping[str, str]) -> Name:
    rule = first(mapping.rules[kind], row)
    if rule is None:
        raise DataError(what=f"no rule names the {kind}")
    return Name(rule.name.fill(row), rule, rule.settings(row))


def _status(
    mapping: ColumnMapping, row: Mapping[str, str]
) -> tuple[Status, str | None]:
    rule = first(mapping.rules["status"], row)
    if rule is None or rule.more["is"] == Status.DONE:
        return Status.DONE, None
    status = Status(rule.more["is"])
    return status, rule.name.fill(row) or f"the table says {status}"


def _fact(kind: str, value: Value, row: Mapping[str, str]) -> Any:
    """Return a fact as the kind of value that it is; None where it is missing."""
    text = row.get(value.column or "", "") or value.default or ""
    if not text:
        return None
    if kind == "text":
        return text
    if kind == "truth":
        return _truth(text, value.column)
    if kind == "instant":
        return _instant(text, value.column)
    number = _number(text, value.column) * value.times
    if value.of is not None:
        if not row.get(value.of):
            return None
        number *= _number(row[value.of], value.of)
    if kind == "number":
        return number
    whole = round(number)
    is_product = value.of is not None or value.times != 1
    if abs(number - whole) > (ROUNDING if is_product else 0):
        raise DataError(what=f"column '{value.column}' has {text}, not a whole number")
    return whole


def _score(
    column: str, score: Scored, text: str
) -> tuple[float | None, str | None] | None:
    if not text:
        return None
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return None, f"the table says {text}"
    value = _number(text, column) * score.times
    metric = METRICS[score.metric]
    if not metric.low - 1e-9 <= value <= metric.high + 1e-9:
        raise DataError(
            what=f"column '{column}' has {text}; {score.metric} lies from "
            f"{metric.low:g} to {metric.high:g}"
        )
    return value, None


def _number(text: str, column: str | None) -> float:
    number = number_of(text)
    if number is None:
        raise DataError(what=f"column '{column}' has '{text}', not a number")
    return number


def _truth(text: str, column: str | None) -> bool:
    said = {"true": True, "1": True, "false": False, "0": False}.get(canonical(text))
    if said is None:
        raise DataError(what=f"column '{column}' has '{text}', not true or false")
    return said


def _instant(text: str, column: str | None) -> datetime:
    """Read seconds since 1970, or an ISO 8601 text, in UTC where it names no zone."""
    seconds = number_of(text)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise DataError(what=f"column '{column}' has '{text}', not a time") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
