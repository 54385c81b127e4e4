"""The keys of a report definition: of the page, its tiles, sections and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.fields import Field
from zsc_wh.report.computed import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLES: Mapping[str, Field] = {
    "answer": Field(
        list,
        default=[],
        items=dict,
        doc="[[answer]]: sentences at the head of the page",
    ),
    "section": Field(
        list, default=[], items=dict, doc="[[section]]: the sections, in order"
    ),
}
REPORT: Mapping[str, Field] = {
    "title": Field(str, doc="title of the page"),
    "lead": Field(str, default="", doc="paragraph below the title"),
    "takes": Field(
        dict,
        default={},
        doc="what the report is about and takes behind its name, each with its kind, "
        'such as { encoder = "encoder" }; $encoder stands for it in the title, in '
        "prose and in params, and a query with a parameter of just this name is asked "
        "about it alone",
    ),
    "head": Field(
        str, default="overview", doc="query with one row, which holds the key numbers"
    ),
    "tile": Field(
        list, default=[], items=dict, doc="[[tile]]: key numbers, columns of that row"
    ),
    "needs": Field(
        dict,
        default={},
        doc="by column of that row, a sentence that stands once in place of all "
        "sections that need the column, while it is 0",
    ),
    **_TABLES,
}
EXTENSION: Mapping[str, Field] = {
    "extends": Field(str, doc="shipped report, behind whose sections these come"),
    "title": Field(str, default=None, doc="title of the page; unset: as shipped"),
    "lead": Field(
        str, default=None, doc="paragraph below the title; unset: as shipped"
    ),
    **_TABLES,
}
"""Keys of a definition that extends a shipped one."""

TILE: Mapping[str, Field] = {
    "value": Field(str, doc="column of the number"),
    "of": Field(str, default=None, doc="column of the number that it is a part of"),
    "percent": Field(bool, default=False, doc="whether it is written in percent"),
    "label": Field(str, doc="words below the number"),
    "optional": Field(
        bool, default=False, doc="whether it is left out where it has no value"
    ),
}
ANSWER: Mapping[str, Field] = {
    "query": Field(str, doc="name of the query whose first row fills the sentence"),
    "params": Field(dict, default={}, doc="parameters of that query"),
    "text": Field(
        str,
        doc="the sentence; $column is a value of the row, ${column:1} with so many "
        "decimals, ${column:+1} with its sign too, ${column:%} in percent",
    ),
    "otherwise": Field(
        str,
        default="",
        doc="the sentence for a row that lacks a value of the text; unset: none then",
    ),
    "section": Field(str, doc="id of the section that shows more"),
}
SECTION: Mapping[str, Field] = {
    "id": Field(str, doc="name of the section in links, unique on the page"),
    "title": Field(str, doc="heading of the section"),
    "prose": Field(str, default="", doc="what the reader sees, above the figures"),
    "method": Field(str, default="", doc="how it is computed, below the figures"),
    "needs": Field(
        str,
        default=None,
        doc="column of the key numbers without which the section is left out; one of "
        "the keys of `needs` of the report",
    ),
    "figure": Field(
        list, default=[], items=dict, doc="[[section.figure]]: one or more figures"
    ),
}
FIGURE: Mapping[str, Field] = {
    "query": Field(
        str,
        doc="name of the query that gives the rows, or of what is computed: "
        + ", ".join(COMPUTED),
    ),
    "params": Field(dict, default={}, doc="parameters of that query"),
    "subject": Field(
        str,
        default=None,
        doc="query whose first row chooses what the figure is about, together with "
        "take",
    ),
    "subject_params": Field(dict, default={}, doc="parameters of the subject's query"),
    "take": Field(
        dict,
        default={},
        doc="parameters of the query that are columns of the subject's row, such as "
        '{ cell = "cell_key" }',
    ),
    "title": Field(
        str, default="", doc="heading above it; $column is a value of the first row"
    ),
    "note": Field(
        str, default="", doc="line below it; $column is a value of the first row"
    ),
    "empty": Field(
        str,
        default=None,
        doc="sentence shown when there is nothing to draw; unset: no figure then",
    ),
    "chart": Field(
        dict, nested=True, doc='how the rows are drawn, such as { kind = "table" }'
    ),
}
