"""Read a text file of columns, and say what is wrong with it by line.

The standard library's reader, not polars': it knows the line of every row, keeps a
header that names a column twice, and does not fill up rows that are too short.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.datasets.claims import Unpacking
from zsc_wh.datasets.foreign import not_as_declared
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

_TAB_SUFFIXES = {".tsv", ".tab"}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Delimited:
    """The columns of a text file.

    Parameters
    ----------
    names : tuple of str
        Names of all columns.
    columns : dict of str to list of (str or None)
        Those that were asked for; an empty field is None. Of two with one name, the
        first.
    lines : list of int
        Number of the line on which each row begins.
    twice : frozenset of str
        Names that several columns have.
    """

    names: tuple[str, ...]
    columns: dict[str, list[str | None]]
    lines: list[int]
    twice: frozenset[str]


def read_delimited(
    content: bytes,
    path: Path,
    wanted: Collection[str] | None = None,
    names: Sequence[str] = (),
) -> Delimited:
    """Read the content of a text file; blank lines are skipped.

    Parameters
    ----------
    content : bytes
        Of the whole file, which may be packed by gzip.
    path : Path
        Its name tells the separator.
    wanted : collection of str, optional
        Columns to keep in memory; all if not given.
    names : sequence of str, optional
        Names of the columns of a file without a header.

    Raises
    ------
    DataError
        When it is not text in UTF-8, has another separator, or a line has more or
        fewer fields than the header.
    OSError, EOFError, zlib.error
        When it is packed, and damaged.
    """
    text = decoded(content, path)
    suffixes = {suffix.lower() for suffix in path.suffixes[-2:]}
    separator = "\t" if _TAB_SUFFIXES & suffixes else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header = list(names) or None
    kept = _kept(header, wanted) if header else []
    lines: list[int] = []
    end = 0
    try:
        for fields in reader:
            if fields and header is None:
                header = fields
                _check_header(header, path, separator)
                kept = _kept(header, wanted)
            elif fields and header is not None:
                lines.append(end + 1)
                if len(fields) != len(header):
                    raise _wrong_count(path, lines[-1], len(fields), len(header))
                for position, values in kept:
                    values.append(fields[position] or None)
            end = reader.line_num
    except csv.Error as error:
        raise faulty(
            path,
            f"the row that begins on line {end + 1} has a quotation mark that is not "
            "closed, or a field that is too long",
            "Close it, or double a quotation mark that is part of a text.",
        ) from error
    if header is None:
        raise empty(path)
    columns = {header[position]: values for position, values in kept}
    twice = frozenset(name for name, count in Counter(header).items() if count > 1)
    return Delimited(tuple(header), columns, lines, twice)


def _kept(
    header: list[str], wanted: Collection[str] | None
) -> list[tuple[int, list[str | None]]]:
    """Return the position of each column to keep, with a list for its values."""
    first = {name: header.index(name) for name in header}
    return [
        (position, [])
        for name, position in first.items()
        if wanted is None or name in wanted
    ]


def decoded(content: bytes, path: Path) -> str:
    """Return the text of a file in UTF-8, which may be packed by gzip.

    Raises
    ------
    DataError
        When it is something else.
    OSError, EOFError, zlib.error
        When it is packed, and damaged.
    """
    if content.startswith(_GZIP):
        with gzip.open(io.BytesIO(content)) as file:
            content = Unpacking(file, path).read()
    head = content[:_HEAD_BYTES]
    # plain letters in UTF-16 have a zero at every second byte
    if head.startswith(_UTF_16) or (len(head) > 1 and not any(head[1::2])):
        raise faulty(
            path,
            "the text is in UTF-16, not UTF-8",
            "Save it as CSV UTF-8, or convert it with: iconv -f UTF-16 -t UTF-8",
        )
    if b"\0" in head:
        raise not_as_declared(path, "a table")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise faulty(
            path,
            f"line {line} is not UTF-8",
            "Save it as CSV UTF-8; older programs write Latin-1 (Windows-1252).",
        ) from error


def _check_header(header: list[str], path: Path, separator: str) -> None:
    others = [other for other in _SEPARATORS if other in header[0]]
    if len(header) == 1 and others:
        other = max(others, key=header[0].count)
        raise faulty(
            path,
            f"the columns are separated by {_SEPARATORS[other]}, not by "
            f"{_SEPARATORS[separator]}",
            "Save it with commas as .csv, or with tabs as .tsv.",
        )


def _wrong_count(path: Path, line: int, found: int, expected: int) -> DataError:
    return faulty(
        path,
        f"line {line} has {count(found)}, and the header has {count(expected)}",
        "Complete the line; put a text that holds the separator between quotation "
        "marks.",
    )


def count(n: int) -> str:
    """Return a number of fields in words."""
    return "1 field" if n == 1 else f"{n} fields"


def empty(path: Path) -> DataError:
    """Make the error of a table without any line."""
    return faulty(path, "the file is empty", "Write a header and a row per image.")


def faulty(path: Path, what: str, hint: str) -> DataError:
    """Make the error of a text that is not a table."""
    return DataError(
        what=f"cannot be read as a table: {what}", where=str(path), hint=hint
    )
