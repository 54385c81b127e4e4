"""The kinds of charts that a report can draw, and what each takes from its query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ChartKind:
    """One kind of chart: a line for people, and its keys besides `kind`."""

    doc: str
    fields: Mapping[str, Field]


def _column(doc: str) -> Field:
    return Field(str, doc=f"column {doc}")


def _optional(doc: str) -> Field:
    return Field(str, default=None, doc=f"column {doc}")


def _text(doc: str) -> Field:
    return Field(str, default="", doc=doc)


_DETAIL = Field(list, default=[], doc="columns shown where the pointer is")
_PERCENT = Field(bool, default=False, doc="whether values are written in percent")
_PANEL = _optional("that makes a panel of each of its values")
_GROUP = _optional("that makes a group of panels of each of its values")
_GROUP_TITLE = _text("heading of a group; $column is a value of its first row")
_X_AXIS = _text("name of the axis across; unset: that of its column")
_Y_AXIS = _text("name of the axis up; unset: that of its column")
_VALUE_AXIS = _text("name of the values, with their unit; unset: that of their column")

_BARS = {
    "label": _column("that names the lines"),
    "value": _column("of the values"),
    "spread": _optional("of the standard deviation, in the unit of the value"),
    "error": _optional("of the standard error, in the unit of the value"),
    "low": _optional("of the lower end of an interval, drawn in place of the error"),
    "high": _optional("of the upper end of that interval"),
    "n": _optional("of how many a value is made of"),
    "total": _optional("of how many it could have been made of"),
    "panel": _PANEL,
    "group": _GROUP,
    "group_title": _GROUP_TITLE,
    "detail": _DETAIL,
    "axis": _VALUE_AXIS,
}

CHARTS: Mapping[str, ChartKind] = {
    "heatmap": ChartKind(
        "coloured fields with numbers, by row and column",
        {
            "rows": _column("whose values are the rows"),
            "columns": _column("whose values are the columns"),
            "value": _column("of the numbers in the fields"),
            "row_order": _optional("that the rows are sorted by; unset: best first"),
            "column_order": _optional("that the columns are sorted by; unset: names"),
            "n": _optional("of a count, written below the value"),
            "many": _optional(
                "that makes groups, or goes across where it has many values"
            ),
            "panels": _optional(
                "that makes panels, where it is a dimension of its own"
            ),
            "detail": _DETAIL,
            "axis": _VALUE_AXIS,
            "percent": _PERCENT,
        },
    ),
    "ranks": ChartKind("a point per name, with its errors", _BARS),
    "bars": ChartKind("a bar from zero per name, with its errors", _BARS),
    "differences": ChartKind(
        "mean ranks on a line, with bars over those that a test does not tell apart",
        {
            "label": _column("that names the points"),
            "value": _column("of the mean ranks"),
            "groups": _column(
                "of the groups that a point is in, named by words with blanks between"
            ),
            "difference": _column("of the critical difference"),
            "n": _column("of how many blocks were ranked"),
            "panel": _PANEL,
            "detail": _DETAIL,
            "axis": _VALUE_AXIS,
        },
    ),
    "dumbbells": ChartKind(
        "two values per name, joined by a line",
        {
            "label": _column("that names the lines"),
            "a": _column("of one value"),
            "b": _column("of the other value"),
            "detail": _DETAIL,
            "axis": _VALUE_AXIS,
            "percent": _PERCENT,
        },
    ),
    "scatter": ChartKind(
        "one value against another",
        {
            "x": _column("of the values across"),
            "y": _column("of the values up"),
            "colour": Field(
                list, doc="columns; the first with few enough values colours"
            ),
            "panel": _column("that makes a panel of each of its values"),
            "group": _GROUP,
            "group_title": _GROUP_TITLE,
            "panel_note": _text("line of a panel; $column is a value of its first row"),
            "detail": _DETAIL,
            "x_axis": _X_AXIS,
            "y_axis": _Y_AXIS,
        },
    ),
    "lines": ChartKind(
        "a value over steps, a line per name",
        {
            "x": _column("of the steps, which keep the order of the rows"),
            "y": _column("of the values up"),
            "line": _column("that names the lines"),
            "panel": _PANEL,
            "detail": _DETAIL,
            "x_axis": _X_AXIS,
            "y_axis": _Y_AXIS,
            "percent": _PERCENT,
        },
    ),
    "projection": ChartKind(
        "samples on a map, by cluster and by class",
        {
            "x": _column("of the coordinate across"),
            "y": _column("of the coordinate up"),
            "label": _column("of the class of a sample"),
            "cluster": _column("of the cluster of a sample"),
            "name": _column("of the name of a sample"),
        },
    ),
    "silhouettes": ChartKind(
        "the silhouettes of all samples, a cluster beside the other",
        {
            "cluster": _column("of the cluster of a sample"),
            "place": _column("of the place of a sample, clusters one after the other"),
            "value": _column("of its silhouette"),
        },
    ),
    "thumbnails": ChartKind(
        "small images, a line per cluster",
        {
            "cluster": _column("of the cluster of a sample"),
            "n": _column("of the samples of that cluster"),
            "name": _column("of the name of a sample"),
            "label": _column("of the class of a sample"),
        },
    ),
    "stacked": ChartKind(
        "bars of parts that add up",
        {
            "label": _column("that names the bars"),
            "value": _column("of the length of a part"),
            "stack": _column("that names the parts"),
            "order": Field(list, default=[], doc="names of the parts, in order"),
            "axis": _VALUE_AXIS,
            "detail": _DETAIL,
        },
    ),
    "completeness": ChartKind(
        "what of a whole has a result",
        {
            "label": _column("that names the bars"),
            "panel": _column("that makes a panel of each of its values"),
            "total": _column("of the whole"),
            "closed": _column("of what has a result"),
            "parts": Field(list, doc="columns that add up to the total"),
        },
    ),
    "table": ChartKind(
        "the rows themselves",
        {
            "columns": Field(list, default=[], doc="columns shown; none: all of them"),
            "percent": Field(list, default=[], doc="columns written in percent"),
            "optional": Field(
                list, default=[], doc="columns left out where no row has a value"
            ),
            "folded": Field(
                bool, default=False, doc="whether only its heading is shown at first"
            ),
            "pick": _optional(
                "of clusters: pressed, one stands out in all charts of clusters"
            ),
        },
    ),
    "documents": ChartKind(
        "texts that can be opened",
        {
            "name": _column("of the heading of a text"),
            "text": _column("of the text"),
        },
    ),
}
"""Kinds of charts and the keys of each; most name columns of the query."""
