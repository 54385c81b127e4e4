"""Give the texts of a table the types that a mapping declares for their columns.

What trackers write for one thing (30 and 30.0, True and true, NaN and nothing, seconds
since 1970 and ISO 8601) becomes one value here, so that the SQL of a mapping compares
values and never spellings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.exchange.mapping import PLACES
from zsc_wh.exchange.readings import read_table
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from zsc_wh.exchange.mapping import Input, RunMapping

MISSING = frozenset({"", "nan", "NaN", "None", "null", "NULL"})
"""Texts that mean: no value."""

_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False}
_TRUTHS["0.0"] = False


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: Path
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


Bad = tuple[Place, str]
"""A line that cannot be used, with the reason."""


@dataclass(frozen=True)
class Tracked:
    """The lines of all files, typed.

    Parameters
    ----------
    frame : polars.DataFrame
        The columns of `PLACES` and all that the mapping takes.
    places : mapping of str to Place
        Lines by what the column ``line`` calls them.
    sha256 : mapping of Path to str
        Of each file.
    bad : list of (Place, str)
        Lines that cannot be used, with reasons; they are not in the frame.
    unknown, absent : list of str
        Unmapped columns of the files; columns of the mapping that no file has, with the
        nearest name.
    ignored : int
        Columns that the mapping leaves out on purpose.
    """

    frame: pl.DataFrame
    places: Mapping[str, Place]
    sha256: Mapping[Path, str]
    bad: list[Bad]
    unknown: list[str]
    absent: list[str]
    ignored: int


def read_tracked(files: Sequence[Path], mapping: RunMapping) -> Tracked:
    """Read files of runs by the header of a mapping.

    Raises
    ------
    ConfigError
        When no file has a column that the mapping requires.
    ConfigError, DataError
        As `read_table`.
    """
    readings = {file: read_table(file) for file in files}
    columns = list(dict.fromkeys(c for read in readings.values() for c in read.columns))
    _require_columns(columns, files, mapping)
    places: dict[str, Place] = {}
    rows: list[dict[str, Any]] = []
    bad: list[Bad] = []
    for file, read in readings.items():
        bad += [(Place(file, number), why) for number, why in read.bad]
        for line in read.lines:
            place = Place(file, line.number)
            try:
                values = _values(line.texts, mapping.inputs)
            except DataError as error:
                bad.append((place, error.what))
                continue
            places[str(place)] = place
            rows.append({"file": str(file), "line": str(place)} | values)
    others = [column for column in columns if column not in mapping.inputs]
    unknown = [column for column in others if not mapping.ignores_column(column)]
    return Tracked(
        frame=_frame(rows, mapping.inputs),
        places=places,
        sha256={file: read.sha256 for file, read in readings.items()},
        bad=bad,
        unknown=unknown,
        absent=sorted(
            (
                f"'{column}'" + nearest(column, unknown)
                for column in mapping.inputs
                if column not in columns
            ),
            key=lambda text: "?" not in text,  # those that may be misspelt first
        ),
        ignored=len(others) - len(unknown),
    )


def _require_columns(
    columns: list[str], files: Sequence[Path], mapping: RunMapping
) -> None:
    """Refuse files of other columns once, and not for each of their lines."""
    missing = [
        f"'{name}'" + nearest(name, columns)
        for name, given in mapping.inputs.items()
        if given.is_required and name not in columns
    ]
    if missing:
        raise ConfigError(
            what=f"there is no column {' and no '.join(missing)}",
            where=", ".join(map(str, files)),
            hint=f"The mapping {mapping.path.name} needs it.",
        )


def _values(texts: Mapping[str, str], inputs: Mapping[str, Input]) -> dict[str, Any]:
    found = {}
    for column, given in inputs.items():
        text = texts.get(column, "").strip()
        value = None if text in MISSING else _READERS[given.type](text)
        if value is _ODD:
            what = f"column '{column}' has '{text}', not {_SAID[given.type]}"
            raise DataError(what=what)
        found[column] = value
    return found


_ODD = object()
"""What a text is that has no value of a type."""


def _integer(text: str) -> Any:
    try:
        return int(text)  # a float would lose digits
    except ValueError:
        number = _double(text)
    is_whole = number is not _ODD and math.isfinite(number) and number.is_integer()
    return int(number) if is_whole and abs(number) < 2**63 else _ODD


def _double(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return _ODD


def _boolean(text: str) -> Any:
    return _TRUTHS.get(text.lower(), _ODD)


def _timestamp(text: str) -> Any:
    """Read seconds since 1970, or an ISO 8601 text, in UTC where it names no zone."""
    seconds = _double(text)
    try:
        if seconds is not _ODD:
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _ODD
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "integer": _integer,
    "double": _double,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
_SAID = {
    "integer": "a whole number",
    "double": "a number",
    "boolean": "true or false",
    "timestamp": "a time",
}


def _frame(rows: list[dict[str, Any]], inputs: Mapping[str, Input]) -> pl.DataFrame:
    import polars as pl

    kinds = {
        "text": pl.String(),
        "integer": pl.Int64(),
        "double": pl.Float64(),
        "boolean": pl.Boolean(),
        "timestamp": pl.Datetime("us", "UTC"),
    }
    schema: dict[str, pl.DataType] = {name: pl.String() for name in PLACES}
    schema |= {name: kinds[given.type] for name, given in inputs.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")
