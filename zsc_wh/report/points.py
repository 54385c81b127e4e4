"""Charts of points: one score against another, and samples in a projection."""

from __future__ import annotations

from collections import Counter
from string import Template
from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.families import ENCODER, Mark, family_colours, marks
from zsc_wh.report.figure import (
    CATEGORICAL,
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
from zsc_wh.report.specs import chart_of, hint, pickable, picked, spec_of
from zsc_wh.words import counted, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 20
"""Most classes or clusters that get a colour and a name of their own."""

MOST_ENCODERS = 24
"""Most encoders of a scatter chart that have a mark of their own."""

CANVAS_FROM = 800
"""From this many points on, pixels are drawn instead of shapes."""


def scatter(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw one value against another, a panel per name, all on one scale."""
    x, y = options["x"], options["y"]
    drawn = [row for row in rows if row[x] is not None and row[y] is not None]
    colour = next(
        (
            column
            for column in options["colour"]
            if 1
            < len(distinct(drawn, column))
            <= (MOST_ENCODERS if column == ENCODER else len(CATEGORICAL))
        ),
        None,
    )
    names = [] if colour is None else sorted(distinct(drawn, colour))
    looks = _looks(names, colour, options)
    groups = []
    for group in (
        [None] if options["group"] is None else distinct(drawn, options["group"])
    ):
        panels = []
        inside = [
            row for row in drawn if group is None or row[options["group"]] == group
        ]
        for name in distinct(inside, options["panel"]):
            chosen = [row for row in inside if row[options["panel"]] == name]
            note = Template(options["panel_note"]).safe_substitute(words(chosen[0]))
            alt_text = (
                f"{options['y_axis'] or y} against {options['x_axis'] or x}, {name}"
                f"{'' if group is None else f', {group}'}: "
                f"{counted(len(chosen), 'point')}. {note}"
            )
            spec = _scatter_spec(chosen, drawn, options, colour, looks)
            canvas = len(chosen) > CANVAS_FROM
            panels.append(Panel(str(name), note, alt_text, spec, canvas))
        over = Template(options["group_title"]).safe_substitute(words(inside[0]))
        groups.append(Group(over, tuple(panels)))
    return Drawing(
        tuple(groups),
        least=145,
        most=330,
        caption=f"Across: {options['x_axis'] or x}. Up: {options['y_axis'] or y}.",
        swatches=tuple(
            Swatch(str(name), look.colour, shape=look.shape)
            for name, look in looks.items()
        ),
    )


def _looks(
    names: list[str], column: str | None, options: Mapping[str, Any]
) -> dict[str, Mark]:
    """Return how the points of each name are drawn."""
    if column == ENCODER:
        return marks(names, options.get("families", {}))
    # a family has its own colour in all charts
    colours = family_colours(names) if column == "family" else CATEGORICAL
    return {
        name: Mark(colour, "circle", (1, 0))
        for name, colour in zip(names, colours, strict=False)
    }


def _scatter_spec(
    rows: Sequence[Row],
    everything: Sequence[Row],
    options: Mapping[str, Any],
    colour: str | None,
    looks: Mapping[str, Mark],
) -> dict[str, Any]:
    """Return the specification of one panel of a scatter chart."""
    x, y = options["x"], options["y"]
    shown = list(dict.fromkeys([x, y, *options["colour"], *options["detail"]]))

    def axis(field: str) -> dict[str, Any]:
        values = [row[field] for row in everything]
        margin = 0.05 * (max(values) - min(values)) or 0.1
        return {
            "field": field,
            "type": "quantitative",
            "scale": alt.Scale(
                domain=[short(min(values) - margin), short(max(values) + margin)],
                nice=False,
                zero=False,
            ),
            "axis": alt.Axis(title=None, tickCount=4),
        }

    paint: Any = alt.value(CATEGORICAL[0])
    shape: Any = alt.value("circle")
    if colour is not None:
        names = list(looks)
        paint = alt.Color(
            field=colour,
            type="nominal",
            scale=alt.Scale(
                domain=names, range=[look.colour for look in looks.values()]
            ),
            legend=None,
        )
        shape = alt.Shape(
            field=colour,
            type="nominal",
            scale=alt.Scale(
                domain=names, range=[look.shape for look in looks.values()]
            ),
            legend=None,
        )
    chart = (
        chart_of(only(rows, shown))
        .mark_point(filled=True, size=38, opacity=0.8)
        .encode(
            x=alt.X(**axis(x)),
            y=alt.Y(**axis(y)),
            color=paint,
            shape=shape,
            tooltip=[hint(name, ".3f" if name in (x, y) else None) for name in shown],
        )
    )
    return spec_of(chart, 150)


def projection(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw samples at the same places twice: by true class, and by cluster found.

    A cluster takes the colour of the class that most of its samples have, largest
    clusters first, as long as the class is free; so equal colours mean agreement.
    """
    label, cluster = options["label"], options["cluster"]
    classes = _largest(row[label] for row in rows)
    clusters = _largest(row[cluster] for row in rows if row[cluster] != -1)
    class_colours = dict(zip(classes, MANY, strict=False))
    cluster_colours = _matched(rows, options, clusters, class_colours)
    panels = []
    if classes:
        n = len(distinct(rows, label))
        note = _shown_of(rows, n, "class", "classes")
        panels.append(
            _map(rows, options, label, class_colours, ("By true class", note))
        )
    n = len([name for name in distinct(rows, cluster) if name != -1])
    note = _shown_of(rows, n, "cluster", "clusters")
    noise = sum(row[cluster] == -1 for row in rows)
    note += f", {counted(noise, 'sample')} of noise in grey" if noise else ""
    panels.append(
        _map(rows, options, cluster, cluster_colours, ("By cluster found", note))
    )
    return Drawing((Group("", tuple(panels)),), least=280, ideal=420, most=560)


def _shown_of(rows: Sequence[Row], n: int, one: str, several: str) -> str:
    text = f"{counted(len(rows), 'sample')}, {counted(n, one, several)}"
    return f"{text}, the {SHOWN} largest in colour" if n > SHOWN else text


def _largest(values: Any) -> list[Any]:
    counts = Counter(value for value in values if value is not None)
    ordered = sorted(counts, key=lambda value: (-counts[value], str(value)))
    return ordered[:SHOWN]


def _matched(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    clusters: list[int],
    class_colours: Mapping[str, str],
) -> dict[int, str]:
    """Give each cluster the colour of its main class, or one that is left."""
    shared: dict[int, Counter[str]] = {name: Counter() for name in clusters}
    for row in rows:
        if row[options["cluster"]] in shared and row[options["label"]] is not None:
            shared[row[options["cluster"]]][row[options["label"]]] += 1
    colours: dict[int, str] = {}
    for name in clusters:
        main = shared[name].most_common(1)
        colour = class_colours.get(main[0][0]) if main else None
        if colour is not None and colour not in colours.values():
            colours[name] = colour
    left = iter([colour for colour in MANY if colour not in colours.values()])
    return {name: colours.get(name) or next(left) for name in clusters}


def _map(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    column: str,
    colours: Mapping[Any, str],
    words_over: tuple[str, str],
) -> Panel:
    """Return one panel of the projection, with names at the middle of their samples."""
    x, y = options["x"], options["y"]
    title, note = words_over
    shown = [x, y, options["name"], options["label"], options["cluster"]]
    values = only(rows, shown)
    for value, row in zip(values, rows, strict=True):
        value["key"] = str(row[column]) if row[column] in colours else None

    def place(field: str) -> dict[str, Any]:
        return {
            "field": field,
            "type": "quantitative",
            "axis": None,
            "scale": alt.Scale(zero=False, nice=False, padding=12),
        }

    domain = [str(name) for name in colours]
    points = (
        chart_of(values)
        .mark_circle(size=14 if len(rows) > CANVAS_FROM else 26)
        .encode(
            x=alt.X(**place(x)),
            y=alt.Y(**place(y)),
            color=alt.condition(
                "isValid(datum.key)",
                alt.Color(
                    field="key",
                    type="nominal",
                    scale=alt.Scale(domain=domain, range=list(colours.values())),
                    legend=None,
                ),
                alt.value(REST),
            ),
            opacity=picked(options["cluster"], 0.75, 0.07),
            tooltip=[hint(name) for name in shown[2:]],
        )
    )
    middles = (
        chart_of(_middles(rows, options, column, colours))
        .mark_text(fontSize=12, fontWeight=600, limit=110)
        .encode(
            x=alt.X(**place(x)),
            y=alt.Y(**place(y)),
            text=alt.Text(field="key", type="nominal"),
        )
    )
    halo = middles.mark_text(fontSize=12, fontWeight=600, limit=110, style=["halo"])
    ink = middles.mark_text(fontSize=12, fontWeight=600, limit=110, style=["ink"])
    spec = pickable(spec_of(alt.layer(points, halo, ink), 400), options["cluster"])
    alt_text = f"Projection of {counted(len(rows), 'sample')}. {title}: {note}."
    return Panel(title, note, alt_text, spec, canvas=len(rows) > CANVAS_FROM)


def _middles(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    column: str,
    colours: Mapping[Any, str],
) -> list[dict[str, Any]]:
    """Return the median place of each name; a mean would fall between two clumps."""
    from statistics import median_low

    middles = []
    for name in colours:
        inside = [row for row in rows if row[column] == name]
        middles.append(
            {
                options["x"]: median_low([row[options["x"]] for row in inside]),
                options["y"]: median_low([row[options["y"]] for row in inside]),
                "key": str(name),
            }
        )
    return middles
