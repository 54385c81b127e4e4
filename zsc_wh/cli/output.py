"""Put rows out in the form that the user asks for."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from zsc_wh.cli.fitting import fit, with_units
from zsc_wh.cli.forms import is_number, render, shown, table_lines
from zsc_wh.cli.options import SUFFIXES, is_asked_for, kept
from zsc_wh.cli.standard import print_out
from zsc_wh.cli.terminal import escaped, has_colour
from zsc_wh.cli.writing import encoded, write_file
from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Rows


def put(rows: Rows, fmt: str, output: Path | None) -> None:
    """Write rows to standard output or to a file, in the columns that are asked for.

    The name of a file chooses the form where none is asked for. On a terminal, control
    characters in values and names are spelled out, and a table is fitted to its width;
    elsewhere they are data, and stay as they are.

    Raises
    ------
    ConfigError
        When there is no such column, when binary output would go to a terminal, when
        the name of the file chooses no form, or as `write_file`.
    OutputError, ReaderGoneError
        As `write_file` and `print_out`.
    """
    if output is not None and not is_asked_for("fmt"):
        fmt = _form_of(output, fmt)
    rows = _chosen(rows, kept("columns"))
    is_terminal = output is None and sys.stdout.isatty()
    if fmt == "parquet" and is_terminal:
        raise ConfigError(
            what="Parquet is binary and standard output is a terminal",
            where="--format parquet",
            hint="Add --output FILE.",
        )
    if fmt == "table" and is_terminal:
        _show(rows)
        return
    content = render(rows, fmt)
    if output is None:
        print_out(content)
    else:
        write_file(output, content)


def _form_of(output: Path, default: str) -> str:
    """Return the form that the name of a file chooses, the default without a suffix.

    A spreadsheet by its name that holds our table would open in no program.
    """
    suffix = output.suffix.lower()
    if not suffix or (output.exists() and not output.is_file()):  # or a pipe, a device
        return default
    if suffix not in SUFFIXES:
        raise ConfigError(
            what=f"the suffix '{output.suffix}' chooses no form",
            where=str(output),
            hint=f"The suffixes are {', '.join(SUFFIXES)}; or say the form with "
            "--format.",
        )
    return SUFFIXES[suffix]


def _chosen(rows: Rows, names: object) -> Rows:
    """Return the columns that are asked for, all of them without."""
    if not isinstance(names, str):
        return rows
    places = []
    for name in (each.strip() for each in names.split(",")):
        if name not in rows.columns:
            raise ConfigError(
                what=f"there is no column '{name}'" + nearest(name, rows.columns),
                where="--columns",
                hint=f"The columns are {', '.join(rows.columns)}.",
            )
        places.append(rows.columns.index(name))
    return replace(
        rows,
        columns=tuple(rows.columns[i] for i in places),
        types=tuple(rows.types[i] for i in places),
        rows=[tuple(row[i] for i in places) for row in rows.rows],
    )


def _show(rows: Rows) -> None:
    """Show a table on a terminal; values are escaped before they are padded."""
    readable = with_units(rows)
    cells = [[escaped(shown(value)) for value in row] for row in readable.rows]
    header = [escaped(name) for name in rows.columns]
    places = list(range(len(header)))
    table = [header, *cells]
    if not kept("wide"):
        width = shutil.get_terminal_size().columns
        numeric = [is_number(kind) for kind in rows.types]
        table, places = fit(header, cells, width, numeric=numeric)
    left_out = [name for i, name in enumerate(header) if i not in places]
    text = table_lines(table, [rows.types[i] for i in places], coloured=has_colour())
    # bytes, since the stream would spell our own colours out
    print_out(encoded(text, "standard output", sys.stdout.encoding, "replace"))
    if left_out:
        click.echo(
            f"no room for {', '.join(left_out)}: --wide shows all, --columns chooses",
            err=True,
        )
