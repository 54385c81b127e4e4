"""The heat map: one coloured, numbered field per cell, arranged by how many there are.

With few datasets each has its own group and the methods are side by side; with many,
datasets become the columns and each method has a panel. What varies in no way that a
reader could compare is not given a panel.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.figure import Drawing, Group, Panel, Ramp, Row, distinct, only, short
from zsc_wh.report.specs import chart_of, hint, spec_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RAMP = ("#eef2ee", "#c3ddd6", "#8ac0bd", "#4b9ba6", "#24758d", "#125073", "#0b2e50")
"""Colours from low to high; lightness falls evenly, so no colour vision is needed."""

DARK = "dark"
"""Parameter of the drawing that the page sets: whether it is a dark one, on which the
ramp is turned so that high values stand out there too."""

FEW = 6
"""Up to this many datasets each have a group of their own."""

FIELD_PX = 27
"""Least width of a field that can hold its number."""

LABEL_PX = 132
"""Room for the names of the rows."""


def heatmap(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a value for each row and column; fields without value stay empty.

    Parameters
    ----------
    rows : sequence of mapping
        One per field.
    options : mapping
        As declared for ``heatmap`` in `zsc_wh.report.kinds.CHARTS`.
    """
    value = options["value"]
    columns, group, panel = _layout(rows, options)
    known = [row[value] for row in rows if row[value] is not None]
    low, high = short(min(0.0, *known)), short(max(known))
    high = high if high > low else low + 1.0
    order = (
        _by_column(rows, options["rows"], options["row_order"])
        if options["row_order"]
        else _by_mean(rows, options["rows"], value)
    )
    # a column order is that of the columns as declared, not of what goes across instead
    is_ordered = options["column_order"] and columns == options["columns"]
    names = (
        _by_column(rows, columns, options["column_order"])
        if is_ordered
        else sorted(distinct(rows, columns))
    )
    groups = []
    for group_name in _values(rows, group):
        panels = []
        for panel_name in _values(rows, panel):
            chosen = [
                row
                for row in rows
                if (group is None or row[group] == group_name)
                and (panel is None or row[panel] == panel_name)
            ]
            if chosen:
                spec = _spec(chosen, options, columns, order, names, (low, high))
                alt_text = _alt(chosen, options, columns, (group_name, panel_name))
                panels.append(Panel(str(panel_name or ""), "", alt_text, spec))
        groups.append(Group(str(group_name or ""), tuple(panels)))
    return Drawing(
        groups=tuple(groups),
        least=LABEL_PX + FIELD_PX * len(names),
        most=LABEL_PX + 80 * max(len(names), 3),
        ramp=Ramp(
            RAMP,
            _number(low, options["percent"]),
            _number(high, options["percent"]),
            options["axis"] or value,
        ),
    )


def _layout(
    rows: Sequence[Row], options: Mapping[str, Any]
) -> tuple[str, str | None, str | None]:
    """Choose the column across, the column of groups and the column of panels."""
    across, many, panels = options["columns"], options["many"], options["panels"]
    fixed = [name for name in (options["rows"], across, many) if name is not None]
    # with one recipe per field the recipe is not a dimension of its own
    varies = len({tuple(row[name] for name in fixed) for row in rows}) < len(rows)
    inner = panels if varies and _several(rows, panels) else None
    if many is not None and len(distinct(rows, many)) > FEW:
        return many, inner, across if _several(rows, across) else None
    return across, many if _several(rows, many) else None, inner


def _several(rows: Sequence[Row], column: str | None) -> bool:
    return column is not None and len(distinct(rows, column)) > 1


def _values(rows: Sequence[Row], column: str | None) -> list[Any]:
    return [None] if column is None else sorted(distinct(rows, column))


def _by_column(rows: Sequence[Row], column: str, order: str) -> list[Any]:
    """Return the values of a column in the order of the least of another one."""
    places: dict[Any, Any] = {}
    for row in rows:
        name, place = row[column], row[order]
        if name is not None and place is not None:
            places[name] = min(place, places.get(name, place))
    return sorted(places, key=lambda name: (places[name], str(name)))


