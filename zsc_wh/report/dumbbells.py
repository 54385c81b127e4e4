"""The chart of dumbbells: two values per name, joined by a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.bars import NAME_PX, STEP_PX
from zsc_wh.report.figure import (
    CATEGORICAL,
    Drawing,
    Group,
    Panel,
    Row,
    Swatch,
    only,
    short,
)
from zsc_wh.report.specs import chart_of, hint, spec_of
from zsc_wh.words import heading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHAPES = ("circle", "diamond")
"""Marks of the two values, told apart without colour, too."""


def dumbbells(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a line per name with a point for either value, in the order of the rows.

    Parameters
    ----------
    rows : sequence of mapping
        One per name; those without both values are left out.
    options : mapping
        As declared for ``dumbbells`` in `zsc_wh.report.kinds.CHARTS`.
    """
    label, ends = options["label"], (options["a"], options["b"])
    drawn = [row for row in rows if all(row[end] is not None for end in ends)]
    shown = list(dict.fromkeys([label, *ends, *options["detail"]]))
    values = [row[end] for row in drawn for end in ends]
    margin = 0.05 * (max(values) - min(values)) or 0.05
    form = ".1%" if options["percent"] else ".3f"

    def across(field: str) -> alt.X:
        return alt.X(
            field=field,
            type="quantitative",
            scale=alt.Scale(
                domain=[short(min(values) - margin), short(max(values) + margin)],
                nice=False,
                zero=False,
            ),
            axis=alt.Axis(
                title=options["axis"] or None,
                tickCount=6,
                format="%" if options["percent"] else "~g",
            ),
        )

    base = chart_of(only(drawn, shown)).encode(
        y=alt.Y(
            field=label,
            type="nominal",
            sort=[row[label] for row in drawn],
            axis=alt.Axis(title=None, labelLimit=NAME_PX),
        ),
        tooltip=[
            hint(name, form if name in ends else None if name == label else ".3~f")
            for name in shown
        ],
    )
    layers: list[alt.Chart] = [
        base.mark_rule(style=["whisker"], strokeWidth=2).encode(
            x=across(ends[0]), x2=alt.X2(ends[1])
        )
    ]
    layers += [
        base.mark_point(
            filled=True, size=90, color=colour, shape=shape, opacity=1
        ).encode(x=across(end))
        for end, colour, shape in zip(ends, CATEGORICAL, SHAPES, strict=False)
    ]
    lines = ", ".join(
        f"{row[label]} {row[ends[0]]:.3f} and {row[ends[1]]:.3f}" for row in drawn[:12]
    )
    more = f" and {len(drawn) - 12} more" if len(drawn) > 12 else ""
    names = [heading(end) for end in ends]
    alt_text = f"{options['axis'] or ' and '.join(names)}: {lines}{more}."
    spec = spec_of(alt.layer(*layers), STEP_PX * len(drawn))
    return Drawing(
        (Group("", (Panel("", "", alt_text, spec),)),),
        least=300,
        most=760,
        swatches=tuple(
            Swatch(name.upper(), colour, shape=shape)
            for name, colour, shape in zip(names, CATEGORICAL, SHAPES, strict=False)
        ),
    )
