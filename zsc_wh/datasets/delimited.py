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

from zsc_wh.datasets.foreign import not_as_declared
from zsc_wh.errors import DataError

if TYPE_CHECKING:
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
    columns : dict of str to list of (str or None)
        Its columns; an empty field is None. Of two with one name, the first.
    lines : list of int
        Number of the line on which each row begins.
    twice : frozenset of str
        Names that several columns have.
    """

    columns: dict[str, list[str | None]]
    lines: list[int]
    twice: frozenset[str]


def read_delimited(content: bytes, path: Path) -> Delimited:
    """Read the content of a text file with a header; blank lines are skipped.

    Parameters
    ----------
    content : bytes
        Of the whole file, which may be packed by gzip.
    path : Path
        Its name tells the separator.

    Raises
    ------
    DataError
        When it is not text in UTF-8, has another separator, or a line has more or
        fewer fields than the header.
    OSError, EOFError, zlib.error
        When it is packed, and damaged.
    """
    if content.startswith(_GZIP):
        content = gzip.decompress(content)
    text = _decoded(content, path)
    suffixes = {suffix.lower() for suffix in path.suffixes[-2:]}
    separator = "\t" if _TAB_SUFFIXES & suffixes else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, lines = [], []
    end = 0
    try:
        for fields in reader:
            if fields:
                rows.append(fields)
                lines.append(end + 1)
                _check_fields(rows, lines, path, separator)
            end = reader.line_num
    except csv.Error as error:
        raise _faulty(
            path,
            f"the row that begins on line {end + 1} has a quotation mark that is not "
            "closed, or a field that is too long",
            "Close it, or double a quotation mark that is part of a text.",
        ) from error
    if not rows:
        raise _faulty(path, "the file is empty", "Write a header and a row per image.")
    header = rows.pop(0)
    columns: dict[str, list[str | None]] = {}
    for name, *values in zip(header, *rows, strict=True):
        columns.setdefault(name, [value or None for value in values])
    twice = frozenset(name for name, count in Counter(header).items() if count > 1)
    return Delimited(columns, lines[1:], twice)


def _decoded(content: bytes, path: Path) -> str:
    head = content[:_HEAD_BYTES]
    # plain letters in UTF-16 have a zero at every second byte
    if head.startswith(_UTF_16) or (len(head) > 1 and not any(head[1::2])):
        raise _faulty(
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
        raise _faulty(
            path,
            f"line {line} is not UTF-8",
            "Save it as CSV UTF-8; older programs write Latin-1 (Windows-1252).",
        ) from error


def _check_fields(
    rows: list[list[str]], lines: list[int], path: Path, separator: str
) -> None:
    """Check the last row against the header, and the header itself."""
    header, last = rows[0], rows[-1]
    if len(rows) == 1:
        others = [other for other in _SEPARATORS if other in header[0]]
        if len(header) == 1 and others:
            other = max(others, key=header[0].count)
            raise _faulty(
                path,
                f"the columns are separated by {_SEPARATORS[other]}, not by "
                f"{_SEPARATORS[separator]}",
                "Save it with commas as .csv, or with tabs as .tsv.",
            )
    elif len(last) != len(header):
        raise _faulty(
            path,
            f"line {lines[-1]} has {_count(last)}, and the header has {_count(header)}",
            "Complete the line; put a text that holds the separator between quotation "
            "marks.",
        )


def _count(fields: list[str]) -> str:
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"


def _faulty(path: Path, what: str, mend: str) -> DataError:
    return DataError(
        what=f"cannot be read as a table: {what}", where=str(path), mend=mend
    )
