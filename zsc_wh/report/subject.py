"""What a report is about: the encoder, dataset or cell that is named after it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from string import Template
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import QueryError
from zsc_wh.report.sides import SIDE
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zsc_wh.report.definition import Definition, SectionPlan
    from zsc_wh.report.titles import Titles
    from zsc_wh.sqlfiles import Query
    from zsc_wh.warehouse import Warehouse

CELL = "cell"
"""The kind whose things have keys, and paths of names."""


@dataclass(frozen=True)
class Subject:
    """What a report is about, by the names that its definition gives.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of the things.
    values : mapping of str to str
        Their names; a cell has its key.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def words(self, titles: Titles, warehouse: Warehouse) -> dict[str, str]:
        """Return what the page calls them: titles, of a cell its path of names."""
        words = {}
        for name, value in self.values.items():
            kind = self.kinds[name]
            if kind == SIDE:
                words[name] = value
            elif kind == CELL:
                asked = {"cell": value, "closed": False}
                rows = warehouse.run_query("find_cell", asked).rows
                words[name] = str(rows[0][1]) if rows else value
            else:
                words[name] = str(titles.shown([{kind: value}], {})[0][kind])
        return words

    def params(self, query: Query, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a query that a figure declares, made about this.

        A query with a parameter of just this name is about it alone; one that compares
        several, such as with a list of encoders, only where the figure asks for it.
        """
        names = {param.name for param in query.params}
        own = {key: value for key, value in self.values.items() if key in names}
        return own | {key: self._put(value) for key, value in params.items()}

    def _put(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._put(item) for item in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.values.get(value[1:], value)
        return value


def find_subject(
    takes: Mapping[str, str], given: Sequence[str], warehouse: Warehouse, report: str
) -> Subject:
    """Return what a report is about.

    Parameters
    ----------
    takes : mapping of str to str
        Kinds of what it takes, by name, as its definition declares them.
    given : sequence of str
        What was given, in that order.
    warehouse : Warehouse
        Where the names are known.
    report : str
        The report, for messages.

    Raises
    ------
    QueryError
        When their number differs, or the warehouse does not have one of them.
    """
    if len(given) != len(takes):
        wanted = " ".join(name.upper() for name in takes)
        needs = f"needs {counted(len(takes), 'name')}" if takes else "takes no name"
        raise QueryError(
            what=f"the report '{report}' {needs}, not {len(given)}",
            hint=f"Write `zscwh report {report} {wanted}`.".replace(" `.", "`."),
        )
    values = {}
    for (name, kind), value in zip(takes.items(), given, strict=True):
        if kind == SIDE:  # two of them are known by each other
            values[name] = value
        elif kind == CELL:
            values[name] = warehouse.cell_key(value)
        else:
            warehouse.require_known(kind, [value], f"report {report}")
            values[name] = value
    return Subject(takes, values)


def with_words(plan: Definition, words: Mapping[str, str]) -> Definition:
    """Return a definition with words for ``$name`` in its title and prose."""
    return replace(
        plan,
        title=_filled(plan.title, words),
        lead=_filled(plan.lead, words),
        sections=tuple(_section(section, words) for section in plan.sections),
    )


def _section(section: SectionPlan, words: Mapping[str, str]) -> SectionPlan:
    return replace(
        section,
        title=_filled(section.title, words),
        prose=_filled(section.prose, words),
        method=_filled(section.method, words),
    )


def _filled(text: str, words: Mapping[str, str]) -> str:
    return Template(text).safe_substitute(words) if words else text
