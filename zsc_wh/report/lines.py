"""The chart of lines: one value along ordered steps, a line per name, a panel each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.families import ENCODER, Mark, marks
from zsc_wh.report.figure import (
    MANY,
    REST,
    Drawing,
    Group,
    Panel,
    Row,
    Swatch,
    distinct,
    only,
    short,
)
from zsc_wh.report.specs import chart_of, hint, spec_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEIGHT_PX = 190
"""Height of a panel."""

UPRIGHT = 4
"""Longest name of a step, in letters, that is written level instead of aslant."""


def lines(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a value at each step as points joined by a line, all panels on one scale.

    Parameters
    ----------
    rows : sequence of mapping
        One per point; the steps keep the order in which they come.
    options : mapping
        As declared for ``lines`` in `zsc_wh.report.kinds.CHARTS`.
    """
    y, line, panel = options["y"], options["line"], options["panel"]
    drawn = [row for row in rows if row[y] is not None]
    names = sorted(distinct(drawn, line))
    looks = _looks(names, options)
    values = [row[y] for row in drawn]
    margin = 0.05 * (max(values) - min(values)) or 0.05
    domain = [short(min(values) - margin), short(max(values) + margin)]
    panels = []
    for title in [None] if panel is None else distinct(drawn, panel):
        chosen = [row for row in drawn if panel is None or row[panel] == title]
        spec = _spec(chosen, options, looks, domain)
        panels.append(Panel(str(title or ""), "", _alt(chosen, options, title), spec))
    return Drawing(
        (Group("", tuple(panels)),),
        least=220,
        ideal=320,
        most=460,
        caption=f"Across: {options['x_axis'] or options['x']}. "
        f"Up: {options['y_axis'] or y}.",
        swatches=tuple(
            Swatch(str(name), look.colour, dash=look.dash)
            for name, look in looks.items()
        ),
    )


def _looks(names: Sequence[Any], options: Mapping[str, Any]) -> dict[Any, Mark]:
    """Return how each line is drawn: of an encoder by its family."""
    if options["line"] == ENCODER:
        return marks(names, options.get("families", {}))
    colours = dict.fromkeys(names, REST) | dict(zip(names, MANY, strict=False))
    return {name: Mark(colours[name], "circle", (1, 0)) for name in names}


def _spec(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    looks: Mapping[Any, Mark],
    domain: list[float],
) -> dict[str, Any]:
    """Return the specification of one panel."""
    x, y, line = options["x"], options["y"], options["line"]
    shown = list(dict.fromkeys([line, x, y, *options["detail"]]))
    steps = distinct(rows, x)
    level = all(len(str(step)) <= UPRIGHT for step in steps)
    form = ".1%" if options["percent"] else ".3f"
    chart = (
        chart_of(only(rows, shown))
        .mark_line(strokeWidth=2, point={"filled": True, "size": 36})
        .encode(
            x=alt.X(
                field=x,
                type="ordinal",
                sort=steps,
                axis=alt.Axis(title=None, labelAngle=0 if level else -40),
            ),
            y=alt.Y(
                field=y,
                type="quantitative",
                scale=alt.Scale(domain=domain, nice=False, zero=False),
                axis=alt.Axis(
                    title=None, tickCount=5, format="%" if options["percent"] else "~g"
                ),
            ),
            color=alt.Color(
                field=line,
                type="nominal",
                scale=alt.Scale(
                    domain=list(looks), range=[look.colour for look in looks.values()]
                ),
                legend=None,
            ),
            strokeDash=alt.StrokeDash(
                field=line,
                type="nominal",
                scale=alt.Scale(
                    domain=list(looks),
                    range=[list(look.dash) for look in looks.values()],
                ),
                legend=None,
            ),
            tooltip=[hint(name, form if name == y else None) for name in shown],
        )
    )
    return spec_of(chart, HEIGHT_PX)


def _alt(rows: Sequence[Row], options: Mapping[str, Any], title: Any) -> str:
    """Say in one sentence what the panel shows."""
    y, line = options["y"], options["line"]
    best = max(rows, key=lambda row: short(row[y]))
    where = f" ({title})" if title is not None else ""
    return (
        f"{options['y_axis'] or y} by {options['x_axis'] or options['x']}{where}: "
        f"{counted(len(distinct(rows, line)), 'line')} of {line}; the highest point is "
        f"{best[line]} at {best[options['x']]} with {best[y]:.3f}."
    )
