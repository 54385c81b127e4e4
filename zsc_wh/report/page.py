"""Fill the page: sections, specifications as safe JSON, scripts by their hashes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jinja2
from altair.utils.schemapi import debug_mode
from markupsafe import Markup, escape

from zsc_wh import __version__
from zsc_wh.report.answers import sentence
from zsc_wh.report.bars import bars, ranks
from zsc_wh.report.differences import differences
from zsc_wh.report.dumbbells import dumbbells
from zsc_wh.report.embed import bundle, content_policy, safe_json
from zsc_wh.report.figure import Documents, Drawing, Figure, Gallery, Row, Table
from zsc_wh.report.gallery import thumbnails
from zsc_wh.report.heatmap import heatmap
from zsc_wh.report.lines import lines
from zsc_wh.report.points import projection, scatter
from zsc_wh.report.silhouettes import silhouettes
from zsc_wh.report.stacks import completeness, stacked
from zsc_wh.report.tables import page_table, plain_rows
from zsc_wh.resources import data_folder
from zsc_wh.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zsc_wh.report.definition import Chart, Definition
    from zsc_wh.report.gather import Answer, Asker, Filled
    from zsc_wh.report.tables import PageTable

_DRAWERS: Mapping[str, Callable[[Sequence[Row], Mapping[str, Any]], Figure]] = {
    "heatmap": heatmap,
    "ranks": ranks,
    "bars": bars,
    "differences": differences,
    "dumbbells": dumbbells,
    "scatter": scatter,
    "lines": lines,
    "projection": projection,
    "silhouettes": silhouettes,
    "thumbnails": thumbnails,
    "stacked": stacked,
    "completeness": completeness,
}


@dataclass(frozen=True)
class PageFigure:
    """A figure ready to be written."""

    id: str
    filled: Filled
    figure: Figure | None
    table: PageTable | None
    source: Answer | None
    params: list[tuple[str, str]]
    data: PageTable | None


@dataclass
class Specs:
    """Specifications of all panels, by the id of the element that shows each."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, panel_id: str, spec: Mapping[str, Any], *, canvas: bool) -> str:
        """Keep a specification and return its id."""
        self.items[panel_id] = {"spec": spec, "canvas": canvas}
        return panel_id


def render(plan: Definition, asker: Asker, *, warehouse_name: str) -> str:
    """Return the whole page."""
    head = asker.ask(plan.head, {})
    first: Row = head.rows[0] if head.rows else {}
    lacking = {column for column in plan.needs if not first.get(column)}
    left_out = {section.needs for section in plan.sections} & lacking
    sections, bare = [], []
    for section in plan.sections:
        if section.needs in lacking:
            continue
        filled, reason = asker.fill_section(section)
        figures = [
            _figure(f"{section.id}-{place}", item, asker)
            for place, item in enumerate(filled)
        ]
        if figures:
            sections.append((section, figures))
        else:
            bare.append(section.title + (f" ({reason})" if reason else ""))
    shown = {section.id for section, _ in sections}
    said = [
        (text, answer.section)
        for answer in plan.answers
        if answer.section in shown and (text := sentence(answer, asker))
    ]
    specs = Specs()
    folder = data_folder("reports")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    environment.tests["drawing"] = lambda figure: isinstance(figure, Drawing)
    environment.tests["documents"] = lambda figure: isinstance(figure, Documents)
    environment.tests["gallery"] = lambda figure: isinstance(figure, Gallery)
    body = environment.get_template("body.html.j2").render(
        plan=plan,
        tiles=[
            (
                word(tile.value, first.get(tile.value), percent=tile.percent),
                None if tile.of is None else word(tile.of, first.get(tile.of)),
                tile.label,
            )
            for tile in plan.tiles
            if not tile.optional or first.get(tile.value) is not None
        ],
        head=first,
        said=said,
        sections=sections,
        left_out=[
            text for column, text in plan.needs.items() if text and column in left_out
        ],
        bare=bare,
        specs=specs,
        warehouse=warehouse_name,
        grid=head.params.get("grid"),
        version=__version__,
        word=word,
    )
    # The page goes around the body, because only then are all specifications known.
    answers = {
        item.id: plain_rows(item.source)
        for _, figures in sections
        for item in figures
        if item.source is not None and item.figure is not None
    }
    drawing = [bundle(), _read("page.js")] if specs.items else []
    tables = [_read("tables.js"), _read("picks.js")] if answers else []
    scripts = [_trusted(script) for script in (*drawing, *tables)]
    return environment.get_template("page.html.j2").render(
        title=plan.title,
        warehouse=warehouse_name,
        style=_trusted(_read("style.css")),
        policy=content_policy(scripts),
        body=_trusted(body),
        specs=_trusted(safe_json(specs.items)),
        answers=_trusted(safe_json(answers)),
        scripts=scripts,
    )


def _figure(figure_id: str, filled: Filled, asker: Asker) -> PageFigure:
    answer = filled.answer
    figure = (
        draw(filled.plan.chart, answer.rows, asker)
        if answer and filled.drawable
        else None
    )
    return PageFigure(
        id=figure_id,
        filled=filled,
        figure=figure,
        table=page_table(answer, figure)
        if answer and isinstance(figure, Table)
        else None,
        source=answer,
        params=[] if answer is None else _params(answer),
        data=None if answer is None else page_table(answer, None),
    )


def draw(chart: Chart, rows: Sequence[Row], asker: Asker) -> Figure:
    """Draw the rows as the chart says; encoders by family, what it is about marked."""
    options = chart.options
    if chart.kind == "table":
        return Table(
            columns=tuple(options["columns"]),
            percent=tuple(options["percent"]),
            optional=tuple(options["optional"]),
            folded=options["folded"],
            pick=options["pick"],
        )
    if chart.kind == "documents":
        return Documents(
            tuple(
                (str(row[options["name"]]), str(row[options["text"]])) for row in rows
            )
        )
    # as `spec_of`: to check every part of a chart takes longer than to draw it
    with debug_mode(False):
        known = {
            "families": asker.titles.families,
            "about": {*asker.subject_words.values()},
        }
        return _DRAWERS[chart.kind](rows, {**options, **known})


def _params(answer: Answer) -> list[tuple[str, str]]:
    """Write the parameters that were given; NULL means that nothing was asked for."""
    return [
        (name, "null" if value is None else json.dumps(value, ensure_ascii=False))
        for name, value in answer.params.items()
    ]


_CODE = re.compile(r"`([^`]+)`")
_EMPHASIS = re.compile(r"\*([^*]+)\*")


def prose(text: str) -> Markup:
    """Return paragraphs: blank lines part them, `code` and *emphasis* are marked."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        inner = _CODE.sub(r"<code>\1</code>", str(escape(paragraph)))
        inner = _EMPHASIS.sub(r"<em>\1</em>", inner)
        paragraphs.append(f"<p>{inner}</p>")
    return _trusted("\n".join(paragraphs))


def _trusted(text: str) -> Markup:
    """Mark text that is ours, or whose foreign parts are escaped already."""
    return Markup(text)  # noqa: S704 - the one place where markup is taken as it is


def _read(name: str) -> str:
    return (data_folder("reports") / name).read_text(encoding="utf-8")
