"""The reference as people read it: in a terminal, and as a page in Markdown."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zsc_wh.fields import REQUIRED, Field
from zsc_wh.reference.topics import TOPICS, Keys, Topic, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ITEMS: dict[type, str] = {
    str: "strings",
    int: "whole numbers",
    float: "numbers",
    dict: "tables",
}
_TOP = "top of the file"

_INTRODUCTION = """\
# Reference

Every key of every file that `zscwh` reads. `zscwh help NAME` shows a part of it, and
`zscwh help --schema` prints it for editors. This page is made by
`zscwh help --markdown -o ingest/REFERENCE.md`; what it says is what files are checked
against.

A key without a default is unset where it is left out; TOML has no word for that.
"""


def listed(width: int) -> str:
    """Return the names that can be asked for, with a line on each."""
    size = max(len(topic.name) for topic in TOPICS) + 4
    lines: list[str] = []
    for topic in TOPICS:
        if not topic.of:
            lines += _wrapped(topic.name, topic.doc, size, width)
            lines += [
                line
                for kind in kinds_of(topic.name)
                for line in _wrapped(f"  {kind.name}", kind.doc, size, width)
            ]
    return "\n".join(lines) + "\n"


def shown(topics: Iterable[Topic], width: int) -> str:
    """Return what is known of some topics, for a terminal of a width."""
    return "\n".join("\n".join(_of_topic(topic, width)) + "\n" for topic in topics)


def page() -> str:
    """Return the whole reference in Markdown."""
    parts = [_INTRODUCTION]
    for topic in TOPICS:
        parts.append(f"{'###' if topic.of else '##'} {topic.title}\n")
        parts.append(f"{topic.doc[0].upper()}{topic.doc[1:]}.\n")
        kinds = ", ".join(f"`{kind.name}`" for kind in kinds_of(topic.name))
        if kinds and not topic.of:
            parts.append(f"Kinds: {kinds}.\n")
        parts += [part for keys in topic.keys for part in _table(keys)]
    return "\n".join(parts)


def takes(field: Field) -> str:
    """Say what a key takes: the type, the choices or the range."""
    if field.choices:
        return " | ".join(map(_toml, field.choices))
    kind = replace(field, words=()).kind
    if field.type is list:
        kind = kind.replace("a list", f"a list of {_ITEMS[field.items]}")
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        kind += f" from {low:.15g} to {high:.15g}"
    elif low is not None:
        kind += f" from {low:.15g} on"
    return " or ".join([kind, *map(_toml, field.words)])


def default(field: Field) -> str:
    """Say what holds where a key is left out."""
    if field.default is REQUIRED:
        return "required"
    return "" if field.default is None else _toml(field.default)


def _of_topic(topic: Topic, width: int) -> Iterator[str]:
    yield from textwrap.wrap(f"{topic.title}: {topic.doc}", width)
    for keys in topic.keys:
        yield ""
        yield keys.table or _TOP
        size = max(map(len, keys.fields)) + 4
        for name, field in keys.fields.items():
            is_set = field.default is not REQUIRED and field.default is not None
            needed = f"{'default ' if is_set else ''}{default(field)}"
            what = "; ".join(filter(None, (takes(field), needed)))
            yield from _wrapped(f"  {name}", what, size, width)
            yield from _wrapped("", field.doc, size, width)
    kinds = [kind for kind in kinds_of(topic.name) if not topic.of]
    if kinds:
        yield ""
        yield "kinds, of which `zscwh help KIND` shows the keys"
        size = max(len(kind.name) for kind in kinds) + 4
        for kind in kinds:
            yield from _wrapped(f"  {kind.name}", kind.doc, size, width)


def _wrapped(head: str, text: str, indent: int, width: int) -> list[str]:
    """Return lines that begin with a word, the text behind it in a column.

    A word that leaves no room for a column is a line of its own.
    """
    indent = min(indent, max(20, width - 24))
    is_long = len(head) >= indent
    lines = textwrap.wrap(
        text,
        max(width, indent + 20),
        initial_indent="".ljust(indent) if is_long else head.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [head, *lines] if is_long else lines


def _table(keys: Keys) -> Iterator[str]:
    yield f"`{keys.table}`\n" if keys.table else "Top of the file\n"
    rows = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for name, field in keys.fields.items():
        cells = (f"`{name}`", takes(field), default(field), field.doc)
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    yield "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    """Return a text that Markdown neither splits nor takes for markup."""
    if text.startswith("`"):
        return text
    for sign in "\\|*_<>`[]":
        text = text.replace(sign, f"\\{sign}")
    return text


def _toml(value: Any) -> str:
    """Write a value as TOML does."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}" if isinstance(value, float) else str(value)
