"""The two sides of a page of comparison: what they may be, and when they are cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse

_SLASHES = (3, 4)
"""Slashes of ENCODER/DATASET/REDUCER/CLUSTERER, and with a seed."""

SIDE = "side"
"""The kind of what a report takes that `zscwh compare` takes too, or that is a cell."""


def two_cells(warehouse: Warehouse, a: str, b: str) -> tuple[str, str] | None:
    """Return the keys of two cells; None where both mean anything else.

    Raises
    ------
    QueryError
        When one alone is a cell.
    """
    keys = [_cell(warehouse, text) for text in (a, b)]
    if None not in keys:
        return str(keys[0]), str(keys[1])
    for key, text, other in zip(keys, (a, b), (b, a), strict=True):
        if key is not None:
            raise QueryError(
                what=f"'{text}' is a cell, and '{other}' is not",
                where="report compare",
                hint="Give two cells with a result, or two sides as `zscwh compare` "
                "takes them.",
            )
    return None


def _cell(warehouse: Warehouse, text: str) -> str | None:
    """Return the key of the cell that a text means, None where it means none."""
    kind, colon, _ = text.partition(":")
    is_side = colon and kind in ("grid", "seed")
    if is_side or Path(text).exists() or not warehouse.path.exists():
        return None
    try:
        return warehouse.cell_key(text, closed=True)
    except QueryError:
        # what can only be the path of a cell is wrong, and the error says how
        if text.count("/") in _SLASHES and Path(text).suffix != ".duckdb":
            raise
        return None
