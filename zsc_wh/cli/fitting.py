"""Make a table fit the terminal: units, short keys, and the columns that have room.

Where there is no room for all, those go first that are empty, that count nothing, or
that say the same in every row, then the last ones; the first score stays as long as
anything beside the first column. Texts are shortened with an
ellipsis, the longest first; numbers never are, as the first digits of 1.5e-07 are
another number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zsc_wh.cli.terminal import display_width
from zsc_wh.scores import METRICS, PROBED
from zsc_wh.words import is_key, with_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zsc_wh.warehouse import Rows

KEY_DIGITS = 8
"""Digits of a key that are shown; commands take a beginning of it."""

_LEAST = 10
"""Columns of a terminal that a shortened text keeps at least."""

_GAP = 2

_SCORES = frozenset(METRICS) | frozenset(PROBED)
"""Names of columns that hold scores."""


def with_units(rows: Rows) -> Rows:
    """Return rows with sizes, times and energies as people read them, and short keys.

    The name of a column says its unit: ``_bytes``, ``_s``, ``_j``.
    """
    shown = [
        tuple(
            _readable(name, value)
            for name, value in zip(rows.columns, row, strict=True)
        )
        for row in rows.rows
    ]
    return replace(rows, rows=shown)


def _readable(column: str, value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return with_unit(column, value) or value
    if isinstance(value, str) and is_key(value):
        return value[:KEY_DIGITS]
    return value


def fit(
    header: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int,
    *,
    numeric: Sequence[bool],
) -> tuple[list[list[str]], list[int]]:
    """Shorten the texts of a table, and leave out columns that have no room.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    cells : sequence of sequence of str
        The rows, each as long as the header.
    width : int
        Columns of the terminal.
    numeric : sequence of bool
        Which columns hold numbers.

    Returns
    -------
    table : list of list of str
        Header and rows, of the columns that are kept.
    kept : list of int
        Their positions.
    """
    table = [list(header), *map(list, cells)]
    widths = [max(map(display_width, column)) for column in zip(*table, strict=True)]
    least = [min(total, _LEAST) for total in widths]
    for i in range(len(widths)):
        if numeric[i]:
            least[i] = max([least[i], *(display_width(row[i]) for row in cells)])
    kept = list(range(len(widths)))
    dropped = _least_telling(header, cells)
    while len(kept) > 1 and _total([least[i] for i in kept]) > width:
        kept.remove(next(dropped))
    room = {i: widths[i] for i in kept}
    while (surplus := _total(list(room.values())) - width) > 0:
        longest = max(room, key=lambda i: (room[i] > least[i], room[i]))
        if room[longest] <= least[longest]:
            break
        others = [room[i] for i in kept if i != longest and room[i] < room[longest]]
        step = max(room[longest] - max([least[longest], *others]), 1)
        room[longest] -= min(step, surplus)
    first = [shortened_inside(header[i], room[i]) for i in kept]
    return [first, *([shortened(row[i], room[i]) for i in kept] for row in cells)], kept


def _least_telling(
    header: Sequence[str], cells: Sequence[Sequence[str]]
) -> Iterator[int]:
    """Yield all columns, the one that can be missed best first."""
    n = len(header)
    values = [{row[i] for row in cells} for i in range(n)]
    many = len(cells) > 1
    told = (i for i in range(1, n) if header[i] in _SCORES and values[i] != {""})
    score = next(told, None)

    def rank(i: int) -> tuple[int, float]:
        if values[i] == {""}:
            return 0, -i
        if i == score:
            return 3, -0.5  # after all others but the first
        if values[i] <= {"", "0"}:
            return 1, -i
        return 2 if many and len(values[i]) == 1 else 3, -i

    return iter(sorted(range(n), key=rank))


def shortened(text: str, width: int) -> str:
    """Return a text in this many columns of a terminal, with an ellipsis if it is cut.

    Examples
    --------
    >>> shortened("resnet18_random", 8), shortened("pixels", 8)
    ('resnet1…', 'pixels')
    """
    if display_width(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while kept and display_width(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def shortened_inside(name: str, width: int) -> str:
    """Return the name of a column with both ends, which tell it from its neighbours.

    Examples
    --------
    >>> shortened_inside("silhouette_original", 12)
    'silho…iginal'
    """
    if display_width(name) <= width:
        return name
    tail = name
    while display_width(tail) > width // 2:
        tail = tail[1:]
    return shortened(name, width - display_width(tail)) + tail


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)
