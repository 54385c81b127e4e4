"""What a terminal may be sent, and how wide it shows it."""

from __future__ import annotations

import os
import re

from wcwidth import wcswidth, wcwidth

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
"""Control characters other than tab and line feed, and marks that reorder text."""


def escaped(text: str) -> str:
    r"""Return text with control characters spelled out, such as ``\x1b``.

    A terminal obeys them: they colour, delete and forge lines, and set its title.
    """
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def has_colour() -> bool:
    """Whether colours are wanted: not with ``NO_COLOR``, nor on a dumb terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(line: str) -> str:
    """Return a line in bold type; the line feed stays outside."""
    return f"\x1b[1m{line[:-1]}\x1b[0m\n"


def faint(line: str) -> str:
    """Return a line that stands back."""
    return f"\x1b[2m{line[:-1]}\x1b[0m\n"


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    width = wcswidth(text)
    # wcswidth() gives up on a control character; those take no column
    return width if width >= 0 else sum(max(0, wcwidth(char)) for char in text)
