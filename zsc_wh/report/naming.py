"""Check what a definition names: queries, their parameters and their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.fields import nearest
from zsc_wh.report.answers import columns_of
from zsc_wh.sqlparams import find_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems
    from zsc_wh.sqlfiles import Query

_WORDING = frozenset(
    {"axis", "x_axis", "y_axis", "panel_note", "group_title", "order"},
)
"""Options of charts that are texts, not names of columns."""


class Names:
    """The queries that a definition can name; faults go to `problems`.

    Tables are given as far as they are sound: a key with a fault is absent.
    """

    def __init__(self, known: Mapping[str, Query], problems: Problems) -> None:
        self._known = known
        self._problems = problems

    def check_head(self, place: Place, values: Mapping[str, Any]) -> None:
        """Check the query of the key numbers."""
        self._query(place, values, "head")

    def check_tile(
        self, place: Place, values: Mapping[str, Any], head: str | None
    ) -> None:
        """Check the columns of a key number, by the query of the head."""
        query = self._known.get(head or "")
        for key in ("value", "of"):
            if query is not None and values.get(key) is not None:
                self._column(place / key, values[key], query)

    def check_needs(
        self, place: Place, needs: Mapping[str, Any], head: str | None
    ) -> None:
        """Check the columns that sections need, by the query of the head."""
        query = self._known.get(head or "")
        for column in needs:
            if query is not None:
                self._column(place / column, column, query)

    def check_answer(self, place: Place, values: Mapping[str, Any]) -> None:
        """Check the query of a sentence, its parameters and its columns."""
        query = self._query(place, values, "query")
        if query is None:
            return
        for name in values.get("params", {}):
            self._param(place / "params" / name, name, query)
        for key in ("text", "otherwise"):
            for column in columns_of(values.get(key, "")):
                self._column(place / key, column, query)

    def check_figure(
        self, place: Place, values: Mapping[str, Any], options: Mapping[str, Any]
    ) -> None:
        """Check the queries of a figure, and what it and its chart name of them."""
        query = self._query(place, values, "query")
        subject = self._query(place, values, "subject")
        if query is not None:
            for key in ("params", "take"):
                for name in values.get(key, {}):
                    self._param(place / key / name, name, query)
            for where, name in _columns_of(place / "chart", options):
                self._column(where, name, query)
        if subject is not None:
            for name in values.get("subject_params", {}):
                self._param(place / "subject_params" / name, name, subject)
            for name, column in values.get("take", {}).items():
                self._column(place / "take" / name, str(column), subject)

    def _query(self, place: Place, values: Mapping[str, Any], key: str) -> Query | None:
        name = values.get(key)
        if name is not None and name not in self._known:
            self._problems.add(
                place / key,
                f"there is no query '{name}'{nearest(name, self._known)} `zscwh "
                "queries` lists them; --queries adds a folder of your own",
            )
        return self._known.get(name or "")

    def _param(self, place: Place, name: str, query: Query) -> None:
        if find_parameter(query.params, name) is None:
            known = [param.name for param in query.params]
            self._name(place, name, known, f"the query {query.name} has no parameter")

    def _column(self, place: Place, name: str, query: Query) -> None:
        known = [column.name for column in query.columns]
        self._name(place, name, known, f"the query {query.name} has no column")

    def _name(self, place: Place, name: str, known: list[str], fault: str) -> None:
        if name not in known:
            hint = nearest(name, known)
            listed = f"{' It' if hint else '; it'} has {', '.join(known) or 'none'}"
            self._problems.add(place, f"{fault} '{name}'{hint}{listed}")


def _columns_of(
    place: Place, options: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    """Yield where a chart names a column, and its name."""
    for key, value in options.items():
        if key in _WORDING or isinstance(value, bool) or value is None:
            continue
        if isinstance(value, str):
            yield place / key, value
        else:
            for index, name in enumerate(value):
                yield place / key / index, name
