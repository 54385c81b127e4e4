"""Turn the rows that a mapping gives into runs, by the contract of its columns.

A row whose values cannot be what their columns say makes its line a bad one; it is
named with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.exchange.contract import COLUMNS, LEVEL, NAMED, PLACE, RUN, SCORES
from zsc_wh.fields import REQUIRED, nearest
from zsc_wh.identity import canonical_json
from zsc_wh.records import CELL_NAMES, Status
from zsc_wh.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.exchange.values import Bad, Place
    from zsc_wh.warehouse import Rows

Row = dict[str, Any]
Value = tuple[float | None, str | None]
"""A score, or the reason why it has none."""


@dataclass(frozen=True)
class Name:
    """What a row says of a name: the text, and facts by the keys of `NAMED`."""

    text: str
    said: Mapping[str, Any]


@dataclass(frozen=True)
class TrackedRun:
    """One run that was tracked elsewhere.

    Parameters
    ----------
    place : Place
        Where its line is.
    names : mapping of str to Name
        Encoder, dataset, reducer and clusterer.
    seed, dtype : int, str
        As in the contract.
    facts : mapping
        By the keys of `RUN`, those that are known.
    levels : mapping of (str or None) to dict
        Facts of the label levels that it is judged by; None is the target level.
    scores : mapping of (str, str or None) to Value
        By column and level; the level is None, too, for scores without labels. An
        absent score is not there at all.
    """

    place: Place
    names: Mapping[str, Name]
    seed: int
    dtype: str
    facts: Row
    levels: dict[str | None, Row] = field(default_factory=dict)
    scores: dict[tuple[str, str | None], Value] = field(default_factory=dict)

    @property
    def called(self) -> tuple[str, ...]:
        """Its names, in the order of `CELL_NAMES`."""
        return tuple(self.names[kind].text for kind in CELL_NAMES)


def read_runs(
    rows: Rows, places: Mapping[str, Place], where: str
) -> tuple[list[TrackedRun], list[Bad]]:
    """Return the runs of the rows of a mapping, and bad lines with their reasons.

    Raises
    ------
    ConfigError
        When a column is not one of the contract or a required one is missing, or when
        the column ``line`` does not name lines.
    """
    _check_columns(rows.columns, where)
    runs: dict[tuple[Any, ...], TrackedRun] = {}
    bad: dict[Bad, None] = {}
    for values in rows.rows:
        row = dict(zip(rows.columns, values, strict=True))
        place = places.get(row["line"]) if isinstance(row["line"], str) else None
        if place is None:
            raise ConfigError(
                what="the column 'line' does not hold lines of the files",
                where=where,
                hint="Take it from the table tracked as it is: select line, ...",
            )
        try:
            _add(_checked(row), place, runs)
        except DataError as error:
            bad[place, error.what] = None
    refused = {place for place, _ in bad}
    return [run for run in runs.values() if run.place not in refused], [*bad]


def _check_columns(columns: tuple[str, ...], where: str) -> None:
    known = [*COLUMNS, *SCORES]
    faults = [
        f"no column '{column}' can be given{nearest(column, known)}"
        for column in columns
        if column not in known
    ]
    faults += [
        f"there are two columns '{c}'" for c in {*columns} if columns.count(c) > 1
    ]
    faults += [
        f"the column '{name}' is missing ({given.doc})"
        for name, given in PLACE.items()
        if given.default is REQUIRED and name not in columns
    ]
    if faults:
        raise ConfigError(
            what="; ".join(faults),
            where=where,
            hint="`zscwh help mapping` lists the columns of a mapping.",
        )


def _checked(row: Row) -> Row:
    """Return the values of a row that are there, each of the type of its column."""
    found: Row = {}
    for column, value in row.items():
        if value is None or column in SCORES:
            continue
        given = COLUMNS[column]
        value = _plain(value, given.type)
        fault = given.problem(value)
        if fault:
            raise DataError(what=f"{column} {fault}")
        found[column] = given.clean(value)
    for name, given in PLACE.items():
        if given.default is REQUIRED and name not in found:
            raise DataError(what=f"the mapping gives no {name}")
    scores = {name: row[name] for name in SCORES if row.get(name) is not None}
    return found | {name: _score(name, value) for name, value in scores.items()}


def _plain(value: Any, kind: type) -> Any:
    """Return a value of DuckDB as the type of Python that a column wants, if it can."""
    if isinstance(value, Decimal):
        value = float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is datetime and isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if kind is dict:
        return _params(value)
    return value


def _params(value: Any) -> Any:
    """Return parameters, a struct or JSON, without NULLs; 50.0 is 50."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    if not isinstance(value, dict):
        return value
    return {key: _plain(item, int) for key, item in value.items() if item is not None}


def _score(name: str, value: Any) -> Value | None:
    """Return a score; None for NaN, which is no score."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise DataError(what=f"{name} must be a number, not '{value}'")
    value = float(value)
    if value != value:
        return None
    if value in (float("inf"), float("-inf")):
        return None, f"the table says {value:g}"
    metric = METRICS[SCORES[name][0]]
    if not metric.low - 1e-9 <= value <= metric.high + 1e-9:
        what = f"{name} is {value:g}; it lies from {metric.low:g} to {metric.high:g}"
        raise DataError(what=what)
    return value, None


def _add(row: Row, place: Place, runs: dict[tuple[Any, ...], TrackedRun]) -> None:
    """Make a run of a row, or add its level to the run that it is of."""
    names = {
        kind: Name(
            row[kind],
            {
                key: row[column]
                for key in NAMED[kind]
                if (column := f"{kind}_{key}") in row
            },
        )
        for kind in CELL_NAMES
    }
    facts = {key: row.get(key, given.default) for key, given in RUN.items()}
    facts = {key: fact for key, fact in facts.items() if fact is not None}
    _complete(facts)
    new = TrackedRun(
        place, names, row["seed"], row.get("dtype", PLACE["dtype"].default), facts
    )
    run = runs.setdefault((str(place), *new.called, new.seed, new.dtype), new)
    if run is not new and (run.names, run.facts) != (names, facts):
        what = "its rows say different things of one run"
        raise DataError(what=what)
    level = row.get("level")
    of_level = {key: row[key] for key in LEVEL if key != "level" and key in row}
    by_labels = {name for name in SCORES if name in row and SCORES[name][1] == "labels"}
    if level is not None or of_level or by_labels:
        if level in run.levels:
            raise DataError(what="several rows for one run and level")
        run.levels[level] = of_level
    elif run is not new:
        raise DataError(what="several rows for one run and level")
    for name in SCORES:
        if row.get(name) is not None:
            key = (name, level if name in by_labels else None)
            if run.scores.setdefault(key, row[name]) != row[name]:
                raise DataError(what=f"its rows have different values of {name}")


def _complete(facts: Row) -> None:
    """Give a status that is not done its reason; one that is done has none."""
    status = facts["status"]
    if status == Status.DONE:
        facts.pop("reason", None)
    else:
        facts.setdefault("reason", f"the table says {status}")


def settings(name: Name) -> str:
    """Return what is said of a name, to be compared."""
    return canonical_json(dict(name.said))
