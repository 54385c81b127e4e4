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

from zsc_wh.declare.images import DATASET, ENCODER
from zsc_wh.declare.methods import CLUSTERER
from zsc_wh.declare.problems import Problems, read_toml
from zsc_wh.declare.tables import COMMON
from zsc_wh.errors import ConfigError
from zsc_wh.exchange.rules import Rule, canonical, parse
from zsc_wh.fields import Field, complete, nearest
from zsc_wh.records import Status
from zsc_wh.resources import data_folder

NAMED = ("encoder", "dataset", "reducer", "clusterer")
"""What the rules of a mapping name."""

MAPPING: Mapping[str, Field] = {
    "doc": Field(str, default=None, doc="one line for people"),
    "missing": Field(
        list, default=["nan", "NaN", "None"], doc="texts that mean no value"
    ),
    "ignore": Field(list, default=[], doc="columns left out; * is any text"),
    "level": Field(str, default="class", doc="label level that the scores judge by"),
    "dtype": Field(str, default="float32", choices=("float32", "float64")),
    "columns": Field(dict, doc="[columns]: facts of a run"),
    **{
        kind: Field(list, items=dict, doc=f"[[{kind}]]: rules that name it")
        for kind in NAMED
    },
    "status": Field(list, default=[], items=dict, doc="[[status]]: rules"),
    "scores": Field(dict, doc="[scores]: which column is which score"),
    "facts": Field(dict, default={}, doc="[facts.KIND.NAME]: encoders and datasets"),
}
VALUE: Mapping[str, Field] = {
    "column": Field(str, default=None),
    "times": Field(float, default=1.0, doc="factor, such as 0.01 for percent"),
    "of": Field(str, default=None, doc="column to multiply with"),
    "default": Field(str, default=None, doc="text where the column has none"),
}
SCORE: Mapping[str, Field] = {
    "metric": Field(str, doc="such as ami"),
    "space": Field(
        str,
        default="labels",
        choices=("labels", "reduced", "fit", "original", "umap"),
    ),
    "subset": Field(str, default="all", choices=("all", "clustered")),
    "times": VALUE["times"],
}
_WHEN = {"when": Field(dict, default={}, doc="texts by column; a list is any of them")}
_NAME = {**_WHEN, "name": Field(str, doc="such as umap-{dim:g}")}
_METHOD = {
    **_NAME,
    "kind": Field(str, doc="method, such as umap"),
    "params": Field(list, default=[], doc="columns kept as parameters"),
}
RULES: Mapping[str, Mapping[str, Field]] = {
    "encoder": _NAME,
    "dataset": _NAME,
    "reducer": _METHOD,
    "clusterer": {
        **_METHOD,
        **CLUSTERER,
        "k_source": Field(
            str, default="estimated", choices=("labels", "given", "estimated")
        ),
    },
    "status": {
        **_WHEN,
        "is": Field(str, choices=tuple(Status)),
        "reason": Field(str, default="", doc="why it is not done"),
    },
}
FACTS: Mapping[str, Mapping[str, Field]] = {
    "encoder": {
        **COMMON,
        **{key: ENCODER[key] for key in ENCODER if key not in ("loader", "recipe")},
    },
    "dataset": {
        **COMMON,
        "domain_group": DATASET["domain_group"],
        "licence": DATASET["licence"],
        "n_samples": Field(int, minimum=1, default=None),
        "n_classes": Field(int, minimum=1, default=None),
        "imbalance": Field(float, minimum=1, default=None),
    },
}
COLUMNS: Mapping[str, str] = {
    "seed": "whole",
    "n_samples": "whole",
    "n_classes": "whole",
    "n_clusters": "whole",
    "n_noise": "whole",
    "converged": "truth",
    "n_iter": "whole",
    "wall_s": "number",
    "peak_bytes": "whole",
    "threads": "whole",
    "device": "text",
    "cpu_energy_j": "number",
    "gpu_energy_j": "number",
    "started_at": "instant",
}
"""What a row can say of its run, and the kind of value that it is."""


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
            mend=f"Shipped: {', '.join(shipped)}. A file of your own ends in .toml.",
        )
    file = shipped.get(name, Path(name))
    problems = Problems()
    given = read_toml(file)
    problems.check_keys(file, "mapping", given, MAPPING)
    problems.raise_if_any()
    mapping = _mapping(file, complete(MAPPING, given), problems)
    problems.raise_if_any()
    return mapping


