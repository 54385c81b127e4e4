"""Take what is private about machines out of tables that are to be published.

Names of hosts become ``host-1``, ``host-2``, ...; of a path from the root, a home or a
drive only the last part stays. Names of things, of samples and of classes are results,
and stay; so do paths that start from the folder of a declaration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zsc_wh.exchange.present import HOST as IMPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

HOST = "host"
"""Column of the names of machines."""

FREE_TEXT = ("doc", "loader", "notes", "reason", "source", "toml", "tracked_in")
"""Columns of text that a user, a library or the system wrote: what else is text is made
by this package, or is a name."""

_START = r"(?:file://)?(?:~[\w.-]*[/\\]|/|[A-Za-z]:[/\\]|\\\\)"
_PATHS = (
    # in quotes, where blanks are part of it; JSON doubles the signs of Windows
    (rf'"{_START}(?:[^"\n]*[/\\])?([^"/\\\n]*)"', '"${1}"'),
    (rf"'{_START}(?:[^'\n]*[/\\])?([^'/\\\n]*)'", "'${1}'"),
    # a whole value
    (rf"^{_START}(?:[^\n:]*[/\\])?([^/\\\n:]*)$", "${1}"),
    # in a sentence; an address has a second slash where a path has a name
    (
        rf"(^|[\s(\[=,;:]){_START}(?:[^/\\\s:,;)\]\"']+[/\\])*([^/\\\s:,;)\]\"']+)",
        "${1}${2}",
    ),
)


def clean(files: Mapping[str, Path]) -> None:
    """Clean Parquet files of tables, in place.

    Parameters
    ----------
    files : mapping of str to Path
        The file of each table.
    """
    import polars as pl

    hosts: set[str] = set()
    columns = {table: _schema(path) for table, path in files.items()}
    for table, known in columns.items():
        if HOST in known:
            names = read(files[table], [HOST])[HOST].unique()
            hosts |= {name for name in names if name is not None}
    alias = {
        name: f"host-{place}"
        for place, name in enumerate(sorted(hosts - {IMPORTED}), start=1)
    }
    for table, known in columns.items():
        changed = [
            pl.col(HOST).replace(alias)
            if name == HOST
            else _without_private(pl.col(name), alias)
            for name in known
            if name == HOST or name in FREE_TEXT
        ]
        if changed:
            read(files[table]).with_columns(changed).write_parquet(
                files[table], compression="zstd"
            )


def read(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read a Parquet file; polars takes a path for a pattern."""
    import polars as pl

    with path.open("rb") as file:
        return pl.read_parquet(file, columns=columns)


def _schema(path: Path) -> pl.Schema:
    import polars as pl

    with path.open("rb") as file:
        return pl.Schema(pl.read_parquet_schema(file))


def _without_private(text: pl.Expr, alias: Mapping[str, str]) -> pl.Expr:
    for pattern, kept in _PATHS:
        text = text.str.replace_all(pattern, kept)
    for name in sorted(alias, key=len, reverse=True):
        text = text.str.replace_all(rf"\b{re.escape(name)}\b", alias[name])
    return text
