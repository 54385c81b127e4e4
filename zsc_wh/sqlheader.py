"""Split a ``.sql`` file into its header entries and its statement.

A header is comment lines ``-- key: text`` in a fixed order; `LISTS` take one indented
comment line per entry instead of text. What the entries mean is the business of
`zsc_wh.sqlfiles`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LISTS = ("params", "columns", "refers", "inputs", "ignores")
"""Keys whose entries stand on lines of their own."""


@dataclass(frozen=True)
class Entry:
    """One header entry.

    Parameters
    ----------
    text : str
        What follows the key on its line; empty for `LISTS`.
    items : tuple of (int, str)
        The indented lines of `LISTS`, with their line numbers.
    line : int
        Line of the key, from 1.
    """

    text: str
    items: tuple[tuple[int, str], ...]
    line: int


@dataclass(frozen=True)
class Parts:
    """A split file: header entries by key, the statement, the line where it begins."""

    header: dict[str, Entry]
    sql: str
    line: int


_KEY = re.compile(r"-- (?P<key>[a-z]+):(?: (?P<text>.*))?$")
_ITEM = re.compile(r"--   (?P<text>\S.*)$")
_COMMENT = re.compile(r"--[^\n]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*$")


def fault(path: Path, line: int, what: str, hint: str = "") -> ConfigError:
    """Return the error for one line of a file."""
    return ConfigError(what=what, where=f"{path}:{line}", hint=hint)


def split(path: Path, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> Parts:
    """Read a file whose header has these keys, in this order.

    Parameters
    ----------
    path : Path
        The file.
    keys : tuple of str
        Keys that it must have.
    optional : tuple of str
        Keys that it may have, behind the others.

    Raises
    ------
    ConfigError
        When the file cannot be read, a key is missing or out of place, a text is
        missing, the name is not the file stem, or no statement follows.
    """
    lines = _text(path).splitlines()
    header: dict[str, Entry] = {}
    position = 0
    for key in keys:
        entry, position = _entry(key, keys, lines, position, path)
        header[key] = entry
    for key in optional:
        if position < len(lines) and (match := _KEY.match(lines[position])):
            if match["key"] != key:
                what = f"a header has no line '-- {match['key']}:' here"
                raise fault(path, position + 1, what, f"Only '-- {key}:' may follow.")
            header[key], position = _entry(key, keys, lines, position, path)
    if header["name"].text != path.stem:
        what = f"the name '{header['name'].text}' is not the name of the file"
        raise fault(path, header["name"].line, what, f"Write '{path.stem}'.")
    while position < len(lines) and not lines[position].strip():
        position += 1
    sql = "\n".join(lines[position:]).rstrip()
    if not _COMMENT.sub("", sql).strip("; \n\t"):
        raise fault(path, position + 1, "the file holds no statement")
    return Parts(header, sql, position + 1)


def names(entry: Entry, path: Path) -> tuple[str, ...]:
    """Return the comma-separated names of an entry."""
    found = tuple(name.strip() for name in entry.text.split(","))
    for name in found:
        if not _NAME.match(name):
            raise fault(path, entry.line, f"'{name}' is not a name")
    return found


def _entry(
    key: str, keys: tuple[str, ...], lines: list[str], position: int, path: Path
) -> tuple[Entry, int]:
    """Read the entry of `key` at `position`, and say where the next one begins."""
    start = position + 1
    match = _KEY.match(lines[position]) if position < len(lines) else None
    if match is None or match["key"] != key:
        hint = f"A header has the lines {', '.join(keys)}, in this order."
        raise fault(path, start, f"the header needs the line '-- {key}:' here", hint)
    text = (match["text"] or "").strip()
    items = []
    position += 1
    while position < len(lines) and (item := _ITEM.match(lines[position])):
        items.append((position + 1, item["text"]))
        position += 1
    if key in LISTS and text:
        what = f"'-- {key}:' takes its entries on lines of their own"
        raise fault(path, start, what, "Indent each by three blanks: '--   name ...'.")
    if key not in LISTS and (items or not text):
        raise fault(path, start, f"'-- {key}:' needs its text on the same line")
    return Entry(text, tuple(items), start), position


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        what = f"the file cannot be read ({why})"
        hint = "Check that it exists and holds UTF-8 text."
        raise ConfigError(what=what, where=str(path), hint=hint) from error