def _mapping(
    file: Path, values: Mapping[str, Any], problems: Problems
) -> ColumnMapping:
    return ColumnMapping(
        source=file,
        text=file.read_text(encoding="utf-8"),
        missing=frozenset(values["missing"]),
        ignore=tuple(values["ignore"]),
        level=values["level"],
        dtype=values["dtype"],
        columns=_columns(file, values["columns"], problems),
        rules={
            kind: _rules(file, kind, values[kind], problems)
            for kind in (*NAMED, "status")
        },
        scores=_scores(file, values["scores"], problems),
        facts=_facts(file, values["facts"], problems),
    )


def _columns(
    file: Path, given: Mapping[str, Any], problems: Problems
) -> dict[str, Value]:
    found = {}
    for name, entry in given.items():
        place = f"columns.{name}"
        entry = {"column": entry} if isinstance(entry, str) else entry
        if name not in COLUMNS:
            hint = nearest(name, COLUMNS) or f"; known: {', '.join(COLUMNS)}"
            problems.add(file, place, f"unknown fact{hint}")
        elif not isinstance(entry, Mapping):
            problems.add(file, place, "must be the name of a column, or a table")
        elif not entry.keys() & {"column", "default"}:
            problems.add(file, place, "needs a column, or a default")
        elif problems.check_keys(file, place, entry, VALUE):
            found[name] = Value(**complete(VALUE, entry))
    if "seed" not in given:
        problems.add(file, "columns", "the key 'seed' is missing")
    return found


def _rules(
    file: Path, kind: str, given: list[dict[str, Any]], problems: Problems
) -> tuple[Rule, ...]:
    found = []
    for number, entry in enumerate(given, 1):
        place = f"{kind}[{number}]"
        if not problems.check_keys(file, place, entry, RULES[kind]):
            continue
        values = complete(RULES[kind], entry)
        # a status is a rule whose name is the reason
        name = "reason" if kind == "status" else "name"
        try:
            template = parse(values.pop(name))
        except ValueError as error:
            problems.add(file, f"{place}.{name}", str(error))
            continue
        when = _conditions(file, f"{place}.when", values.pop("when"), problems)
        found.append(Rule(when, template, tuple(values.pop("params", ())), values))
    return tuple(found)


def _conditions(
    file: Path, place: str, given: Mapping[str, Any], problems: Problems
) -> dict[str, frozenset[str]]:
    found = {}
    for column, wanted in given.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        if any(isinstance(text, list | dict) for text in listed):
            problems.add(
                file, f"{place}.{column}", "must be a value, or a list of them"
            )
        else:
            found[column] = frozenset(canonical(text) for text in listed)
    return found


def _scores(
    file: Path, given: Mapping[str, Any], problems: Problems
) -> dict[str, Scored]:
    from zsc_wh.metrics import EXTERNAL, INTERNAL

    found: dict[str, Scored] = {}
    taken: dict[tuple[str, str, str], str] = {}
    for column, entry in given.items():
        place = f"scores.{column}"
        if not isinstance(entry, Mapping):
            problems.add(file, place, 'must be a table such as { metric = "ami" }')
            continue
        if not problems.check_keys(file, place, entry, SCORE):
            continue
        score = Scored(**complete(SCORE, entry))
        known = EXTERNAL if score.space == "labels" else INTERNAL
        if score.metric not in known:
            hint = nearest(score.metric, known) or f"; known: {', '.join(known)}"
            what = f"no metric '{score.metric}' in the space {score.space}{hint}"
            problems.add(file, f"{place}.metric", what)
            continue
        other = taken.setdefault((score.metric, score.space, score.subset), column)
        if other != column:
            problems.add(file, place, f"is the same score as '{other}'")
        found[column] = score
    return found


def _facts(
    file: Path, given: Mapping[str, Any], problems: Problems
) -> dict[str, dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in FACTS}
    for kind, entries in given.items():
        if kind not in FACTS or not isinstance(entries, Mapping):
            problems.add(file, f"facts.{kind}", "must be encoder or dataset tables")
            continue
        for name, entry in entries.items():
            place = f"facts.{kind}.{name}"
            if not isinstance(entry, Mapping):
                problems.add(file, place, "must be a table")
            elif problems.check_keys(file, place, entry, FACTS[kind]):
                found[kind][name] = entry
    return found
