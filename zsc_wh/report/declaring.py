"""Declare rows that no SQL gives in the way that the header of a query does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.sqlfiles import Column, Query
from zsc_wh.sqlparams import read_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def declared(
    name: str,
    doc: str,
    params: Iterable[str],
    columns: Sequence[tuple[str, str, str]],
    command: str,
) -> Query:
    """Return what stands for a query: parameters as ``$name type  help``, columns.

    `command` prints the same rows, or those that they are made of.
    """
    here = Path(__file__)
    return Query(
        name=name,
        doc=doc,
        params=tuple(read_parameter((0, text), here) for text in params),
        columns=tuple(Column(*column) for column in columns),
        reads=(),
        sql=command,
        path=here,
        line=0,
    )
