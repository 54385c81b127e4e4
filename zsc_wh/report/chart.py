"""One chart of a named query, for a notebook: the one that a report draws of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from zsc_wh.errors import MissingExtraError, QueryError
from zsc_wh.fields import nearest
from zsc_wh.installed import install_command
from zsc_wh.report.definition import find_definition, read_definition
from zsc_wh.report.gather import Asker
from zsc_wh.resources import data_folder
from zsc_wh.sqlfiles import queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import altair as alt

    from zsc_wh.report.definition import FigurePlan
    from zsc_wh.report.figure import Drawing, Group, Panel, Row
    from zsc_wh.report.gather import Filled
    from zsc_wh.warehouse import Warehouse

_FIRST = ("overview", "study")
"""Reports that are about all of a warehouse; their charts go before the others'."""

_WRITTEN = ("table", "documents")
"""Kinds of figures that are no drawings."""

_ROW_PX = 900
"""Panels stand side by side up to this width."""

_ACROSS = 4
"""Entries of a legend side by side."""

_OF_A_WHOLE = ("$schema", "autosize", "config", "padding", "width")
"""Keys of a drawing that is alone in its box."""

_FROM_RIGHT = re.compile(r"width - (\d+)")

_CONFIG: Mapping[str, Any] = {
    "view": {"stroke": None},
    "axisBand": {"domain": False, "ticks": False, "grid": False, "labelPadding": 6},
    "style": {
        "missing": {"stroke": "#c9c9c9", "strokeDash": [3, 2], "strokeWidth": 1},
        "zero": {"color": "#5f6368", "strokeWidth": 1},
        "whisker": {"color": "#202124", "opacity": 0.75},
        "segment": {"stroke": "white", "strokeWidth": 1},
        "halo": {"stroke": "white", "strokeWidth": 4, "strokeJoin": "round"},
        "ink": {"color": "#202124"},
    },
}
"""The styles that the charts name; on a page, ``page.js`` gives them its colours."""


@dataclass(frozen=True)
class _Charted:
    """A figure of a shipped report, with the title of its section."""

    section: str
    plan: FigurePlan


def charted() -> dict[str, list[_Charted]]:
    """Return the figures of the shipped reports that are drawn, by their query."""
    shipped = sorted(file.stem for file in data_folder("reports").glob("*.toml"))
    found: dict[str, list[_Charted]] = {}
    for name in dict.fromkeys((*_FIRST, *shipped)):
        for section in read_definition(find_definition(name)).sections:
            for plan in section.figures:
                if plan.chart.kind not in _WRITTEN and not _takes_names(plan):
                    kept = _Charted(section.title, plan)
                    found.setdefault(plan.query, []).append(kept)
    return found


def chart(
    warehouse: Warehouse,
    name: str,
    params: Mapping[str, Any],
    folders: Iterable[Path] = (),
) -> alt.VConcatChart:
    """Return the chart that the shipped reports draw of a named query.

    Where they draw several, it is the first whose parameters agree best with `params`.

    Parameters
    ----------
    warehouse : Warehouse
        Where the rows come from.
    name : str
        Name of the query.
    params : mapping
        Its parameters; they go before those of the report.
    folders : iterable of Path
        Folders of the user's own queries.

    Returns
    -------
    altair.VConcatChart
        Panels stand side by side while there is room; each holds its rows.

    Raises
    ------
    QueryError
        When no such query is there, no report draws it, a parameter is wrong, or there
        is nothing to draw.
    MissingExtraError
        When the extra ``report`` is not installed.
    """
    # imports duckdb, which the package does without until something is asked
    from zsc_wh.warehouse.params import declared_values

    folders = tuple(folders)
    known, drawn = queries(*folders), charted()
    if name not in drawn:
        raise QueryError(
            what=f"no chart of '{name}'"
            + ("" if name in known else nearest(name, drawn)),
            hint=f"There are charts of {', '.join(sorted(drawn))}; `query` gives the "
            "rows of any other.",
        )
    given = declared_values(known[name], params)
    chosen = max(drawn[name], key=lambda one: _agreement(one.plan, given))
    asker = Asker(warehouse, given, folders)
    filled = asker.fill(_about(chosen.plan, given))
    if filled.answer is None or not filled.drawable:
        raise QueryError(
            what=f"nothing to draw: {filled.empty or 'the query has no rows'}",
            where=f"query {name}",
            hint="`query` gives its rows.",
        )
    return _assembled(chosen, filled, filled.answer.rows, asker)


def _takes_names(plan: FigurePlan) -> bool:
    """Whether a figure needs to know what its report is about."""
    values = [*plan.params.values()]
    values += [item for value in values if isinstance(value, list) for item in value]
    return any(isinstance(value, str) and value.startswith("$") for value in values)


