"""Read a mapping: one SELECT from lines of tracked runs to columns of a contract.

Its header says which columns it takes from the files, each with a type, so that a wrong
value is found in its line and before any SQL runs. Mappings that are shipped lie in
``ingest/mappings``; a user names a file of their own instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest
from zsc_wh.resources import data_folder
from zsc_wh.sqlheader import Entry, fault, split

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "tracked"
"""The table that the SELECT reads: all lines of all files."""

PLACES = {
    "file": "file, as it was named",
    "line": "file and number of the line",
}
"""Columns that the table has in any case."""

TYPES = ("text", "integer", "double", "boolean", "timestamp")
"""What a column of a file can be read as."""

ENDING = ".sql"


@dataclass(frozen=True)
class Input:
    """A column that a mapping takes: type, whether a file must have it, and help."""

    type: str
    is_required: bool
    help: str


@dataclass(frozen=True)
class RunMapping:
    """A mapping whose header was checked.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        The whole of it.
    inputs : mapping of str to Input
        Columns that it takes from the files.
    ignores : tuple of str
        Patterns of columns that it leaves out on purpose.
    sql : str
        The statement.
    line : int
        Line of the file where the statement begins.
    """

    path: Path
    text: str
    inputs: Mapping[str, Input]
    ignores: tuple[str, ...]
    sql: str
    line: int

    def ignores_column(self, column: str) -> bool:
        """Whether a column is left out on purpose; one without a name always is."""
        if not column:
            return True
        return any(fnmatchcase(column, pattern) for pattern in self.ignores)


def shipped_mappings() -> dict[str, Path]:
    """Return the mappings that come with the package by name."""
    files = sorted((data_folder("ingest") / "mappings").glob(f"*{ENDING}"))
    return {file.stem: file for file in files}


def read_mapping(name: str) -> RunMapping:
    """Read a mapping: a shipped one by its name, or a SQL file.

    Raises
    ------
    ConfigError
        When there is none, or its header is wrong; names file and line.
    """
    shipped = shipped_mappings()
    if not name.endswith(ENDING) and name not in shipped:
        raise ConfigError(
            what=f"no mapping '{name}'" + nearest(name, shipped),
            hint=f"Shipped: {', '.join(shipped)}. A mapping of your own is a SELECT in "
            f"a file that ends in {ENDING}; `zscwh help mapping` shows its columns.",
        )
    path = shipped.get(name, Path(name))
    parts = split(path, ("name", "doc", "inputs", "ignores"))
    inputs: dict[str, Input] = {}
    for item in parts.header["inputs"].items:
        column, read = _input(item, path)
        # DuckDB does not tell upper from lower case in names
        if column.lower() in {name.lower() for name in (*inputs, *PLACES)}:
            raise fault(path, item[0], f"the column '{column}' is there already")
        inputs[column] = read
    if not inputs:
        line = parts.header["inputs"].line
        raise fault(path, line, "the mapping takes no column", _HINT)
    return RunMapping(
        path=path,
        text=path.read_text(encoding="utf-8"),
        inputs=inputs,
        ignores=_patterns(parts.header["ignores"]),
        sql=parts.sql,
        line=parts.line,
    )


_HINT = f"Write 'name type help'. Types are {', '.join(TYPES)}."
_INPUT = re.compile(
    r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<name>[A-Za-z_][A-Za-z0-9_]*))'
    r"\s+(?P<type>[a-z]+)(?P<required>\s+required)?\s+(?P<help>\S.*)$"
)


def _input(item: tuple[int, str], path: Path) -> tuple[str, Input]:
    line, text = item
    match = _INPUT.match(text)
    if match is None:
        raise fault(path, line, f"not a column: {text}", _HINT)
    kind = match["type"]
    if kind not in TYPES:
        what = f"no type '{kind}'" + nearest(kind, TYPES)
        raise fault(path, line, what, f"Types are {', '.join(TYPES)}.")
    name = match["name"] or match["quoted"].replace('""', '"')
    return name, Input(kind, match["required"] is not None, match["help"].strip())


def _patterns(entry: Entry) -> tuple[str, ...]:
    """Return the patterns of ``ignores``: several on a line, separated by commas."""
    listed = (pattern for _, text in entry.items for pattern in text.split(","))
    return tuple(pattern.strip() for pattern in listed if pattern.strip())
