"""Report definitions: which sections a page has, which query and chart fill each.

A definition is a TOML file, ours in ``reports/`` or a user's own; it is checked whole
before any query runs, so that all its faults are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.place import Place
from zsc_wh.declare.problems import Problems
from zsc_wh.declare.tables import KIND
from zsc_wh.errors import ConfigError
from zsc_wh.fields import REQUIRED, Field, nearest
from zsc_wh.report.answers import AnswerPlan
from zsc_wh.report.keys import ANSWER, EXTENSION, FIGURE, REPORT, SECTION, TILE
from zsc_wh.report.kinds import CHARTS
from zsc_wh.report.naming import Names
from zsc_wh.report.sides import SIDE
from zsc_wh.resources import data_folder
from zsc_wh.sqlparams import NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.sqlfiles import Query


@dataclass(frozen=True)
class Tile:
    """A key number at the head of the page: a column of the head's query."""

    value: str
    of: str | None
    percent: bool
    label: str
    optional: bool


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
    """One section as declared: heading, prose, how it is computed, and its figures.

    `needs` is the column of the key numbers without which it is left out.
    """

    id: str
    title: str
    prose: str
    method: str
    needs: str | None
    figures: tuple[FigurePlan, ...]


@dataclass(frozen=True)
class Definition:
    """A whole report as declared.

    `takes` holds the kinds of what it is about, by name; `needs`, by a column of the
    key numbers, what stands in place of the sections that need it.
    """

    title: str
    lead: str
    takes: Mapping[str, str]
    head: str
    needs: Mapping[str, str]
    tiles: tuple[Tile, ...]
    answers: tuple[AnswerPlan, ...]
    sections: tuple[SectionPlan, ...]


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
        hint=f"Shipped reports: {', '.join(sorted(shipped))}; "
        "or give the path of a .toml file.",
    )


def read_definition(path: Path, known: Mapping[str, Query] | None = None) -> Definition:
    """Read and check a definition.

    Parameters
    ----------
    path : Path
        Its file.
    known : mapping of str to Query, optional
        The queries that it can name; without them, names are not checked.

    Raises
    ------
    ConfigError
        For all its faults at once, each with file, line and key.
    """
    problems = Problems()
    content = problems.load(path)
    reader = _Reader(problems, None if known is None else Names(known, problems))
    place = Place(path)
    if "extends" in content:
        definition = reader.extension(place, content, known)
    else:
        definition = reader.definition(place, content)
    problems.raise_if_any()
    return definition


def _shipped(name: str, place: Place, problems: Problems) -> Path | None:
    """Return the file of a shipped report; None when there is none, which is noted."""
    known = {file.stem: file for file in sorted(data_folder("reports").glob("*.toml"))}
    if name not in known:
        hint = nearest(name, known) or f"; shipped reports: {', '.join(known)}"
        problems.add(place, f"there is no shipped report '{name}'{hint}")
    return known.get(name)


