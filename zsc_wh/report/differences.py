"""The critical-difference diagram: mean ranks, and bars over those not told apart.

After Demšar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report import families
from zsc_wh.report.bars import PAINT, paint_of
from zsc_wh.report.figure import (
    REST,
    Drawing,
    Group,
    Panel,
    Row,
    distinct,
    only,
    short,
)
from zsc_wh.report.specs import chart_of, hint, spec_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JOINED = REST
"""Colour of the bars, that of no encoder and no clusterer."""

LEVEL_PX = 20
"""Height of a line of names."""

BAR_PX = 9
"""Distance between two bars, and of the first from the line."""

NAME_PX = 150
"""Room for the names, on either side."""


def differences(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a diagram per value of the panel's column; the best is on the left."""
    panel = options["panel"]
    panels: list[Panel] = []
    seen: list[list[tuple[Any, ...]]] = []
    for name in [None] if panel is None else distinct(rows, panel):
        chosen = [row for row in rows if panel is None or row[panel] == name]
        drawn = [row for row in chosen if row[options["value"]] is not None]
        content = [tuple(row[key] for key in _used(options)) for row in drawn]
        # the only group of datasets says what all datasets said before it
        if not drawn or content in seen:
            continue
        seen.append(content)
        drawn.sort(key=lambda row: (row[options["value"]], str(row[options["label"]])))
        sets = _sets(drawn, options)
        spec = _spec(drawn, options, sets)
        alt_text = _alt(drawn, options, sets, name)
        panels.append(Panel(str(name or ""), _note(drawn[0], options), alt_text, spec))
    is_encoder = options["label"] == families.ENCODER
    names = distinct(rows, options["label"]) if is_encoder else []
    swatches = families.legend(names, options.get("families", {}))
    return Drawing((Group("", tuple(panels)),), least=540, most=900, swatches=swatches)


def _used(options: Mapping[str, Any]) -> list[str]:
    """Return the columns that the pointer shows, each once."""
    used = [options["label"], options["value"], *options["detail"]]
    return list(dict.fromkeys(used))


def _sets(rows: Sequence[Row], options: Mapping[str, Any]) -> list[list[Row]]:
    """Return the rows of every group that holds more than one, best first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        for name in (row[options["groups"]] or "").split():
            found.setdefault(name, []).append(row)
    return [members for members in found.values() if len(members) > 1]


def _note(row: Row, options: Mapping[str, Any]) -> str:
    difference = row[options["difference"]]
    if difference is None:
        return "no test with fewer than two of each"
    return f"critical difference {difference:.2f}, {row[options['n']]} blocks"


def _spec(
    rows: Sequence[Row], options: Mapping[str, Any], sets: Sequence[Sequence[Row]]
) -> dict[str, Any]:
    """Return the specification of one diagram."""
    label, value = options["label"], options["value"]
    top = BAR_PX * (len(sets) + 1)
    n_left = (len(rows) + 1) // 2
    values = only(rows, _used(options))
    for place, item in enumerate(values):
        # the outermost names hang highest, so that no line crosses another
        level = place if place < n_left else len(rows) - 1 - place
        item["line"] = 0
        item["side"] = "left" if place < n_left else "right"
        item["level"] = top + LEVEL_PX * (level + 0.5)
        item["paint"] = paint_of(rows[place][label], options)
    ranks = [row[value] for row in rows]
    low, high = int(min(ranks)), max(int(-(-max(ranks) // 1)), int(min(ranks)) + 1)
    height = int(top + LEVEL_PX * n_left)
    scale = alt.Scale(
        domain=[low, high],
        nice=False,
        zero=False,
        range=[NAME_PX + 10, alt.ExprRef(f"width - {NAME_PX + 10}")],
    )
    axis = alt.Axis(
        orient="top",
        title=options["axis"] or None,
        tickMinStep=1,
        tickCount=min(high - low, 10),
        grid=False,
        domainWidth=1.5,
    )
    across = alt.X(field=value, type="quantitative", scale=scale, axis=axis)
    hints = [hint(name, None if name == label else ".3~f") for name in _used(options)]
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=down, axis=None)

    base = chart_of(values)
    layers: list[alt.Chart] = [
        base.mark_rule(style=["whisker"]).encode(
            x=across, y=y("line"), y2=alt.Y2("level")
        )
    ]
    for side, edge in (
        ("left", NAME_PX),
        ("right", alt.ExprRef(f"width - {NAME_PX}")),
    ):
        of_side = base.transform_filter(f"datum.side === '{side}'")
        layers += [
            of_side.mark_rule(style=["whisker"]).encode(
                x=across, x2=alt.value(edge), y=y("level")
            ),
            of_side.mark_text(
                style=["ink"],
                align="right" if side == "left" else "left",
                dx=-4 if side == "left" else 4,
                limit=NAME_PX - 6,
            ).encode(
                x=alt.value(edge),
                y=y("level"),
                text=alt.Text(field=label, type="nominal"),
                tooltip=hints,
            ),
        ]
    if sets:
        bars = [
            {
                "from": short(float(members[0][value])),
                "to": short(float(members[-1][value])),
                "level": BAR_PX * (place + 1),
            }
            for place, members in enumerate(sets)
        ]
        layers.append(
            chart_of(bars)
            .mark_rule(strokeWidth=5, strokeCap="round", color=JOINED)
            .encode(
                x=alt.X(field="from", type="quantitative", scale=scale, axis=axis),
                x2=alt.X2("to"),
                y=y("level"),
            )
        )
    layers.append(
        base.mark_point(filled=True, size=50, opacity=1).encode(
            x=across, y=y("line"), color=PAINT, tooltip=hints
        )
    )
    return spec_of(alt.layer(*layers), height)


def _alt(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    sets: Sequence[Sequence[Row]],
    panel: Any,
) -> str:
    label, value = options["label"], options["value"]
    ranks = ", ".join(f"{row[label]} {row[value]:.2f}" for row in rows[:12])
    more = f" and {len(rows) - 12} more" if len(rows) > 12 else ""
    where = f" ({panel})" if panel is not None else ""
    said = f"{options['axis'] or value}{where}: {ranks}{more}."
    apart = "; ".join(", ".join(str(row[label]) for row in each) for each in sets)
    return f"{said} Not told apart: {apart or 'none'}."
