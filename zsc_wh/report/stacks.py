"""Charts of divided bars: summed costs by stage, and cells by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.bars import NAME_PX, STEP_PX
from zsc_wh.report.figure import (
    CATEGORICAL,
    REST,
    Drawing,
    Group,
    Panel,
    Row,
    Swatch,
    distinct,
    short,
)
from zsc_wh.report.specs import chart_of, hint, spec_of
from zsc_wh.words import counted, heading, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATES: Mapping[str, str] = {
    "done": "#0f766e",
    "not_converged": "#5fb3a8",
    "degenerate": "#b4d8d2",
    "failed": "#c2410c",
    "oom": "#e07b39",
    "timeout": "#f0b35b",
    "killed": "#8c2d04",
    "skipped": "#8a8f98",
    "missing": "#cfd3d8",
}
"""Colours of states: green has a result, orange failed, grey was not run."""


def stacked(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw the sum per name as a bar, divided by another column."""
    label, value, stack = options["label"], options["value"], options["stack"]
    order = list(dict.fromkeys([*options["order"], *distinct(rows, stack)]))
    colours = {
        name: CATEGORICAL[place % len(CATEGORICAL)] for place, name in enumerate(order)
    }
    totals: dict[str, float] = {}
    for row in rows:
        totals[row[label]] = totals.get(row[label], 0.0) + (row[value] or 0.0)
    names = sorted(totals, key=lambda name: -totals[name])
    values = [
        {
            "line": row[label],
            "part": row[stack],
            "size": short(row[value]),
            "place": order.index(row[stack]),
            **{f"hint_{name}": short(row[name]) for name in options["detail"]},
        }
        for row in rows
    ]
    hints = [
        hint("line", title=heading(label)),
        hint("part", title=heading(stack)),
        hint("size", ".3~f", heading(value)),
        *(hint(f"hint_{name}", ".3~f", heading(name)) for name in options["detail"]),
    ]
    across = alt.X(
        field="size",
        type="quantitative",
        stack="zero",
        axis=alt.Axis(title=options["axis"] or None, tickCount=6),
    )
    spec = _spec(values, across, names, colours, hints)
    parts = ", ".join(f"{name} {totals[name]:.4g}" for name in names[:12])
    alt_text = f"{options['axis'] or heading(value)} by {label} and {stack}: {parts}."
    present = set(distinct(rows, stack))
    return Drawing(
        (Group("", (Panel("", "", alt_text, spec),)),),
        least=320,
        most=1000,
        swatches=tuple(
            Swatch(str(name), colour)
            for name, colour in colours.items()
            if name in present
        ),
    )


def completeness(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw each name's cells by state, as shares of what was declared."""
    label, total, closed = options["label"], options["total"], options["closed"]
    used = [part for part in options["parts"] if any(row[part] for row in rows)]
    colours = {heading(part): STATES.get(part, REST) for part in used}
    panels = []
    for name in distinct(rows, options["panel"]):
        chosen = [row for row in rows if row[options["panel"]] == name]
        has = sum(row[closed] for row in chosen)
        cells = counted(sum(row[total] for row in chosen), "cell")
        note = f"{has:,} of {cells} {plural(has, 'has', 'have')} a result"
        spec = _shares(chosen, options, used, colours)
        parts = "; ".join(
            f"{row[label]}: "
            + ", ".join(f"{row[part]} {heading(part)}" for part in used if row[part])
            for row in chosen[:12]
        )
        alt_text = f"Cells of {name} by state, {note}. {parts}."
        panels.append(Panel(str(name), note, alt_text, spec))
    return Drawing(
        (Group("", tuple(panels)),),
        least=300,
        most=1000,
        swatches=tuple(Swatch(part, colour) for part, colour in colours.items()),
    )


def _shares(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    used: list[str],
    colours: Mapping[str, str],
) -> dict[str, Any]:
    """Return the specification of one panel of shares."""
    label, total = options["label"], options["total"]
    values = [
        {
            "line": row[label],
            "part": heading(part),
            "cells": row[part],
            "share": row[part] / row[total],
            "place": place,
        }
        for row in rows
        for place, part in enumerate(used)
        if row[part]
    ]
    across = alt.X(
        field="share",
        type="quantitative",
        stack="zero",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title=None, format="%", tickCount=5),
    )
    hints = [
        hint("line", title=heading(label)),
        hint("part", title="state"),
        hint("cells", ",d"),
        hint("share", ".1%"),
    ]
    return _spec(values, across, [row[label] for row in rows], colours, hints)


def _spec(
    values: list[dict[str, Any]],
    across: alt.X,
    names: list[str],
    colours: Mapping[str, str],
    hints: list[alt.Tooltip],
) -> dict[str, Any]:
    """Return the specification of divided bars, one line a name."""
    chart = (
        chart_of(values)
        .mark_bar(size=15, style=["segment"])
        .encode(
            x=across,
            y=alt.Y(
                field="line",
                type="nominal",
                sort=names,
                axis=alt.Axis(title=None, labelLimit=NAME_PX),
            ),
            color=alt.Color(
                field="part",
                type="nominal",
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                legend=None,
            ),
            order=alt.Order(field="place", type="quantitative"),
            tooltip=hints,
        )
    )
    return spec_of(chart, STEP_PX * len(names))
