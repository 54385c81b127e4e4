"""Where each key of a TOML file stands: Python's reader keeps no positions.

The text has been read by `tomllib` before, so that it is valid: what is left to do is
to follow its keys and to skip its values.
"""

from __future__ import annotations

import re
import tomllib
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsc_wh.declare.place import Keys

_TOKEN = re.compile(
    r'''
    (?P<skipped> [ \t\r]+ | \#[^\n]* )
    | """ (?:[^\\]|\\.)*? """ "{0,2}
    | \'\'\' .*? \'\'\' '{0,2}
    | " (?:[^"\\]|\\.)* "
    | ' [^']* '
    | [\n\[\]{},=.]
    | [^\s\[\]{},=.\#"']+
    ''',
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = ("[", "{"), ("]", "}")
_COMMA, _NEWLINE, _LIST = ",", "\n", "["


def line_numbers(text: str) -> dict[Keys, int]:
    r"""Return the line of every table, key and item of valid TOML, from 1.

    A table that is only named by the keys below it stands where the first of them does.

    Examples
    --------
    >>> line_numbers('[a]\nb.c = [\n1]')
    {('a',): 1, ('a', 'b'): 2, ('a', 'b', 'c'): 2, ('a', 'b', 'c', 0): 3}
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._lines: dict[Keys, int] = {}
        self._declared: set[Keys] = set()
        self._lengths: dict[Keys, int] = {}

    def scan(self) -> dict[Keys, int]:
        """Follow the whole text."""
        table: Keys = ()
        while self._at < len(self._tokens):
            if self._next == "\n":
                self._at += 1
            elif self._next == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    @property
    def _next(self) -> str:
        """The token at hand; the text ends as a line does."""
        at_end = self._at == len(self._tokens)
        return "\n" if at_end else self._tokens[self._at][0]

    def _note(self, path: Keys, line: int, *, declares: bool) -> None:
        """Keep the line that declares a path, else the first that has it in its own."""
        if declares and path not in self._declared:
            self._declared.add(path)
            self._lines[path] = line
        else:
            self._lines.setdefault(path, line)

    def _key(self, table: Keys) -> tuple[Keys, int]:
        """Read a dotted key below a table; return its path and line."""
        line, path = self._tokens[self._at][1], table
        while True:
            path = (*path, _name(self._next))
            self._at += 1
            if self._next != ".":
                break
            self._at += 1
            self._note(path, line, declares=False)
            if path in self._lengths:  # the last table of such an array is meant
                path = (*path, self._lengths[path] - 1)
        return path, line

    def _header(self) -> Keys:
        """Read ``[table]`` or ``[[table]]`` and return its path."""
        self._at += 1
        is_item = self._next == "["
        self._at += is_item
        path, line = self._key(())
        self._note(path, line, declares=True)
        self._at += 1 + is_item
        if is_item:
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            path = (*path, index)
            self._note(path, line, declares=True)
        return path

    def _pair(self, table: Keys) -> None:
        """Read ``key = value``."""
        path = self._assigned(table)
        # of each open bracket: the table, or the list and the positions of its items
        opened: list[tuple[Keys, Iterator[int] | None]] = []
        begins = False
        while self._next != "\n" or opened:
            token, line = self._tokens[self._at]
            if token in _CLOSING:
                opened.pop()
                begins = False
            elif token == _COMMA:
                begins = True
            elif token != _NEWLINE:
                if begins:
                    begins = False
                    inside, positions = opened[-1]
                    if positions is None:
                        path = self._assigned(inside)
                        token = self._next
                    else:
                        path = (*inside, next(positions))
                        self._note(path, line, declares=True)
                if token in _OPENING:
                    opened.append((path, count() if token == _LIST else None))
                    begins = True
            self._at += 1

    def _assigned(self, table: Keys) -> Keys:
        """Read ``key =`` and return the path of the key."""
        path, line = self._key(table)
        self._note(path, line, declares=True)
        self._at += 1
        return path


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a text is made of, each with the line on which it begins."""
    line = 1
    for match in _TOKEN.finditer(text):
        if match["skipped"] is None:
            yield match[0], line
        line += match[0].count("\n")


def _name(token: str) -> str:
    """Return the key that a token says."""
    if token[0] not in "\"'":
        return token
    (name,) = tomllib.loads(f"{token} = 0")
    return name
