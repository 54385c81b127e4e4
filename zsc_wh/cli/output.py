"""Write rows in the form that the user asks for; every row, and the header always."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import click

from zsc_wh.errors import ConfigError
from zsc_wh.files import Replacement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from zsc_wh.warehouse import Rows

NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE")
"""DuckDB's types that tables align to the right; unsigned and decimal ones too."""


def put(rows: Rows, fmt: str, output: Path | None) -> None:
    """Write rows to standard output or, at once and whole, to a file.

    Raises
    ------
    ConfigError
        When binary output would go to a terminal.
    """
    if fmt == "parquet" and output is None and sys.stdout.isatty():
        raise ConfigError(
            what="Parquet is binary and standard output is a terminal",
            where="--format parquet",
            mend="Add --output FILE.",
        )
    content = render(rows, fmt)
    if output is None:
        click.echo(content, nl=False)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with Replacement(output) as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def render(rows: Rows, fmt: str) -> str | bytes:
    """Return rows in one of the forms of `zsc_wh.cli.options.FORMATS`."""
    return _FORMS[fmt](rows)


def _table(rows: Rows) -> str:
    cells = [[_shown(value) for value in row] for row in rows.rows]
    widths = [
        max([len(name), *(len(row[i]) for row in cells)])
        for i, name in enumerate(rows.columns)
    ]
    right = [_is_number(kind) for kind in rows.types]

    def line(values: Sequence[str]) -> str:
        parts = [
            value.rjust(width) if is_right else value.ljust(width)
            for value, width, is_right in zip(values, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip() + "\n"

    rule = "  ".join("-" * width for width in widths) + "\n"
    return line(rows.columns) + rule + "".join(line(row) for row in cells)


def _csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows([[_field(value) for value in row] for row in rows.rows])
    return text.getvalue()


def _json(rows: Rows) -> str:
    objects = [
        dict(zip(rows.columns, map(_plain, row), strict=True)) for row in rows.rows
    ]
    return json.dumps(objects, indent=2, ensure_ascii=False) + "\n"


def _jsonl(rows: Rows) -> str:
    return "".join(
        json.dumps(
            dict(zip(rows.columns, map(_plain, row), strict=True)), ensure_ascii=False
        )
        + "\n"
        for row in rows.rows
    )


def _parquet(rows: Rows) -> bytes:
    import polars as pl

    series = [
        pl.Series(name, [row[i] for row in rows.rows], dtype=_dtype(kind))
        for i, (name, kind) in enumerate(zip(rows.columns, rows.types, strict=True))
    ]
    buffer = io.BytesIO()
    pl.DataFrame(series).write_parquet(buffer)
    return buffer.getvalue()


def _dtype(kind: str) -> pl.DataType | None:
    """Return the polars type of a DuckDB type; None lets polars look at the values."""
    import polars as pl

    if kind.endswith("[]"):
        item = _dtype(kind.removesuffix("[]"))
        return pl.List(item) if item is not None else None
    return {
        "VARCHAR": pl.String(),
        "JSON": pl.String(),
        "BOOLEAN": pl.Boolean(),
        "SMALLINT": pl.Int16(),
        "INTEGER": pl.Int32(),
        "BIGINT": pl.Int64(),
        "FLOAT": pl.Float32(),
        "DOUBLE": pl.Float64(),
        "DATE": pl.Date(),
        "TIMESTAMP": pl.Datetime("us"),
        "TIMESTAMP WITH TIME ZONE": pl.Datetime("us", "UTC"),
    }.get(kind)


def _markdown(rows: Rows) -> str:
    def line(values: Sequence[str]) -> str:
        escaped = (value.replace("|", "\\|").replace("\n", " ") for value in values)
        return f"| {' | '.join(escaped)} |\n"

    rule = ["--:" if _is_number(kind) else ":--" for kind in rows.types]
    return (
        line(rows.columns)
        + f"| {' | '.join(rule)} |\n"
        + "".join(line([_shown(value) for value in row]) for row in rows.rows)
    )


_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _latex(rows: Rows) -> str:
    def line(values: Sequence[str]) -> str:
        escaped = ("".join(_LATEX.get(c, c) for c in value) for value in values)
        return f"{' & '.join(escaped)} \\\\\n"

    columns = "".join("r" if _is_number(kind) else "l" for kind in rows.types)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n"
        + line(rows.columns)
        + "\\midrule\n"
        + "".join(line([_shown(value) for value in row]) for row in rows.rows)
        + "\\bottomrule\n\\end{tabular}\n"
    )


def _is_number(kind: str) -> bool:
    return kind.removeprefix("U").split("(")[0] in (*NUMERIC, "DECIMAL")


def _shown(value: object) -> str:
    """Return a value for people; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return _field(value).replace("\n", " ")


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | dict):
        return json.dumps(_plain(value), ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return str(_plain(value))


def _plain(value: Any) -> Any:
    """Return what JSON can say of a value; NaN and infinity become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


_FORMS: Mapping[str, Callable[[Rows], str | bytes]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "markdown": _markdown,
    "latex": _latex,
}
