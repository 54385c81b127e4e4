"""The reference of declarations: every key of every file, from what checks them.

One list of topics, made of the fields that the readers of declarations use, becomes
the text of ``zscwh help``, a page in Markdown and a JSON schema for editors.
"""

from __future__ import annotations

from zsc_wh.reference.pages import listed, page, shown
from zsc_wh.reference.schema import FILES, schema
from zsc_wh.reference.topics import TOPICS, Keys, Topic, about, is_known

__all__ = [
    "FILES",
    "TOPICS",
    "Keys",
    "Topic",
    "about",
    "is_known",
    "listed",
    "page",
    "schema",
    "shown",
]
