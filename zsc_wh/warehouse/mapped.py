"""Run the SELECT of a mapping over lines that were read, and say what is wrong with it.

The SQL comes from outside: it runs in a database of its own in memory, which reaches
nothing but the lines, and it must be one statement that reads. What DuckDB says of a
fault is not passed on; faults are told in words of ours, with the line of the file.

Imports duckdb; polars comes with the frame.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import ConfigError, QueryError
from zsc_wh.fields import nearest
from zsc_wh.warehouse import sandbox
from zsc_wh.warehouse.connect import scratch
from zsc_wh.warehouse.execute import fetch_rows
from zsc_wh.warehouse.paths import as_pattern
from zsc_wh.words import printable

if TYPE_CHECKING:
    import polars as pl

    from zsc_wh.warehouse.rows import Rows


def run_mapping(
    sql: str, table: str, frame: pl.DataFrame, path: Path, first_line: int
) -> Rows:
    """Return the rows of a SELECT that reads one table.

    Parameters
    ----------
    sql : str
        The statement.
    table : str
        Name of the table.
    frame : polars.DataFrame
        What the table holds.
    path : Path
        File of the statement, for messages.
    first_line : int
        Line of the file where it begins.

    Raises
    ------
    ConfigError
        When it is not one statement that reads, or DuckDB refuses it.
    """
    where = f"{path}:{first_line}"
    with tempfile.TemporaryDirectory() as folder, scratch([Path(folder)]) as con:
        file = Path(folder) / "lines.parquet"
        frame.write_parquet(file)
        con.execute(
            f"create table {table} as from system.main.read_parquet($file)",
            {"file": [as_pattern(file)]},
        )
        con.fetchall()
        file.unlink()  # the statement has the table alone
        try:
            sandbox.check(con, sql, where)
            return fetch_rows(con, sql, None, where)
        except QueryError as error:
            cause = error.__cause__
            if not isinstance(cause, duckdb.Error):
                raise ConfigError(error.what, where=where, hint=sandbox.HINT) from error
            what, named = _said(cause, table, frame.columns)
            line = first_line + _line(cause, sql, named)
            raise ConfigError(what, where=f"{path}:{line}", hint=_HINT) from error


_HINT = "`zscwh help mapping` shows what a mapping can read and give."
_LINE = re.compile(r"\nLINE (\d+):")


def _line(error: duckdb.Error, sql: str, named: str) -> int:
    """Return the line, from 0, that DuckDB points at, or that has what it names."""
    if place := _LINE.search(str(error)):
        return int(place[1]) - 1
    lines = sql.splitlines() if named else []
    return next((n for n, text in enumerate(lines) if named in text), 0)


def _said(error: duckdb.Error, table: str, columns: list[str]) -> tuple[str, str]:
    """Return what is wrong in our words, and the name that it is about, if any."""
    message = str(error)
    for pattern, what in _FAULTS:
        if found := pattern.search(message):
            named = [printable(" ".join(group.split())) for group in found.groups()]
            name = named[0] if named else ""
            near = nearest(name, columns)
            return what.format(*named, table=table, nearest=near), name
    return _KINDS.get(type(error), "DuckDB cannot run the statement"), ""


_FAULTS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (r'syntax error at or near "(.+?)"', "is not SQL from '{0}' on"),
        (r"syntax error at end of input", "is not SQL: the statement ends too early"),
        (
            r'Referenced column "(.+?)" (?:was )?not found',
            "there is no column '{0}'{nearest}",
        ),
        (
            r'(?:does not have|no) a? ?column named "(.+?)"',
            "there is no column '{0}'{nearest}",
        ),
        (r'Referenced table "(.+?)" not found', "there is no table '{0}' here"),
        (
            r"Table with name (\S+) does not exist",
            "there is no table '{0}'; the lines of the files are in '{table}'",
        ),
        (
            r"Function with name \"?([^\s\"]+)\"? does not exist",
            "there is no function '{0}'",
        ),
        (r"No function matches .*?'([^'(]+)\(", "'{0}' does not take these types"),
        (
            r'Ambiguous reference to column name "(.+?)"',
            "several tables have a column '{0}'; say which: 'table.{0}'",
        ),
        (
            r'column "(.+?)" must appear in the GROUP BY',
            "'{0}' is neither grouped by nor within an aggregate function",
        ),
        (
            r"Cannot (?:compare|mix|combine) (?:values )?(?:of )?types? (\S+) "
            r"(?:and|with|to) (?:values )?(?:of )?(?:type )?(\S+)",
            "values of the types {0} and {1} do not go together; cast one",
        ),
        (
            r"Could not convert string '(.*?)' to (\w+)",
            "'{0}' cannot be read as {1}; try_cast gives NULL for it",
        ),
        (r"file system operations are disabled", "SQL cannot read files here"),
    )
)
"""What DuckDB's messages say, as patterns: a message that none fits, of a later version
perhaps, is told by the class of its error."""

_KINDS: dict[type[duckdb.Error], str] = {
    duckdb.ParserException: "is not SQL",
    duckdb.BinderException: "a name or a type does not fit",
    duckdb.CatalogException: "something that is not there is named",
    duckdb.ConversionException: "a value cannot be converted",
    duckdb.InvalidInputException: "a function was given a value that it cannot take",
    duckdb.OutOfRangeException: "a number is too large for its type",
    duckdb.PermissionException: "SQL cannot read files here",
    duckdb.OutOfMemoryException: "it needs more memory than there is",
}
