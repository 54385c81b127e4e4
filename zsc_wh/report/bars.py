"""Charts with one line per name: ranks as points, differences as bars, with errors."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any

import altair as alt

from zsc_wh.report import families
from zsc_wh.report.figure import (
    CATEGORICAL,
    Drawing,
    Group,
    Panel,
    Row,
    distinct,
    only,
    short,
)
from zsc_wh.report.specs import chart_of, hint, spec_of
from zsc_wh.words import heading, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STEP_PX = 26
"""Height of a line."""

NAME_PX = 150
"""Room for the names of the lines."""


PAINT = alt.Color(field="paint", type="nominal", scale=None)
"""The colour that a row has."""

FADE = alt.condition("datum.faded", alt.value(0.4), alt.value(1))
"""What a page is about stands out among the others."""


def paint_of(name: Any, options: Mapping[str, Any]) -> str:
    """Return the colour of a name: of an encoder that of its family."""
    if options["label"] != families.ENCODER:
        return CATEGORICAL[0]
    return families.colour_of(name, options.get("families", {}))


def is_faded(name: Any, names: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Whether the page is about another one of these names."""
    about = options.get("about", set()) & {*names}
    return bool(about) and name not in about


def ranks(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a mean rank per name as a point, best first, with its interval or error."""
    return _lines(rows, options, from_zero=False)


def bars(rows: Sequence[Row], options: Mapping[str, Any]) -> Drawing:
    """Draw a difference per name as a bar from zero, with its interval or error."""
    return _lines(rows, options, from_zero=True)


def _lines(
    rows: Sequence[Row], options: Mapping[str, Any], *, from_zero: bool
) -> Drawing:
    """Draw a group per value of the group's column, all on one scale."""
    group = options["group"]
    domain = _domain(rows, options, from_zero=from_zero)
    groups = []
    for name in [None] if group is None else distinct(rows, group):
        chosen = [row for row in rows if group is None or row[group] == name]
        panels = _panels(chosen, options, domain, from_zero=from_zero)
        if panels:
            title = Template(options["group_title"]).safe_substitute(words(chosen[0]))
            groups.append(Group(title, panels))
    is_encoder = options["label"] == families.ENCODER
    names = distinct(rows, options["label"]) if is_encoder else []
    swatches = families.legend(names, options.get("families", {}))
    return Drawing(tuple(groups), least=300, most=760, swatches=swatches)


def _panels(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    domain: list[float],
    *,
    from_zero: bool,
) -> tuple[Panel, ...]:
    """Draw one panel per value of the panel's column."""
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
        counts = {_count(row, options) for row in chosen}
        note = counts.pop() if len(counts) == 1 else ""
        spec = _line_spec(drawn, options, domain, from_zero=from_zero, counted=not note)
        alt_text = _line_alt(drawn, options, name)
        panels.append(Panel(str(name or ""), note, alt_text, spec))
    return tuple(panels)


def _domain(
    rows: Sequence[Row], options: Mapping[str, Any], *, from_zero: bool
) -> list[float]:
    """Return the scale that holds every value, with its deviation and interval."""
    value, spread = options["value"], options["spread"]
    known = [row for row in rows if row[value] is not None]
    reach = [(row[spread] or 0.0) if spread else 0.0 for row in known]
    low = min(row[value] - extra for row, extra in zip(known, reach, strict=True))
    high = max(row[value] + extra for row, extra in zip(known, reach, strict=True))
    ends = [
        row[options[key]]
        for row in known
        for key in ("low", "high")
        if options[key] is not None and row[options[key]] is not None
    ]
    low, high = min([low, *ends]), max([high, *ends])
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.04 * (high - low) or 0.5
    return [short(low - margin), short(high + margin)]


def _line_spec(
    rows: Sequence[Row],
    options: Mapping[str, Any],
    domain: list[float],
    *,
    from_zero: bool,
    counted: bool,
) -> dict[str, Any]:
    """Return the specification of one panel of lines.

    Where the counts differ between lines (`counted`) each name carries its own.
    """
    label, value = options["label"], options["value"]
    spread, error = options["spread"], options["error"]
    low, high = options["low"], options["high"]
    shown = _used(options)
    values = only(rows, shown)
    drawn_names = distinct(rows, label)
    for item, row in zip(values, rows, strict=True):
        count = _count(row, options) if counted else ""
        item["line"] = f"{row[label]} ({count})" if count else str(row[label])
        item["paint"] = paint_of(row[label], options)
        item["faded"] = is_faded(row[label], drawn_names, options)
    base = (
        chart_of(values)
        .transform_calculate(
            less=f"datum['{value}'] - {_reach(error)}",
            more=f"datum['{value}'] + {_reach(error)}",
            least=f"datum['{value}'] - {_reach(spread)}",
            most=f"datum['{value}'] + {_reach(spread)}",
        )
        .encode(
            y=alt.Y(
                field="line",
                type="nominal",
                sort=[item["line"] for item in values],
                axis=alt.Axis(title=None, labelLimit=NAME_PX),
            ),
            tooltip=[hint(name, None if name == label else ".3~f") for name in shown],
        )
    )

    def across(field: str) -> alt.X:
        return alt.X(
            field=field,
            type="quantitative",
            scale=alt.Scale(domain=domain, nice=False, zero=False),
            axis=alt.Axis(title=options["axis"] or None, tickCount=6),
        )

    layers: list[alt.Chart] = []
    if from_zero:
        layers.append(
            base.mark_bar(size=14).encode(
                x=across(value), x2=alt.X2Datum(0), color=PAINT, opacity=FADE
            )
        )
        layers.append(base.mark_rule(style=["zero"]).encode(x=alt.XDatum(0)))
    if spread:
        layers.append(
            base.mark_rule(style=["whisker"], strokeWidth=1).encode(
                x=across("least"), x2=alt.X2("most")
            )
        )
    if low and high:
        # one dataset has no interval
        layers.append(
            base.transform_filter(f"isValid(datum['{low}'])")
            .mark_rule(style=["whisker"], strokeWidth=3)
            .encode(x=across(low), x2=alt.X2(high))
        )
    elif error:
        layers.append(
            base.mark_rule(style=["whisker"], strokeWidth=3).encode(
                x=across("less"), x2=alt.X2("more")
            )
        )
    if not from_zero:
        layers.append(
            base.mark_point(filled=True, size=90).encode(
                x=across(value), color=PAINT, opacity=FADE
            )
        )
    return spec_of(alt.layer(*layers), STEP_PX * len(rows))


def _reach(column: str | None) -> str:
    return f"(datum['{column}'] || 0)" if column else "0"


def _used(options: Mapping[str, Any]) -> list[str]:
    """Return the columns that a chart of lines reads, each once."""
    keys = ("label", "value", "spread", "error", "low", "high", "n", "total")
    used = [options[key] for key in keys]
    used += options["detail"]
    return [name for name in dict.fromkeys(used) if name is not None]


def _count(row: Row, options: Mapping[str, Any]) -> str:
    """Say how many of how many stand behind a line."""
    n, total = options["n"], options["total"]
    if n is None:
        return ""
    if total is None:
        return f"n = {row[n]}"
    return f"{row[n]} of {row[total]} {heading(n)}"


def _line_alt(rows: Sequence[Row], options: Mapping[str, Any], panel: Any) -> str:
    parts = [
        f"{row[options['label']]} {row[options['value']]:.2f}" for row in rows[:12]
    ]
    more = f" and {len(rows) - 12} more" if len(rows) > 12 else ""
    where = f" ({panel})" if panel is not None else ""
    return f"{options['axis'] or options['value']}{where}: {', '.join(parts)}{more}."
