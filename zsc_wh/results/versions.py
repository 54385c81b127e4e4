"""Versions of names and grids: which ones there are, and which one is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse

_VERSION = re.compile(r"([^@/\\]+)@[0-9]+")


class Version(NamedTuple):
    """What a name meant: kind of the thing, name, and label (``photos@1``).

    Of two names that are compared, the name is that of both.
    """

    kind: str
    name: str
    label: str


def base_of(text: str) -> str | None:
    """Return the name in a label with a version, None where it has none.

    Examples
    --------
    >>> base_of("photos@1")
    'photos'
    >>> base_of("photos") is None
    True
    """
    found = _VERSION.fullmatch(text)
    return found[1] if found else None


def has_name(warehouse: Warehouse, name: str) -> bool:
    """Whether anything has or had the name in a warehouse."""
    sql = "select count(*) from name_version where name = $name"
    return bool(warehouse.read(sql, {"name": name}).rows[0][0])


def find_versions(
    warehouse: Warehouse, labels: tuple[str, str], kind: str | None = None
) -> tuple[Version, Version]:
    """Return two versions of one name.

    Parameters
    ----------
    warehouse : Warehouse
        Knows them.
    labels : (str, str)
        Labels with one name in them.
    kind : str, optional
        Kind of what has the name; needed where two kinds have the name.

    Raises
    ------
    QueryError
        When the name or one of the versions is not known, with the nearest name, or
        when things of several kinds have them.
    """
    rows = warehouse.read("select distinct kind, name, label from name_version").rows
    known = [Version(*row) for row in rows if kind in (None, row[0])]
    name = next(base or label for label in labels if (base := base_of(label)))
    of_name = [version for version in known if version.name == name]
    if not of_name:
        names = sorted({version.name for version in known})
        raise QueryError(
            what=f"no {kind or 'name'} '{name}'" + nearest(name, names),
            where=str(warehouse.path),
            hint="`zscwh query names` lists them with their versions.",
        )
    found = {(version.kind, version.label): version for version in of_name}
    kinds = [
        each for each in CELL_NAMES if all((each, label) in found for label in labels)
    ]
    if len(kinds) > 1:
        raise QueryError(
            what=f"the name '{name}' is taken twice, as {' and '.join(kinds)}",
            where=str(warehouse.path),
            hint=f"Say which: {kinds[0]}:{labels[0]} {kinds[0]}:{labels[1]}.",
        )
    if not kinds:
        there = sorted({version.label for version in of_name})
        missing = next((label for label in labels if label not in there), labels[0])
        raise QueryError(
            what=f"there is no '{missing}'",
            where=str(warehouse.path),
            hint=f"There {'are' if len(there) > 1 else 'is'} {', '.join(there)}; the "
            "name alone is what it means now.",
        )
    return found[kinds[0], labels[0]], found[kinds[0], labels[1]]


def find_names(
    warehouse: Warehouse, kind: str, labels: tuple[str, str]
) -> tuple[Version, Version]:
    """Return two things of one kind, which are called by both names together.

    Raises
    ------
    QueryError
        When there is no such name, with the nearest.
    """
    sql = "select distinct label from name_version where kind = $kind order by label"
    known = [str(label) for (label,) in warehouse.read(sql, {"kind": kind}).rows]
    for label in labels:
        if label not in known:
            raise QueryError(
                what=f"no {kind} '{label}'" + nearest(label, known),
                where=str(warehouse.path),
                hint="`zscwh query names` lists them with their versions.",
            )
    both = " and ".join(labels)
    return Version(kind, both, labels[0]), Version(kind, both, labels[1])


def require_grid(warehouse: Warehouse, label: str) -> None:
    """Refuse a label that no declaration of a grid has.

    Raises
    ------
    QueryError
        With the nearest one.
    """
    rows = warehouse.read("select grid from grid_version order by grid").rows
    known = [str(grid) for (grid,) in rows]
    if label not in known:
        raise QueryError(
            what=f"no grid '{label}'" + nearest(label, known),
            where=str(warehouse.path),
            hint="`zscwh query grids` lists them.",
        )
