"""Coarser levels of labels from a table of the parent of every class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.tables import Table
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HIERARCHY: Mapping[str, Field] = {
    "path": Field(str, doc="table of a class and its parent; only the root has none"),
    "columns": Field(
        list,
        default=["child", "parent"],
        doc="names of its two columns, in their order, one of them child",
    ),
    "of": Field(str, doc="column of the class of a sample"),
    "levels": Field(
        list,
        doc="names of the levels that it makes, from those right below the root on; a "
        "class that lies less deep stands for itself",
    ),
}
"""What can be said of a table of parents."""


def add_parents(table: Table, path: Path, spec: Mapping[str, Any]) -> None:
    """Add a column per level: the ancestor of each class at that depth.

    Parameters
    ----------
    table : Table
        With the classes of samples; changed in place.
    path : Path
        The table of parents.
    spec : mapping
        A complete table of `HIERARCHY`.

    Raises
    ------
    ConfigError
        When the columns are not a child and its parent.
    DataError
        When a file cannot be read, a class has two parents or none, or is an ancestor
        of its own.
    """
    if sorted(spec["columns"]) != ["child", "parent"]:
        raise ConfigError(
            what="the columns of a hierarchy are a child and its parent",
            where=str(path),
            hint='Write columns = ["child", "parent"], or the other way round.',
        )
    links = Table(path, columns=spec["columns"])
    parents: dict[str | None, str | None] = {}
    pairs = zip(links.as_texts("child"), links.as_texts("parent"), strict=True)
    for row, (child, parent) in enumerate(pairs):
        if parents.setdefault(child, parent) != parent:
            raise DataError(
                what=f"the class '{child}' has two parents ({links.line(row)})",
                where=str(path),
                hint="Keep one of them.",
            )
    classes = table.as_texts(spec["of"])
    present = sorted({each for each in classes if each is not None})
    chains = {each: _chain(each, parents, path) for each in present}
    for depth, level in enumerate(spec["levels"]):
        table.add(
            level,
            [
                None
                if each is None
                else chains[each][min(depth, len(chains[each]) - 1)]
                for each in classes
            ],
        )


def _chain(
    leaf: str | None, parents: Mapping[str | None, str | None], path: Path
) -> list[str | None]:
    """Return the ancestors of a class below the root, coarse to fine, and itself."""
    if leaf not in parents:
        raise DataError(
            what=f"the class '{leaf}' has no parent",
            where=str(path),
            hint="Take the hierarchy and the labels from one release of the dataset.",
        )
    chain: list[str | None] = []
    node = leaf
    while node in parents:
        if node in chain:
            raise DataError(
                what=f"the class '{node}' is an ancestor of its own",
                where=str(path),
                hint="Correct the table of parents.",
            )
        chain.append(node)
        node = parents[node]
    return chain[::-1]
