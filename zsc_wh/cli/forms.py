"""Rows as text or bytes in every form; every row, and the header always."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import itertools
import json
import math
import re
from typing import TYPE_CHECKING, Any

from zsc_wh.cli.terminal import bold, display_width, faint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from zsc_wh.warehouse import Rows

NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE")
"""DuckDB's types that tables align to the right; unsigned and decimal ones too."""

_CSV_SPECIAL = re.compile('[,"\r\n]')
_BREAK = re.compile("\r\n|[\r\n\t]")
"""What would break the line or the columns of a table."""


def render(rows: Rows, fmt: str) -> str | bytes:
    """Return rows in one of the forms of `zsc_wh.cli.options.FORMATS`."""
    return _FORMS[fmt](rows)


def _table(rows: Rows) -> str:
    return table_lines(_human(rows), rows.types, coloured=False)


def table_lines(
    table: Sequence[Sequence[str]], types: Sequence[str], *, coloured: bool
) -> str:
    """Return a header and rows of texts, padded; numbers stand to the right."""
    header, *cells = table
    widths = [max(map(display_width, column)) for column in zip(*table, strict=True)]
    right = [is_number(kind) for kind in types]

    def line(values: Sequence[str]) -> str:
        parts = []
        for value, width, is_right in zip(values, widths, right, strict=True):
            pad = " " * (width - display_width(value))
            parts.append(pad + value if is_right else value + pad)
        return "  ".join(parts).rstrip(" ") + "\n"

    rule = "  ".join("-" * width for width in widths) + "\n"
    if coloured:
        return bold(line(header)) + faint(rule) + "".join(line(row) for row in cells)
    return line(header) + rule + "".join(line(row) for row in cells)


def _csv(rows: Rows) -> str:
    lines = [rows.columns, *(tuple(map(_field, row)) for row in rows.rows)]
    return "".join(f"{_csv_line(values)}\n" for values in lines)


def _csv_line(values: Sequence[str]) -> str:
    """Return one record; Python's `csv` leaves a carriage return bare, and loses it."""
    if values == ("",):
        return '""'  # readers skip an empty line
    return ",".join(
        '"' + value.replace('"', '""') + '"' if _CSV_SPECIAL.search(value) else value
        for value in values
    )


def _json(rows: Rows) -> str:
    return json.dumps(_objects(rows), indent=2, ensure_ascii=False) + "\n"


def _jsonl(rows: Rows) -> str:
    return "".join(
        json.dumps(each, ensure_ascii=False) + "\n" for each in _objects(rows)
    )


def _objects(rows: Rows) -> list[dict[str, Any]]:
    names = _distinct(rows.columns)
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows.rows]


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names where each stands once; a second `a` is `a_1`, as in DuckDB."""
    taken = set(names)
    found: list[str] = []
    for name in names:
        distinct = name
        if name in found:
            tries = (f"{name}_{n}" for n in itertools.count(1))
            distinct = next(each for each in tries if each not in taken)
            taken.add(distinct)
        found.append(distinct)
    return found


def _parquet(rows: Rows) -> bytes:
    import polars as pl

    series = [
        pl.Series(name, [row[i] for row in rows.rows], dtype=_dtype(kind))
        for i, (name, kind) in enumerate(
            zip(_distinct(rows.columns), rows.types, strict=True)
        )
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


_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")
"""One that would take what follows it for itself."""
_MARKUP = re.compile(r"[|<*`\[]")


def markdown_text(text: str) -> str:
    """Return a text on one line that stays in its field, with nothing as markup."""
    whole = _BACKSLASH.sub(r"\\\\", _BREAK.sub(" ", text))
    return _MARKUP.sub(r"\\\g<0>", whole)


def markdown_line(fields: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(fields)} |\n"


def _markdown(rows: Rows) -> str:
    header, *cells = _human(rows)
    rule = ["--:" if is_number(kind) else ":--" for kind in rows.types]
    head = markdown_line(map(markdown_text, header)) + markdown_line(rule)
    return head + "".join(markdown_line(map(markdown_text, row)) for row in cells)


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


def latex_text(text: str) -> str:
    """Return a text on one line in which nothing is a command."""
    return "".join(_LATEX.get(c, c) for c in _BREAK.sub(" ", text))


def latex_line(fields: Iterable[str]) -> str:
    """Return a row of a table."""
    text = " & ".join(fields)
    # after a line break or a rule, these would be its optional argument
    guard = "{}" if text.lstrip().startswith(("[", "*")) else ""
    return f"{guard}{text} \\\\\n"


def _latex(rows: Rows) -> str:
    header, *cells = _human(rows)
    columns = "".join("r" if is_number(kind) else "l" for kind in rows.types)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n"
        + latex_line(map(latex_text, header))
        + "\\midrule\n"
        + "".join(latex_line(map(latex_text, row)) for row in cells)
        + "\\bottomrule\n\\end{tabular}\n"
    )


def is_number(kind: str) -> bool:
    """Whether a type of DuckDB is one of numbers."""
    return kind.removeprefix("U").split("(")[0] in (*NUMERIC, "DECIMAL")


def _human(rows: Rows) -> list[list[str]]:
    """Return the header and the rows as people read them, each on one line."""
    return [[shown(value) for value in row] for row in (rows.columns, *rows.rows)]


def shown(value: object) -> str:
    """Return a value for people; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return _BREAK.sub(" ", _field(value))


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
