"""What a terminal may be sent, and how wide it shows it."""

from __future__ import annotations

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


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    width = wcswidth(text)
    # wcswidth() gives up on a control character; those take no column
    return width if width >= 0 else sum(max(0, wcwidth(char)) for char in text)
