"""The kinds of charts that a report can draw, and what each takes from its query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = Field(str, "")
_COLUMN = Field(str)
_OPTIONAL = Field(str, None)
_COLUMNS = Field(list, [])

_BARS = {
    "label": Field(str, doc="column that names the bars"),
    "value": Field(str, doc="column of their length"),
    "spread": _OPTIONAL,
    "error": _OPTIONAL,
    "n": _OPTIONAL,
    "total": _OPTIONAL,
    "panel": _OPTIONAL,
    "group": _OPTIONAL,
    "group_title": _TEXT,
    "detail": _COLUMNS,
    "axis": _TEXT,
}

CHARTS: Mapping[str, Mapping[str, Field]] = {
    "heatmap": {
        "rows": _COLUMN,
        "columns": _COLUMN,
        "value": _COLUMN,
        "n": Field(str, None, doc="column of a count, written below the value"),
        # makes groups, or goes across where it has many values
        "many": _OPTIONAL,
        # makes panels, where it is a dimension of its own
        "panels": _OPTIONAL,
        "detail": _COLUMNS,
        "axis": _TEXT,
        "percent": Field(bool, False),
    },
    "ranks": _BARS,
    "bars": _BARS,
    "scatter": {
        "x": _COLUMN,
        "y": _COLUMN,
        "colour": Field(list, doc="columns; the first with few enough values colours"),
        "panel": _COLUMN,
        "group": _OPTIONAL,
        "group_title": _TEXT,
        "panel_note": _TEXT,
        "detail": _COLUMNS,
        "x_axis": _TEXT,
        "y_axis": _TEXT,
    },
    "lines": {
        "x": Field(str, doc="column of the steps, which keep the order of the rows"),
        "y": _COLUMN,
        "line": Field(str, doc="column that names the lines"),
        "panel": _OPTIONAL,
        "detail": _COLUMNS,
        "x_axis": _TEXT,
        "y_axis": _TEXT,
        "percent": Field(bool, False),
    },
    "projection": {
        "x": _COLUMN,
        "y": _COLUMN,
        "label": _COLUMN,
        "cluster": _COLUMN,
        "name": _COLUMN,
    },
    "stacked": {
        "label": _COLUMN,
        "value": _COLUMN,
        "stack": _COLUMN,
        "order": Field(list, [], doc="values of the stack, in order"),
        "axis": _TEXT,
        "detail": _COLUMNS,
    },
    "completeness": {
        "label": _COLUMN,
        "panel": _COLUMN,
        "total": _COLUMN,
        "closed": _COLUMN,
        "parts": Field(list, doc="columns that add up to the total"),
    },
    "table": {
        "columns": _COLUMNS,
        "percent": _COLUMNS,
        "optional": Field(list, [], doc="columns left out where no row has a value"),
        "folded": Field(bool, False, doc="show only its heading until it is opened"),
    },
    "documents": {"name": _COLUMN, "text": _COLUMN},
}
"""Kinds of charts and the keys of each; most name columns of the query."""
