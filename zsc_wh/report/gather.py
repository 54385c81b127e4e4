"""Run the queries of a report and keep, for each figure, rows and how they were got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from string import Template
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError, QueryError
from zsc_wh.fields import nearest
from zsc_wh.report.computed import askable, rows_of
from zsc_wh.report.subject import Subject
from zsc_wh.report.titles import Titles
from zsc_wh.sqlparams import find_parameter
from zsc_wh.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.report.definition import Definition, FigurePlan, SectionPlan
    from zsc_wh.report.figure import Row
    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Warehouse


NO_SUBJECT = Subject()
"""A report that is about all of a warehouse."""


@dataclass(frozen=True)
class Answer:
    """What a query gave, and what it was asked; `lacking` says why it gave nothing."""

    query: Query
    params: Mapping[str, Any]
    rows: list[dict[str, Any]]
    lacking: str | None = None


@dataclass(frozen=True)
class Filled:
    """One figure with its rows.

    Parameters
    ----------
    plan : FigurePlan
        As declared.
    answer : Answer or None
        What its query gave, with titles for names; ``None`` where nothing could be
        asked.
    title, note : str
        Its heading and the line under it, values filled in.
    drawable : bool
        Whether there is something to draw.
    empty : str or None
        Sentence that stands in for a figure without anything to draw.
    """

    plan: FigurePlan
    answer: Answer | None
    title: str
    note: str
    drawable: bool
    empty: str | None


class Asker:
    """Asks named queries, with the parameters that hold for the whole report.

    Parameters
    ----------
    warehouse : Warehouse
        The warehouse.
    params : mapping
        Values for every query that declares a parameter of the name; they go before
        those of the definition. ``None`` is not a value.
    folders : iterable of Path
        Folders of the user's own queries.
    subject : Subject, optional
        What the report is about; its names are parameters, too.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        params: Mapping[str, Any],
        folders: Iterable[Path],
        subject: Subject = NO_SUBJECT,
    ) -> None:
        self._subject = subject
        self._warehouse = warehouse
        self._params = {
            name: value for name, value in params.items() if value is not None
        }
        self._folders = tuple(folders)
        self.known = askable(self._folders)
        self._answers: dict[str, Answer] = {}

    def ask(self, name: str, params: Mapping[str, Any]) -> Answer:
        """Run one query, once for all figures that ask it with the same parameters."""
        # imports duckdb, which the package does without until a report is built
        from zsc_wh.warehouse.params import declared_values

        query = self.known[name]
        shared = {
            key: value
            for key, value in self._params.items()
            if find_parameter(query.params, key)
        }
        own = self._subject.params(query, params)
        given = declared_values(query, own) | declared_values(query, shared)
        asked = repr((name, sorted(given.items())))
        if asked in self._answers:
            return self._answers[asked]
        defaults = {
            param.name: param.default for param in query.params if not param.required
        }
        rows, lacking = self._rows(query, given)
        answer = Answer(query, {**defaults, **given}, rows, lacking)
        self._answers[asked] = answer
        return answer

    def _rows(
        self, query: Query, given: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return the rows, and why there are none where something is lacking."""
        try:
            computed = rows_of(query, self._warehouse, given)
        except DataError as error:
            return [], error.what
        if computed is not None:
            return computed, None
        rows = self._warehouse.run_query(query.name, given, self._folders)
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.rows], None

    @cached_property
    def titles(self) -> Titles:
        """The titles of what the report is about."""
        return Titles(self._warehouse, self._params.get("grid"))

    @cached_property
    def subject_words(self) -> Mapping[str, str]:
        """What the page calls what it is about."""
        return self._subject.words(self.titles, self._warehouse)

    def fill(self, plan: FigurePlan) -> Filled:
        """Run the queries of one figure."""
        params = dict(plan.params)
        subject: Row | None = None
        if plan.subject is not None:
            candidates = self.ask(plan.subject, plan.subject_params).rows
            if not candidates:
                return Filled(plan, None, "", "", drawable=False, empty=plan.empty)
            subject = candidates[0]
            params.update({name: subject[column] for name, column in plan.take.items()})
        answer = self.ask(plan.query, params)
        drawable = _has_values(answer.rows, plan)
        reason = None if drawable else self._why_empty(answer)
        shown = self.titles.shown(answer.rows, answer.params)
        first = self.titles.shown([subject], {}) if subject else shown[:1]
        values = {**words(first[0] if first else {}), **self.subject_words}
        title, note = (
            Template(text).safe_substitute(values) for text in (plan.title, plan.note)
        )
        return Filled(
            plan,
            replace(answer, rows=shown),
            title,
            note,
            drawable=drawable,
            empty=reason or plan.empty,
        )

    def fill_section(self, plan: SectionPlan) -> tuple[list[Filled], str | None]:
        """Run the queries of a section; figures with nothing to show or say are out.

        What keeps several figures empty is said once. What the first of those that are
        out lacks is returned, too.
        """
        kept: list[Filled] = []
        lacking: str | None = None
        for figure in map(self.fill, plan.figures):
            said = {other.empty for other in kept if not other.drawable}
            if figure.drawable or figure.empty not in {None, *said}:
                kept.append(figure)
            elif figure.answer is not None:
                lacking = lacking or figure.answer.lacking
        return kept, lacking

    def _why_empty(self, answer: Answer) -> str | None:
        from zsc_wh.warehouse.lost_blocks import why_empty

        name = answer.query.name
        return why_empty(self._warehouse, name, answer.params, answer.rows)


def _has_values(rows: Sequence[Row], plan: FigurePlan) -> bool:
    """Whether any row has a value in the column that the chart draws."""
    options = plan.chart.options
    value = options.get("value") or options.get("y")
    return any(value is None or row[value] is not None for row in rows)


def check_params(
    definition: Definition, asker: Asker, params: Mapping[str, Any]
) -> None:
    """Check that each parameter of the report is one of some query of it.

    Raises
    ------
    QueryError
        For a parameter that no query of the report declares.
    """
    names = {definition.head, *(answer.query for answer in definition.answers)}
    for section in definition.sections:
        for figure in section.figures:
            names |= {figure.query, figure.subject or figure.query}
    declared = {
        param.name for name in sorted(names) for param in asker.known[name].params
    }
    for name in params:
        if name not in declared:
            raise QueryError(
                what=f"no query of the report has a parameter '{name}'"
                f"{nearest(name, sorted(declared))}",
                hint=f"They have {', '.join(sorted(declared))}.",
            )
