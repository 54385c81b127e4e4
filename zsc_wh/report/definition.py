"""Report definitions: which sections a page has, which query and chart fill each.

A definition is a TOML file, ours in ``reports/`` or a user's own; it is checked whole
before any query runs, so that all its faults are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.problems import Problems, read_toml
from zsc_wh.errors import ConfigError
from zsc_wh.fields import REQUIRED, Field, complete, nearest
from zsc_wh.report.kinds import CHARTS
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Tile:
    """A key number at the head of the page: a column of the head's query."""

    value: str
    of: str | None
    label: str


@dataclass(frozen=True)
class Chart:
    """How rows are drawn: a kind of `CHARTS` and the columns that it takes."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FigurePlan:
    """One figure as declared.

    Parameters
    ----------
    query : str
        Name of the query that gives its rows.
    params : mapping
        Parameters of that query.
    subject, subject_params, take : str, mapping, mapping
        A query whose first row chooses what the figure is about: `take` maps
        parameters of `query` to columns of that row.
    title, note : str
        Heading, and a line under it; ``$column`` stands for a value of the first row
        (of the subject, where there is one).
    empty : str or None
        Sentence shown when there is nothing to draw; without one the figure is left
        out.
    chart : Chart
        How it is drawn.
    """

    query: str
    params: Mapping[str, Any]
    subject: str | None
    subject_params: Mapping[str, Any]
    take: Mapping[str, str]
    title: str
    note: str
    empty: str | None
    chart: Chart


@dataclass(frozen=True)
class SectionPlan:
    """One section as declared: heading, prose, how it is computed, and its figures."""

    id: str
    title: str
    prose: str
    method: str
    figures: tuple[FigurePlan, ...]


@dataclass(frozen=True)
class Definition:
    """A whole report as declared."""

    title: str
    lead: str
    head: str
    tiles: tuple[Tile, ...]
    sections: tuple[SectionPlan, ...]


_TEXT = Field(str, "")
_COLUMN = Field(str)
_OPTIONAL = Field(str, None)

_HEAD = {
    "title": _COLUMN,
    "lead": _TEXT,
    "head": Field(str, "overview", doc="query with one row: the key numbers"),
}
_TILE = {"value": _COLUMN, "of": _OPTIONAL, "label": _COLUMN}
_SECTION = {"id": _COLUMN, "title": _COLUMN, "prose": _TEXT, "method": _TEXT}
_FIGURE = {
    "query": _COLUMN,
    "params": Field(dict, {}),
    "subject": _OPTIONAL,
    "subject_params": Field(dict, {}),
    "take": Field(dict, {}),
    "title": _TEXT,
    "note": _TEXT,
    "empty": _OPTIONAL,
    "chart": Field(dict),
}


def find_definition(name: str | Path) -> Path:
    """Return the file of a shipped report, or the user's own file.

    Raises
    ------
    ConfigError
        When there is neither.
    """
    path = Path(name)
    if path.suffix == ".toml":
        return path
    folder = data_folder("reports")
    shipped = {file.stem: file for file in folder.glob("*.toml")}
    if str(name) in shipped:
        return shipped[str(name)]
    raise ConfigError(
        what=f"there is no report '{name}'{nearest(str(name), shipped)}",
        mend=f"Shipped reports: {', '.join(sorted(shipped))}; "
        "or give the path of a .toml file.",
    )


def read_definition(path: Path) -> Definition:
    """Read and check a definition.

    Raises
    ------
    ConfigError
        For all its faults at once, each with file and key.
    """
    content = read_toml(path)
    if "extends" in content:
        return _extended(path, content)
    reader = _Reader(path)
    sections = reader.tables(content, "section")
    tiles = reader.tables(content, "tile")
    head = {
        key: value for key, value in content.items() if key not in ("section", "tile")
    }
    reader.problems.check_keys(path, "report", head, _HEAD)
    definition = reader.definition(head, tiles, sections)
    reader.problems.raise_if_any()
    return definition


def _extended(path: Path, content: dict[str, Any]) -> Definition:
    """Return a shipped report with the sections of a file behind its own."""
    name = content.pop("extends")
    base = read_definition(data_folder("reports") / f"{_shipped(name, path)}.toml")
    reader = _Reader(path)
    sections = reader.tables(content, "section")
    head = {key: value for key, value in content.items() if key != "section"}
    texts = dict.fromkeys(("title", "lead"), _OPTIONAL)
    reader.problems.check_keys(path, "report", head, texts)
    own = reader.definition({"title": "", **head}, [], sections).sections
    taken = {section.id for section in base.sections}
    for section in own:
        if section.id in taken:
            fault = f"the report '{name}' has such a section; choose another id"
            reader.problems.add(path, f"section.{section.id}", fault)
    reader.problems.raise_if_any()
    return replace(base, **head, sections=(*base.sections, *own))


def _shipped(name: object, path: Path) -> str:
    known = sorted(file.stem for file in data_folder("reports").glob("*.toml"))
    if name not in known:
        raise ConfigError(
            what=f"there is no shipped report '{name}'" + nearest(str(name), known),
            where=f"{path}: extends",
            mend=f"Shipped reports: {', '.join(known)}.",
        )
    return str(name)


class _Reader:
    """Turn TOML tables into plans, noting faults on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems = Problems()

    def tables(self, content: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return an array of tables, or note that it is none."""
        value = content.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.problems.add(self.path, key, f"must be tables, written [[{key}]]")
        return []

    def checked(
        self, place: str, given: Mapping[str, Any], fields: Mapping[str, Field]
    ) -> dict[str, Any]:
        """Return a table with its defaults; a faulty one only stands for itself."""
        self.problems.check_keys(self.path, place, given, fields)
        sound = {
            key: value
            for key, value in given.items()
            if key in fields and fields[key].problem(value) is None
        }
        stand_in = {
            key: field.type()
            for key, field in fields.items()
            if field.default is REQUIRED
        }
        return complete(fields, {**stand_in, **sound})

    def definition(
        self,
        head: Mapping[str, Any],
        tiles: list[dict[str, Any]],
        sections: list[dict[str, Any]],
    ) -> Definition:
        """Return the whole."""
        plans = tuple(
            self.section(place, table) for place, table in enumerate(sections)
        )
        ids = [plan.id for plan in plans]
        for section_id in sorted({name for name in ids if ids.count(name) > 1}):
            self.problems.add(self.path, "section", f"two sections are '{section_id}'")
        sound = {key: value for key, value in head.items() if key in _HEAD}
        known = self.checked("report", sound, _HEAD) if not self.problems else head
        return Definition(
            title=str(known.get("title", "")),
            lead=str(known.get("lead", "")),
            head=str(known.get("head", "")),
            tiles=tuple(
                Tile(**self.checked(f"tile[{place}]", table, _TILE))
                for place, table in enumerate(tiles)
            ),
            sections=plans,
        )

    def section(self, place: int, table: Mapping[str, Any]) -> SectionPlan:
        """Return one section."""
        own = {key: value for key, value in table.items() if key != "figure"}
        name = f"section.{table.get('id', place)}"
        known = self.checked(name, own, _SECTION)
        figures = self.tables(table, "figure")
        if not figures:
            self.problems.add(self.path, name, "has no [[section.figure]]")
        return SectionPlan(
            **known,
            figures=tuple(
                self.figure(f"{name}.figure[{place}]", figure)
                for place, figure in enumerate(figures)
            ),
        )

    def figure(self, name: str, table: Mapping[str, Any]) -> FigurePlan:
        """Return one figure."""
        known = self.checked(name, table, _FIGURE)
        chart = dict(known.pop("chart"))
        kind = chart.pop("kind", None)
        if kind not in CHARTS:
            hint = nearest(str(kind), CHARTS) or f"; kinds are {', '.join(CHARTS)}"
            self.problems.add(
                self.path, f"{name}.chart", f"no chart kind '{kind}'{hint}"
            )
            return FigurePlan(**known, chart=Chart("table"))
        options = self.checked(f"{name}.chart", chart, CHARTS[kind])
        return FigurePlan(**known, chart=Chart(kind, options))
