"""Read a text file of columns separated by blanks, as many datasets are published.

Such a file has no header, so that the columns are named by who declares it; or one
that leaves the name of the first column out, as R writes tables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zsc_wh.datasets.delimited import Delimited, count, decoded, empty, faulty
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

_BLANKS = re.compile(r"[ \t]+")


def read_blanks(
    content: bytes,
    path: Path,
    columns: Sequence[str],
    *,
    skip: int,
    has_header: bool,
    wanted: Collection[str] | None = None,
) -> Delimited:
    """Read the content of a text file; blank lines are skipped.

    Parameters
    ----------
    content : bytes
        Of the whole file, which may be packed by gzip.
    path : Path
        Its name, for messages.
    columns : sequence of str
        Names of the columns, of which the last takes the rest of a line, blanks
        included; with a header, those in front of the ones that it names.
    skip : int
        Lines at the beginning that are neither header nor rows.
    has_header : bool
        Whether the first line after them names columns.
    wanted : collection of str, optional
        Columns to keep in memory; all if not given.

    Raises
    ------
    DataError
        When it is not text in UTF-8, or a line has too few or too many fields.
    OSError, EOFError, zlib.error
        When it is packed, and damaged.
    """
    numbered = [
        (number, line.strip(" \t\r"))
        for number, line in enumerate(decoded(content, path).split("\n"), 1)
        if number > skip and not line.isspace() and line
    ]
    names = [*columns]
    if has_header and numbered:
        names += _BLANKS.split(numbered.pop(0)[1])
    if not numbered:
        raise empty(path)
    most = 0 if has_header else len(names) - 1
    kept = {
        position: list[str | None]()
        for position, name in enumerate(names)
        if wanted is None or name in wanted
    }
    for number, line in numbered:
        # of one column, the whole line is its field
        fields = _BLANKS.split(line, most) if len(names) > 1 else [line]
        if len(fields) != len(names):
            raise faulty(
                path,
                f"line {number} has {count(len(fields))}, and there are "
                f"{counted(len(names), 'column')} ({', '.join(names[:3])}"
                + (" ...)" if len(names) > 3 else ")"),
                "Correct `columns`, `skip` or the line.",
            )
        for position, values in kept.items():
            values.append(fields[position])
    return Delimited(
        names=tuple(names),
        columns={names[position]: values for position, values in kept.items()},
        lines=[number for number, _ in numbered],
        twice=frozenset(name for name in names if names.count(name) > 1),
    )