def _agreement(plan: FigurePlan, given: Mapping[str, Any]) -> int:
    """Return how many parameters are as the figure has them, less those that differ."""
    return sum(
        1 if given[name] == value else -1
        for name, value in plan.params.items()
        if name in given
    )


def _about(plan: FigurePlan, given: Mapping[str, Any]) -> FigurePlan:
    """Return a figure that is about what was given, where a row would choose that."""
    if given.keys().isdisjoint(plan.take):
        return plan
    return replace(plan, subject=None, take={})


def _assembled(
    chosen: _Charted, filled: Filled, rows: Sequence[Row], asker: Asker
) -> alt.VConcatChart:
    """Draw the rows, and put the panels and their legend into one chart."""
    try:
        import altair as alt

        from zsc_wh.report.page import draw
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            what=f"a chart needs the package '{error.name}'",
            hint=f"Install it: {install_command('report')}.",
        ) from error
    drawing = cast("Drawing", draw(chosen.plan.chart, rows, asker))
    bands: list[dict[str, Any]] = [_legend(drawing)] if drawing.swatches else []
    for group in drawing.groups:
        bands += _rows(drawing, group)
    # a parameter of a panel is one of the whole, and is declared there once
    params = {one["name"]: one for row in bands for one in _taken(row, "params")}
    notes = [filled.note, drawing.caption, _scale(drawing)]
    spec: dict[str, Any] = {
        "config": _CONFIG,
        "title": {
            "text": filled.title or chosen.section,
            "subtitle": [note for note in notes if note],
            "anchor": "start",
        },
        "params": [*params.values()],
        "vconcat": bands,
    }
    return alt.VConcatChart.from_dict(spec, validate=False)


def _rows(drawing: Drawing, group: Group) -> list[dict[str, Any]]:
    """Return the panels of a group, side by side while there is room."""
    width = max(drawing.least, drawing.ideal, 240)
    if len(group.panels) == 1:
        width = max(width, min(drawing.most, 520))
    across = max(1, _ROW_PX // width)
    panels = [_panel(panel, width) for panel in group.panels]
    rows = [panels[at : at + across] for at in range(0, len(panels), across)]
    title = {"title": {"text": group.title, "anchor": "start"}} if group.title else {}
    return [
        {**(title if at == 0 else {}), "hconcat": row} for at, row in enumerate(rows)
    ]


def _panel(panel: Panel, width: int) -> dict[str, Any]:
    """Return a panel that stands among others, which has no box to fill."""
    spec = {
        key: _sized(value, width)
        for key, value in panel.spec.items()
        if key not in _OF_A_WHOLE
    }
    if panel.title or panel.note:
        spec["title"] = {
            "text": panel.title,
            "subtitle": panel.note,
            "anchor": "start",
            "fontSize": 11,
            "subtitleFontSize": 10,
        }
    return {**spec, "width": width}


def _sized(value: Any, width: int) -> Any:
    """Put numbers for places from the right edge: ``width`` is that of the whole."""
    if isinstance(value, list):
        return [_sized(item, width) for item in value]
    if not isinstance(value, dict):
        return value
    edge = _FROM_RIGHT.fullmatch(str(value.get("expr")))
    if edge:
        return width - int(edge[1])
    return {key: _sized(item, width) for key, item in value.items()}


def _legend(drawing: Drawing) -> dict[str, Any]:
    """Return the colours of all panels, with what they stand for."""
    places = [
        {
            "label": one.label,
            "colour": one.colour,
            "x": at % _ACROSS,
            "y": at // _ACROSS,
        }
        for at, one in enumerate(drawing.swatches)
    ]
    place = {
        axis: {"field": axis, "type": "ordinal", "axis": None} for axis in ("x", "y")
    }
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return {
        "data": {"values": places},
        "width": _ROW_PX // 2,
        "height": 16 * (1 + (len(places) - 1) // _ACROSS),
        "encoding": place,
        "layer": [
            {
                "mark": {"type": "square", "size": 90, "opacity": 1},
                "encoding": {"color": colour},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 10, "limit": 90},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }


def _scale(drawing: Drawing) -> str:
    """Say what the colours of a sequential scale mean."""
    ramp = drawing.ramp
    return (
        ""
        if ramp is None
        else f"{ramp.label}: {ramp.low} (light) to {ramp.high} (dark)"
    )


def _taken(row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Take a key out of the panels of a row, and return what they had there."""
    return [item for panel in row.get("hconcat", []) for item in panel.pop(key, [])]