class _Reader:
    """Turn TOML tables into plans, noting faults on the way.

    What it returns after a fault only stands for the table, so that the rest is read.
    """

    def __init__(self, problems: Problems, names: Names | None) -> None:
        self.problems = problems
        self.names = names

    def definition(self, place: Place, content: Mapping[str, Any]) -> Definition:
        """Return a whole report."""
        sound = self.problems.read(place, content, REPORT)
        if self.names:
            self.names.check_head(place, sound)
        values = _whole(sound, REPORT)
        tiles = tuple(
            self.tile(place / "tile" / index, table, sound.get("head"))
            for index, table in enumerate(values.pop("tile"))
        )
        self.check_takes(place / "takes", values["takes"])
        if self.names:
            self.names.check_needs(place / "needs", values["needs"], sound.get("head"))
        needs = values["needs"]
        sections = self.sections(place / "section", values.pop("section"), {}, needs)
        answers = self.answers(place / "answer", values.pop("answer"), sections)
        return Definition(**values, tiles=tiles, answers=answers, sections=sections)

    def check_takes(self, place: Place, takes: Mapping[str, Any]) -> None:
        """Check the kinds of what the report is about."""
        known = (*NAMED, SIDE)
        for name, kind in takes.items():
            if kind not in known:
                hint = nearest(str(kind), known) or f"; kinds are {', '.join(known)}"
                self.problems.add(place / name, f"there is no kind '{kind}'{hint}")

    def extension(
        self,
        place: Place,
        content: Mapping[str, Any],
        known: Mapping[str, Query] | None,
    ) -> Definition:
        """Return a shipped report with the sections of a file behind its own."""
        sound = self.problems.read(place, content, EXTENSION)
        base = Definition("", "", {}, "", {}, (), (), ())
        if "extends" in sound:
            file = _shipped(sound["extends"], place / "extends", self.problems)
            base = base if file is None else read_definition(file, known)
        taken = {
            section.id: f"the report '{sound['extends']}'" for section in base.sections
        }
        tables = sound.get("section", [])
        sections = self.sections(place / "section", tables, taken, base.needs)
        texts = {
            key: sound[key] for key in ("title", "lead") if sound.get(key) is not None
        }
        sections = (*base.sections, *sections)
        answers = self.answers(place / "answer", sound.get("answer", []), sections)
        answers = (*base.answers, *answers)
        return replace(base, **texts, answers=answers, sections=sections)

    def tile(self, place: Place, table: Mapping[str, Any], head: str | None) -> Tile:
        """Return one key number."""
        sound = self.problems.read(place, table, TILE)
        if self.names:
            self.names.check_tile(place, sound, head)
        return Tile(**_whole(sound, TILE))

    def answers(
        self,
        place: Place,
        tables: Sequence[Mapping[str, Any]],
        sections: Sequence[SectionPlan],
    ) -> tuple[AnswerPlan, ...]:
        """Return the sentences, each of which leads to one of the sections."""
        known = [section.id for section in sections]
        plans = []
        for index, table in enumerate(tables):
            sound = self.problems.read(place / index, table, ANSWER)
            if self.names:
                self.names.check_answer(place / index, sound)
            plan = AnswerPlan(**_whole(sound, ANSWER))
            if "section" in sound and plan.section not in known:
                hint = nearest(plan.section, known)
                fault = f"there is no section '{plan.section}'{hint}"
                self.problems.add(place / index / "section", fault)
            plans.append(plan)
        return tuple(plans)

    def sections(
        self,
        place: Place,
        tables: Sequence[Mapping[str, Any]],
        taken: Mapping[str, str],
        needs: Mapping[str, str],
    ) -> tuple[SectionPlan, ...]:
        """Return the sections; `taken` says by its id where another one is."""
        known = dict(taken)
        plans = []
        for index, table in enumerate(tables):
            plan = self.section(place / index, table)
            if plan.id in known:
                fault = f"{known[plan.id]} has a section '{plan.id}'; choose another id"
                self.problems.add(place / index / "id", fault)
            elif plan.id:
                known[plan.id] = "the file"
            if plan.needs is not None and plan.needs not in needs:
                hint = nearest(plan.needs, needs) or f"; it has {', '.join(needs)}"
                fault = f"'{plan.needs}' is not a key of `needs` of the report{hint}"
                self.problems.add(place / index / "needs", fault)
            plans.append(plan)
        return tuple(plans)

    def section(self, place: Place, table: Mapping[str, Any]) -> SectionPlan:
        """Return one section."""
        values = _whole(self.problems.read(place, table, SECTION), SECTION)
        figures = tuple(
            self.figure(place / "figure" / index, figure)
            for index, figure in enumerate(values.pop("figure"))
        )
        if not table.get("figure"):
            self.problems.add(place, "has no [[section.figure]]")
        return SectionPlan(**values, figures=figures)

    def figure(self, place: Place, table: Mapping[str, Any]) -> FigurePlan:
        """Return one figure."""
        sound = self.problems.read(place, table, FIGURE)
        kind, options = self.chart(place / "chart", sound.get("chart"))
        if self.names:
            self.names.check_figure(place, sound, options)
        chart = Chart(kind, _whole(options, CHARTS[kind].fields))
        return FigurePlan(**{**_whole(sound, FIGURE), "chart": chart})

    def chart(
        self, place: Place, table: Mapping[str, Any] | None
    ) -> tuple[str, dict[str, Any]]:
        """Return the kind of a chart and those of its options that are sound."""
        if table is None:  # that is a fault already
            return "table", {}
        kind = table.get("kind")
        if kind is None:
            kinds = ", ".join(CHARTS)
            self.problems.add(place, f"the key 'kind' is missing; one of {kinds}")
        elif not isinstance(kind, str) or kind not in CHARTS:
            hint = nearest(str(kind), CHARTS) or f"; kinds are {', '.join(CHARTS)}"
            self.problems.add(place / "kind", f"no chart kind '{kind}'{hint}")
        else:
            options = self.problems.read(place, table, {**KIND, **CHARTS[kind].fields})
            return options.pop("kind"), options
        return "table", {}


def _whole(sound: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Fill in what only stands for a key with a fault."""
    return {
        key: field.type() if field.default is REQUIRED else field.default
        for key, field in fields.items()
    } | dict(sound)
