"""Name a file to DuckDB's readers, which take every path for a pattern."""

from __future__ import annotations

import os
import re
from glob import iglob
from typing import TYPE_CHECKING

from zsc_wh.errors import LoadError

if TYPE_CHECKING:
    from pathlib import Path

_WILD = re.compile(r"[\[*?]")


def as_pattern(file: Path) -> str:
    """Return the pattern that matches this file and no other.

    A wildcard between brackets stands for itself. In the `filename` of its rows DuckDB
    returns the plain path.

    Raises
    ------
    LoadError
        When a backslash is part of a name, which DuckDB takes for the end of a
        folder's name, also between brackets, and there is another file of that name.
    """
    path = str(file.absolute())
    if os.sep != "\\" and "\\" in path:
        # no escape helps here, but what matches nothing else DuckDB takes as it is
        others = {*iglob(path, recursive=True)}  # noqa: PTH207 - absolute
        others |= {*iglob(path.replace("\\", "/"), recursive=True)}  # noqa: PTH207
        if others <= {path}:
            return path
        raise LoadError(
            what="DuckDB cannot read a path with a backslash in it",
            where=path,
            hint="Rename the folder, or copy it elsewhere.",
        )
    return _WILD.sub(r"[\g<0>]", path)


def spellings(folder: Path) -> set[str]:
    """Return how a path below a folder begins, with and without links, as a pattern."""
    paths = {str(folder.absolute()), os.path.realpath(folder)}
    return paths | {_WILD.sub(r"[\g<0>]", path) for path in paths}