def _by_mean(rows: Sequence[Row], column: str, value: str) -> list[str]:
    """Return the values of a column, highest mean first, those without any last."""
    means = {}
    for name in distinct(rows, column):
        known = [
            row[value] for row in rows if row[column] == name and row[value] is not None
        ]
        # what differs by rounding alone is equal: the page is the same every time
        means[name] = short(fmean(known)) if known else float("-inf")
    return sorted(means, key=lambda name: -means[name])


def _spec(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    columns: str,
    order: list[str],
    names: list[str],
    domain: tuple[float, float],
) -> dict[str, Any]:
    """Return the specification of one panel."""
    value, row_column = options["value"], options["rows"]
    dimensions = [options[key] for key in ("rows", "columns", "many", "panels")]
    used = [name for name in dimensions if name is not None]
    count = options["n"]
    counts = [] if count is None else [count]
    shown = list(dict.fromkeys([*used, value, *counts, *options["detail"]]))
    here = {row[row_column] for row in rows}
    low, high = domain
    form = ".1%" if options["percent"] else ".3f"
    base = chart_of(only(rows, shown)).encode(
        x=alt.X(
            field=columns,
            type="nominal",
            sort=names,
            scale=alt.Scale(domain=names),
            axis=alt.Axis(title=None, orient="top", labelAngle=-40, labelLimit=110),
        ),
        y=alt.Y(
            field=row_column,
            type="nominal",
            sort=[name for name in order if name in here],
            axis=alt.Axis(title=None, labelLimit=LABEL_PX - 12),
        ),
        tooltip=[hint(name, form if name == value else None) for name in shown],
    )
    present = f"isValid(datum['{value}'])"
    number = f"datum['{value}']"
    # dark writing on the light half of the ramp, which is turned on a dark page
    light = f"({number} < {low + 0.5 * (high - low):.6g}) != {DARK}"
    rounded = (
        f"format(100 * {number}, '.0f')"
        if options["percent"]
        else f"format({number}, '.2f')"
    )
    fields = (
        base.transform_filter(present)
        .mark_rect(cornerRadius=2)
        .encode(
            color=alt.Color(
                field=value,
                type="quantitative",
                scale=alt.Scale(
                    domain=[low, high],
                    range=list(RAMP),
                    clamp=True,
                    reverse=alt.ExprRef(DARK),
                ),
                legend=None,
            )
        )
    )
    empty = base.transform_filter(f"!{present}").mark_rect(
        cornerRadius=2, fill="transparent", style=["missing"]
    )
    ink = alt.condition(light, alt.value("#16252e"), alt.value("#ffffff"))
    numbers = (
        base.transform_filter(present)
        .transform_calculate(written=rounded)
        .mark_text(fontSize=11, dy=0 if count is None else -5)
        .encode(text=alt.Text(field="written", type="nominal"), color=ink)
    )
    layers: list[alt.Chart] = [fields, empty, numbers]
    if count is not None:
        written = base.transform_calculate(written=f"'n = ' + datum['{count}']")
        text = alt.Text(field="written", type="nominal")
        layers += [
            written.transform_filter(present)
            .mark_text(fontSize=8.5, dy=7)
            .encode(text=text, color=ink),
            written.transform_filter(f"!{present}")
            .mark_text(fontSize=8.5, style=["ink"])
            .encode(text=text),
        ]
    spec = spec_of(alt.layer(*layers), (FIELD_PX + 9 * len(counts)) * len(here))
    spec["params"] = [{"name": DARK, "value": False}]
    # the slanted name of the last column reaches over the edge of its field
    spec["padding"] = {"left": 5, "top": 5, "right": 40, "bottom": 5}
    return spec


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:.0f}" if percent else f"{value:.2f}"


def _alt(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    columns: str,
    names: tuple[Any, Any],
) -> str:
    """Say in one sentence what the panel shows."""
    value, percent = options["value"], options["percent"]
    known = [row for row in rows if row[value] is not None]
    where = ", ".join(str(name) for name in names if name is not None)
    text = f"Heat map of {options['axis'] or value}, {options['rows']} by {columns}"
    text += f" ({where})" if where else ""
    if not known:
        return f"{text}: no values."
    best = max(known, key=lambda row: short(row[value]))
    worst = min(known, key=lambda row: short(row[value]))
    return (
        f"{text}: {len(known)} of {counted(len(rows), 'value')}, from "
        f"{_number(worst[value], percent)} to {_number(best[value], percent)}; the "
        f"highest is {best[options['rows']]} with {best[columns]}."
    )
