"""Show things by their declared titles instead of their names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.report.figure import Row
    from zsc_wh.warehouse import Warehouse

_COLUMNS = {kind: (kind,) for kind in CELL_NAMES} | {
    "baseline": ("encoder",),
    "base_reducer": ("reducer",),
    "train": ("dataset",),
    "projection": ("reducer",),
    "other": ("clusterer",),
    "better": ("encoder", "clusterer"),
    "worse": ("encoder", "clusterer"),
}
"""Columns of queries that hold names, and the kinds of these names."""

_STAGES = {"embed": ("encoder",), "cluster": ("clusterer",), "probe": ()}
"""Kinds of things that `cost_per_stage` names of a stage."""

_ARRAYS = ("reducer", "encoder")
"""Those of all other stages, whose arrays are of one or the other."""

Known = dict[tuple[str, str], str]


class Titles:
    """The titles of what a report shows.

    Two things of one kind that share a title keep their names. Things that the grids
    of the report want come first; others, such as train sets, have their title where
    nothing else has it.

    Parameters
    ----------
    warehouse : Warehouse
        Where the titles are declared.
    grid : str or None
        The grid that the report is of, as in `Warehouse.run_query`.
    """

    def __init__(self, warehouse: Warehouse, grid: str | None) -> None:
        wanted: Known = {
            (kind, name): title
            for kind, name, title in warehouse.read(_WANTED, {"grid": grid}).rows
        }
        others: Known = {
            (kind, name): title
            for kind, name, title in warehouse.read(_DECLARED).rows
            if (kind, name) not in wanted
        }
        taken = {(kind, title) for (kind, _), title in wanted.items()}
        free = {
            (kind, name): title
            for (kind, name), title in others.items()
            if (kind, title) not in taken
        }
        self._titles = _distinct(wanted) | _distinct(free)
        self._encoders = warehouse.read(_FAMILIES).rows

    @property
    def families(self) -> dict[str, str]:
        """The family of each encoder, by what the page calls it."""
        return {
            self._titles.get(("encoder", name), name): family
            for name, family in self._encoders
        }

    def shown(
        self, rows: Iterable[Row], params: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the rows of an answer with titles in the columns that hold names.

        Rows that have a column ``title`` keep the names beside it.

        Parameters
        ----------
        rows : iterable of mapping
            The rows.
        params : mapping
            What the query was asked; ``by`` says what a column ``subject`` holds.
        """
        return [self._of_row(row, params) for row in rows]

    def _of_row(self, row: Row, params: Mapping[str, Any]) -> dict[str, Any]:
        if "title" in row:
            return dict(row)
        kinds = {
            **_COLUMNS,
            "subject": _kinds_of_subject(row, params),
            "name": (str(row.get("scope")),),
        }
        return {
            column: self._title(kinds.get(column, ()), value)
            if isinstance(value, str)
            else value
            for column, value in row.items()
        }

    def _title(self, kinds: Iterable[str], name: str) -> str:
        titles = (self._titles.get((kind, name)) for kind in kinds)
        return next((title for title in titles if title is not None), name)


def _kinds_of_subject(row: Row, params: Mapping[str, Any]) -> tuple[str, ...]:
    by = row.get("grouped_by") or params.get("by")
    if by in CELL_NAMES:
        return (str(by),)
    return _STAGES.get(row["stage"], _ARRAYS) if "stage" in row else ()


def _distinct(known: Known) -> Known:
    """Leave out the titles that several names of a kind share."""
    counts = Counter((kind, title) for (kind, _), title in known.items())
    return {
        (kind, name): title
        for (kind, name), title in known.items()
        if counts[kind, title] == 1
    }


_DECLARED = """
select
    kind,
    label,
    title
from name_version
inner join name_fact using (kind, name, meaning)
"""

_FAMILIES = """
select
    name_version.label,
    encoder_fact.family
from name_version
inner join encoder_fact using (name, meaning)
where name_version.kind = 'encoder'
"""

_WANTED = """
select distinct
    unnest(['encoder', 'dataset', 'reducer', 'clusterer']) as kind,
    unnest([encoder, dataset, reducer, clusterer]) as name,
    unnest([encoder_title, dataset_title, reducer_title, clusterer_title]) as title
from named_cell
where grid is not distinct from $grid and (is_current or $grid is not null)
"""
