"""Read a column mapping: which column of a foreign table means what.

A mapping is TOML, checked whole like every declaration. Those that are shipped lie in
``ingest/mappings``; a user names a file of their own instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from zsc_wh.declare.place import Place
from zsc_wh.declare.problems import Problems
from zsc_wh.errors import ConfigError
from zsc_wh.exchange.mapping_keys import (
    COLUMNS,
    FACTS,
    MAPPING,
    RULES,
    SCORE,
    VALUE,
)
from zsc_wh.exchange.rules import Rule, canonical, parse
from zsc_wh.fields import nearest
from zsc_wh.records import CELL_NAMES
from zsc_wh.resources import data_folder
from zsc_wh.scores import EXTERNAL, INTERNAL


@dataclass(frozen=True)
class Value:
    """Where a fact comes from: a column times a factor, or times another column."""

    column: str | None
    times: float
    of: str | None
    default: str | None


@dataclass(frozen=True)
class Scored:
    """What the value of a column is: a metric in a space over a subset."""

    metric: str
    space: str
    subset: str
    times: float


@dataclass(frozen=True)
class ColumnMapping:
    """A mapping that was checked; the fields are those of `MAPPING`, and its text."""

    source: Path
    text: str
    missing: frozenset[str]
    ignore: tuple[str, ...]
    level: str
    dtype: str
    columns: Mapping[str, Value]
    rules: Mapping[str, tuple[Rule, ...]]
    scores: Mapping[str, Scored]
    facts: Mapping[str, Mapping[str, Mapping[str, Any]]]

    @property
    def used(self) -> set[str]:
        """All columns that it names."""
        values = self.columns.values()
        named = {value.column for value in values} | {value.of for value in values}
        ruled = (rule.columns for rules in self.rules.values() for rule in rules)
        return {*self.scores}.union(*ruled) | {name for name in named if name}

    def ignores(self, column: str) -> bool:
        """Whether a column is left out on purpose."""
        return any(fnmatchcase(column, pattern) for pattern in self.ignore)


def shipped_mappings() -> dict[str, Path]:
    """Return the mappings that come with the package by name."""
    files = sorted((data_folder("ingest") / "mappings").glob("*.toml"))
    return {file.stem: file for file in files}


def read_mapping(name: str) -> ColumnMapping:
    """Read a mapping: a shipped one by its name, or a TOML file.

    Raises
    ------
    ConfigError
        When there is none, or listing every fault of the file.
    """
    shipped = shipped_mappings()
    if not name.endswith(".toml") and name not in shipped:
        raise ConfigError(
            what=f"no mapping '{name}'" + nearest(name, shipped),
            hint=f"Shipped: {', '.join(shipped)}. A file of your own ends in .toml.",
        )
    file = shipped.get(name, Path(name))
    problems = Problems()
    place = Place(file)
    values = problems.read(place, problems.load(file), MAPPING)
    columns = _columns(place / "columns", values.get("columns"), problems)
    rules = {
        kind: _rules(place / kind, values.get(kind, []), problems)
        for kind in (*CELL_NAMES, "status")
    }
    scores = _scores(place / "scores", values.get("scores", {}), problems)
    facts = _facts(place / "facts", values.get("facts", {}), problems)
    problems.raise_if_any()
    return ColumnMapping(
        source=file,
        text=problems.text(file),
        missing=frozenset(values["missing"]),
        ignore=tuple(values["ignore"]),
        level=values["level"],
        dtype=values["dtype"],
        columns=columns,
        rules=rules,
        scores=scores,
        facts=facts,
    )


def _columns(
    table: Place, given: Mapping[str, Any] | None, problems: Problems
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if given is None:  # that is a fault already
        return found
    for name, entry in given.items():
        place = table / name
        entry = {"column": entry} if isinstance(entry, str) else entry
        if name not in COLUMNS:
            hint = nearest(name, COLUMNS) or f"; known: {', '.join(COLUMNS)}"
            problems.add(place, f"unknown fact{hint}")
        elif not isinstance(entry, Mapping):
            problems.add(place, "must be the name of a column, or a table")
        else:
            values = problems.read(place, entry, VALUE)
            if not entry.keys() & {"column", "default"}:
                problems.add(place, "needs a column, or a default")
            elif len(values) == len(VALUE):
                found[name] = Value(**values)
    if "seed" not in given:
        problems.add(table, "the key 'seed' is missing")
    return found


def _rules(
    table: Place, given: list[dict[str, Any]], problems: Problems
) -> tuple[Rule, ...]:
    kind = str(table.keys[0])
    # a status is a rule whose name is the reason
    name = "reason" if kind == "status" else "name"
    found = []
    for number, entry in enumerate(given):
        before = len(problems)
        place = table / number
        values = problems.read(place, entry, RULES[kind])
        when = _conditions(place / "when", values.pop("when", {}), problems)
        try:
            template = parse(values.pop(name, ""))
        except ValueError as error:
            problems.add(place / name, str(error))
            continue
        if len(problems) == before:
            found.append(Rule(when, template, tuple(values.pop("params", ())), values))
    return tuple(found)


def _conditions(
    table: Place, given: Mapping[str, Any], problems: Problems
) -> dict[str, frozenset[str]]:
    found = {}
    for column, wanted in given.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        if any(isinstance(text, list | dict) for text in listed):
            problems.add(table / column, "must be a value, or a list of them")
        else:
            found[column] = frozenset(canonical(text) for text in listed)
    return found


def _scores(
    table: Place, given: Mapping[str, Any], problems: Problems
) -> dict[str, Scored]:
    found: dict[str, Scored] = {}
    taken: dict[tuple[str, str, str], str] = {}
    for column, entry in given.items():
        place = table / column
        if not isinstance(entry, Mapping):
            problems.add(place, 'must be a table such as { metric = "ami" }')
            continue
        values = problems.read(place, entry, SCORE)
        metric, space = values.get("metric"), values.get("space")
        known = EXTERNAL if space == "labels" else INTERNAL
        if metric is not None and space is not None and metric not in known:
            hint = nearest(metric, known) or f"; known: {', '.join(known)}"
            what = f"no metric '{metric}' in the space {space}{hint}"
            problems.add(place / "metric", what)
        elif len(values) == len(SCORE):
            score = Scored(**values)
            other = taken.setdefault((score.metric, score.space, score.subset), column)
            if other != column:
                problems.add(place, f"is the same score as '{other}'")
            found[column] = score
    return found


def _facts(
    table: Place, given: Mapping[str, Any], problems: Problems
) -> dict[str, dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in FACTS}
    for kind, entries in given.items():
        if kind not in FACTS or not isinstance(entries, Mapping):
            problems.add(table / kind, "must be encoder or dataset tables")
            continue
        for name, entry in entries.items():
            problems.read(table / kind / name, entry, FACTS[kind])
            found[kind][name] = entry
    return found
