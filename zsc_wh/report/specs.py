"""Pieces that all charts are made of: data, hints under the pointer, specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.words import heading

if TYPE_CHECKING:
    from collections.abc import Sequence

PICKED = "picked"
"""Parameter of a specification that holds the cluster that stands out, as text."""


def chart_of(values: Sequence[dict[str, Any]]) -> alt.Chart:
    """Return an empty chart of these rows, which it holds itself."""
    return alt.Chart(alt.Data(values=list(values)))  # type: ignore[no-untyped-call]


def hint(column: str, form: str | None = None, title: str | None = None) -> alt.Tooltip:
    """Return a line of the hint under the pointer; `form` is that of a number."""
    title = heading(column) if title is None else title
    if form is None:
        return alt.Tooltip(field=column, type="nominal", title=title)
    return alt.Tooltip(field=column, type="quantitative", title=title, format=form)


def spec_of(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart, height: int
) -> dict[str, Any]:
    """Return the specification of a chart that is as wide as its box.

    The height, in pixels, is that of the drawing alone, without its axes. Not validated
    here, which would take most of the time of a report; the tests do it.
    """
    sized = chart.properties(
        width="container",
        height=height,
        autosize={"type": "fit-x", "contains": "padding"},
    )
    spec: dict[str, Any] = sized.to_dict(validate=False)
    return spec


def picked(column: str, value: float, rest: float) -> Any:
    """Return an opacity: `value` for what is picked, or all, and `rest` for others."""
    is_picked = f"{PICKED} === null || toString(datum['{column}']) === {PICKED}"
    return alt.condition(is_picked, alt.value(value), alt.value(rest))


def pickable(spec: dict[str, Any], column: str) -> dict[str, Any]:
    """Return a specification whose marks can be picked by their cluster."""
    spec["params"] = [*spec.get("params", []), {"name": PICKED, "value": None}]
    spec["usermeta"] = {"pick": column}
    return spec
