"""Values as people read them: numbers with units, times, keys cut short.

Text from elsewhere, of files and libraries, is made one short line that no terminal
obeys: it is shown to users and stored in the warehouse.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTHING = "–"  # noqa: RUF001 - the dash that stands for an empty field
"""How NULL is written."""

KEY_DIGITS = 12
"""Digits of a key that are shown; the title of the field holds all 64."""

LONGEST = 300
"""Characters of a text from elsewhere that are shown."""

_LONGEST_NAME = 100
_SHOWN = 4  # of a list of names


def one_line(value: object, longest: int = LONGEST) -> str:
    r"""Return a text from elsewhere as one line, cut short, without control characters.

    Examples
    --------
    >>> one_line("two\n  lines"), one_line("\x1b[31mred"), one_line("too long", 6)
    ('two lines', '?[31mred', 'to ...')
    """
    text = printable(" ".join(str(value).split()))
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def error_line(error: BaseException) -> str:
    """Return the class of an error and its message, as `one_line`."""
    text = one_line(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def printable(text: str) -> str:
    """Return a text from elsewhere without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def some(names: Iterable[str]) -> str:
    """Return the first of some names from elsewhere, and how many more there are."""
    known = list(names)
    shown = ", ".join(one_line(name, _LONGEST_NAME) for name in known[:_SHOWN])
    more = len(known) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "") if known else "nothing"


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return a number and what there is of it, as `plural` says it.

    Examples
    --------
    >>> counted(1, "cell"), counted(0, "cell"), counted(12000, "task")
    ('1 cell', '0 cells', '12,000 tasks')
    >>> counted(2, "class", "classes"), counted(1, "cell has", "cells have")
    ('2 classes', '1 cell has')
    """
    return f"{n:,} {plural(n, one, many)}"


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return the word for a count: the first for one, else the second, or with an s.

    Examples
    --------
    >>> plural(1, "is", "are"), plural(0, "row"), plural(3, "is", "are")
    ('is', 'rows', 'are')
    """
    return one if n == 1 else many or f"{one}s"


def word(column: str, value: Any, *, percent: bool = False) -> str:
    """Write one value; the name of its column says the unit.

    Examples
    --------
    >>> word("wall_s", 75.0), word("peak_bytes", 3 * 2**20), word("n", 12345)
    ('75 s', '3 MiB', '12,345')
    >>> word("share", 0.5, percent=True), word("ami", None) == NOTHING
    ('50.0 %', True)
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if percent and isinstance(value, int | float):
        return f"{100 * value:.1f} %"
    if isinstance(value, int | float):
        return _number(column, value)
    text = str(value)
    return text[:KEY_DIGITS] if is_key(text) else text


def is_key(text: str) -> bool:
    """Whether a text is a sha256 in hexadecimal digits."""
    return len(text) == 64 and not text.strip("0123456789abcdef")


def heading(column: str) -> str:
    """Write the name of a column; its unit stands with its values.

    Examples
    --------
    >>> heading("median_s"), heading("peak_bytes"), heading("n_runs"), heading("n")
    ('median', 'peak memory', 'runs', 'n')
    """
    name = column
    if name.endswith("_bytes"):
        name = name.removesuffix("_bytes") + "_memory"
    elif name.endswith("_s") and not name.endswith("per_s"):
        name = name.removesuffix("_s")
    elif name.endswith("_j"):
        name = name.removesuffix("_j")
    return name.removeprefix("n_").replace("_", " ")


def words(row: Mapping[str, Any]) -> dict[str, str]:
    """Write all values of a row."""
    return {column: word(column, value) for column, value in row.items()}


def with_unit(column: str, value: float) -> str | None:
    """Write a number with the unit that the name of its column says, None without."""
    if column.endswith("_bytes"):
        return format_bytes(value)
    if column.endswith("_s") and not column.endswith("per_s"):
        return _seconds(float(value))
    if column.endswith("_j"):
        return _joules(float(value))
    return None


def _number(column: str, value: float) -> str:
    measured = with_unit(column, value)
    if measured is not None:
        return measured
    if isinstance(value, int):
        # years, seeds and indices are read as they are; counts are long
        return f"{value:,}" if abs(value) > 9999 else str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3f}" if 0.001 <= abs(value) < 10 else f"{value:.4g}"


def _seconds(value: float) -> str:
    if value < 120:
        return f"{value:.3g} s"
    if value < 7200:
        return f"{value / 60:.1f} min"
    return f"{value / 3600:.1f} h"


def _joules(value: float) -> str:
    return _scaled(value, 1000, ("J", "kJ", "MJ", "GJ"))


def format_bytes(n_bytes: float) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> format_bytes(512), format_bytes(1.5 * 2**20), format_bytes(1023 * 2**20)
    ('512 B', '1.5 MiB', '1023 MiB')
    """
    return _scaled(n_bytes, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))


def _scaled(value: float, step: int, units: Sequence[str]) -> str:
    """Write a number with the largest unit that it reaches, to three digits."""
    *small, unit = units
    for smaller in small:
        if round(value) < step:
            unit = smaller
            break
        value /= step
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
