"""What the warehouse hands back: rows of a query, the report of a load, a finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zsc_wh.words import counted

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Rows:
    """The result of one query.

    Parameters
    ----------
    columns : tuple of str
        Names of the columns, also when there are no rows.
    types : tuple of str
        DuckDB's names of their types, such as ``VARCHAR``.
    rows : list of tuple
        The values as Python objects. Instants are aware `datetime` objects in UTC.
    is_cut : bool
        Whether there are more rows, which a limit left out.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool = False


@dataclass(frozen=True)
class LoadReport:
    """What one call of the loader did.

    Parameters
    ----------
    shards : int
        Shards loaded now.
    rows : int
        Rows that they added; rows that the warehouse already had are not counted.
    known : int
        Shards that had been loaded before.
    bad : list of (Path, str)
        Shards that were not loaded: where each lies now, and why.
    left_out : int
        Rows of the shards loaded now that are about runs or arrays that the warehouse
        does not have, such as those that were forgotten meanwhile.
    """

    shards: int = 0
    rows: int = 0
    known: int = 0
    bad: list[tuple[Path, str]] = field(default_factory=list)
    left_out: int = 0

    @property
    def left_out_lines(self) -> list[str]:
        """What to tell the user of the rows that were left out; empty for none."""
        if not self.left_out:
            return []
        return [
            f"{counted(self.left_out, 'row')} left out, since the runs or arrays that "
            "they are about are not in the warehouse, such as those forgotten "
            "meanwhile; the next ingest computes what is missing"
        ]


@dataclass(frozen=True)
class Finding:
    """An audit that did not come out empty.

    Parameters
    ----------
    audit : str
        Name of the audit.
    doc : str
        The rule that is broken.
    n_rows : int
        How many rows break it.
    first : str
        The first of them, as ``column=value`` pairs.
    """

    audit: str
    doc: str
    n_rows: int
    first: str
