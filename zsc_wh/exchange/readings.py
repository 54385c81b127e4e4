"""Read a table of runs as texts by column: CSV with a header, JSON lines or Parquet.

Everything comes out as text, so that the same table means the same in any form; what a
text means is the business of the mapping. A line that cannot be read is named and does
not stop the others.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMS = (".csv", ".jsonl", ".parquet")
"""Endings of files that can be read."""

DELIMITERS = (",", ";", "\t")
"""What may stand between the columns of CSV: the one that the header has most of."""


@dataclass(frozen=True)
class Line:
    """A row: the number of its first line (in Parquet, its own), texts by column."""

    number: int
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Readings:
    """A table of texts.

    Parameters
    ----------
    columns : tuple of str
        All columns, in order of appearance.
    lines : list of Line
        The rows that could be read.
    bad : list of (int, str)
        Lines that could not, each with the reason.
    sha256 : str
        Of the file.
    """

    columns: tuple[str, ...]
    lines: list[Line]
    bad: list[tuple[int, str]]
    sha256: str


def read_table(file: Path) -> Readings:
    """Read a CSV, JSON lines or Parquet file whole.

    Raises
    ------
    ConfigError
        When the file does not exist or its name has another ending.
    DataError
        When it is damaged or not UTF-8 text, holds no rows, or a column twice.
    """
    form = file.suffix.lower()
    if form not in FORMS:
        raise ConfigError(
            what="neither a folder of 'zscwh export' nor a file that ends in "
            f"{', '.join(FORMS)}",
            where=str(file),
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise ConfigError(what=what, where=str(file)) from error
    read = {".csv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    try:
        columns, lines, bad = read[form](content)
    except UnicodeDecodeError as error:
        raise DataError(
            what="is not UTF-8 text", where=str(file), hint="Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise DataError(
            what="is not CSV: a quotation mark is not closed, or a field is too long",
            where=str(file),
            hint="Close it, or double a quotation mark that is part of a text.",
        ) from error
    except _DamagedError as error:
        raise DataError(
            what="is not a whole Parquet file",
            where=str(file),
            hint="Write or copy it again.",
        ) from error
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(
                what=f"there are two columns named '{column}'",
                where=str(file),
                hint="Rename one of them.",
            )
    if not lines and not bad:
        raise DataError(what="there are no rows", where=str(file))
    return Readings(columns, lines, bad, hashlib.sha256(content).hexdigest())


_Table = tuple[tuple[str, ...], list[Line], list[tuple[int, str]]]


class _DamagedError(Exception):
    """A file is not of the form that its name says."""


def _read_csv(content: bytes) -> _Table:
    text = content.decode("utf-8-sig")
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = tuple(name.strip() for name in next(reader, []))
    lines: list[Line] = []
    bad: list[tuple[int, str]] = []
    for start, fields in _numbered(reader):
        if len(fields) == len(columns):
            lines.append(Line(start, dict(zip(columns, fields, strict=True))))
        elif fields:
            bad.append((start, f"{len(fields)} fields instead of {len(columns)}"))
    return columns, lines, bad


def _numbered(reader: Any) -> Iterable[tuple[int, list[str]]]:
    """Return each row with the number of the line that it begins on."""
    before = reader.line_num
    for fields in reader:
        yield before + 1, fields
        before = reader.line_num


def _read_parquet(content: bytes) -> _Table:
    import polars as pl

    try:
        rows = pl.read_parquet(io.BytesIO(content)).rows(named=True)
    except pl.exceptions.PolarsError as error:
        raise _DamagedError from error
    lines = [Line(number, dict(_flat(row, ""))) for number, row in enumerate(rows, 1)]
    return (
        tuple(dict.fromkeys(name for line in lines for name in line.texts)),
        lines,
        [],
    )


def _read_jsonl(content: bytes) -> _Table:
    text = content.decode("utf-8-sig")
    columns: dict[str, None] = {}
    lines: list[Line] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            bad.append((number, f"not JSON, from column {error.colno} on"))
            continue
        except (ValueError, RecursionError):  # limits of Python
            bad.append((number, "not JSON: too many digits, or nested too deeply"))
            continue
        if not isinstance(row, dict):
            bad.append((number, "not a JSON object"))
            continue
        texts = dict(_flat(row, ""))
        columns |= dict.fromkeys(texts)
        lines.append(Line(number, texts))
    return tuple(columns), lines, bad


def _flat(row: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str]]:
    """Return texts by column; an object within an object gives ``outer.inner``."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is None:
            yield f"{prefix}{key}", ""
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            yield f"{prefix}{key}", text
