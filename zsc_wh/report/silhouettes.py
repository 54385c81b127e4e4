"""The chart of silhouettes: every sample as a line of its length, cluster by cluster.

After Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and
validation of cluster analysis, with the samples across instead of down.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report.figure import (
    CATEGORICAL,
    REST,
    Drawing,
    Group,
    Panel,
    Row,
    distinct,
    short,
)
from zsc_wh.report.specs import chart_of, hint, pickable, picked, spec_of
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEIGHT_PX = 220
"""Height of the drawing."""

NAMED = 0.04
"""Least share of the samples of a cluster whose number stands under them: as much room
as it takes on a phone."""


def silhouettes(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw the silhouettes of all samples; neighbouring clusters differ in colour.

    Parameters
    ----------
    rows : sequence of mapping
        One per sample, clusters one after the other, the best sample of each first;
        a row stands for all samples up to the place of the next.
    options : mapping
        As declared for ``silhouettes`` in `zsc_wh.report.kinds.CHARTS`.
    """
    cluster, place, value = (options[key] for key in ("cluster", "place", "value"))
    names = distinct(rows, cluster)
    end = rows[-1][place] + 1
    areas: list[dict[str, Any]] = []
    middles: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        own = [row for row in rows if row[cluster] == name]
        after = [row for row in rows if row[place] > own[-1][place]]
        stop = after[0][place] if after else end
        paint = REST if name == -1 else CATEGORICAL[0 if number % 2 else 4]
        areas += [
            {
                cluster: name,
                place: at,
                value: short(row[value]),
                "paint": paint,
            }
            for row, at in [
                *((row, row[place]) for row in own),
                (own[-1], stop),  # the last sample has a width, too
            ]
        ]
        if stop - own[0][place] >= NAMED * end:
            middles.append({cluster: name, place: (own[0][place] + stop) / 2})
    mean = fmean(row[value] for row in rows)
    low = min(0.0, *(row[value] for row in rows))
    high = max(0.0, *(row[value] for row in rows))
    across = alt.X(
        field=place,
        type="quantitative",
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=None,
    )
    up = alt.Y(
        field=value,
        type="quantitative",
        stack=None,
        scale=alt.Scale(domain=[short(low), short(high)], nice=False),
        axis=alt.Axis(title=None, tickCount=5),
    )
    layers: list[alt.Chart] = [
        chart_of(areas)
        .mark_area(interpolate="step-after")
        .encode(
            x=across,
            y=up,
            color=alt.Color(field="paint", type="nominal", scale=None),
            detail=alt.Detail(field=cluster, type="nominal"),
            opacity=picked(cluster, 1, 0.2),
            tooltip=[hint(cluster)],
        ),
        chart_of([{value: short(mean)}])
        .mark_rule(style=["zero"], strokeDash=[4, 3])
        .encode(y=up),
    ]
    if middles:
        layers.append(
            chart_of(middles)
            .mark_text(style=["ink"], baseline="top", dy=4)
            .encode(
                x=across,
                y=alt.value(HEIGHT_PX),
                text=alt.Text(field=cluster, type="nominal"),
                opacity=picked(cluster, 1, 0.3),
            )
        )
    spec = pickable(spec_of(alt.layer(*layers), HEIGHT_PX), cluster)
    spec["padding"] = {"left": 5, "top": 5, "right": 5, "bottom": 22}
    alt_text = (
        f"Silhouettes of {counted(len(names), 'cluster')}, from {low:.3f} to "
        f"{high:.3f}, {mean:.3f} on average."
    )
    return Drawing(
        (Group("", (Panel("", "", alt_text, spec),)),),
        least=320,
        caption="Across: samples, cluster by cluster. Up: silhouette. Dashed: the mean "
        "of what is drawn. Noise is grey.",
    )
