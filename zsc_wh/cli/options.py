"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from zsc_wh.cli import completing

FORMATS = ("table", "csv", "json", "jsonl", "parquet", "markdown", "latex")
"""How rows come out; the table, markdown and latex show six significant digits."""

SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".md": "markdown",
    ".tex": "latex",
    ".txt": "table",
}
"""Forms by how the name of the output ends, where none is asked for."""

F = TypeVar("F", bound=Callable[..., Any])


class Text(click.types.StringParamType):
    """Text that can be printed and stored; bytes that are not text are refused."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the text; fail with what is wrong with it."""
        text = str(super().convert(value, param, ctx))
        if (fault := undecoded(text)) is not None:
            self.fail(fault, param, ctx)
        return text


TEXT = Text()
"""Type of every argument that is neither a path nor one of a choice."""


def undecoded(text: str) -> str | None:
    """Say why an argument is not text, or return None where it is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(text)
        shown = raw.decode(errors="backslashreplace")
        if "\\x" in shown:
            return f"'{shown}' is not UTF-8."
        encoding = sys.getfilesystemencoding()
        return (
            f"'{shown}' cannot be read in the encoding {encoding} of this locale; set "
            "LC_ALL=C.UTF-8."
        )
    return None


def home_expanded(
    context: click.Context, parameter: click.Parameter, path: Path
) -> Path:
    """Replace ``~`` where no shell did: in a variable set by a container or a service.

    Unlike `Path.expanduser`, it leaves a name that is not a user's alone, as shells do.
    """
    if (fault := undecoded(str(path))) is not None:
        raise click.BadParameter(fault, context, parameter)
    return Path(os.path.expanduser(path))  # noqa: PTH111


def _kept(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Keep an option for what puts the rows out; commands need not know of it."""
    context.meta[f"zsc_wh.{parameter.name}"] = value
    return value


def kept(name: str) -> object:
    """Return an option that `rows_options` kept, None outside a command."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(f"zsc_wh.{name}")


def is_asked_for(name: str) -> bool:
    """Whether an option of the command was given, by a flag or a variable."""
    context = click.get_current_context(silent=True)
    source = context and context.get_parameter_source(name)
    return source not in (None, ParameterSource.DEFAULT)


def rows_options(command: F) -> F:
    """Add ``--format``, ``--output`` and what goes with them to a command with rows."""
    command = click.option(
        "--wide",
        is_flag=True,
        expose_value=False,
        callback=_kept,
        help="On a terminal, do not shorten the table to its width.",
    )(command)
    command = click.option(
        "--columns",
        metavar="NAMES",
        expose_value=False,
        callback=_kept,
        shell_complete=completing.query_columns,
        help="Only these columns, in this order: ami,encoder,dataset.",
    )(command)
    command = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write to this file instead of standard output. .csv, .json, .jsonl, "
        ".parquet, .md, .tex and .txt choose the form.",
    )(command)
    return click.option(
        "-f",
        "--format",
        "fmt",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Form of the rows. table, markdown and latex round to 6 digits. On a "
        "terminal a table has units; all else has seconds in columns that end in _s, "
        "bytes in _bytes, joules in _j.",
    )(command)


def finite(
    _context: click.Context, _parameter: click.Parameter, seconds: float | None
) -> float | None:
    """Refuse nan, which no range excludes, and inf."""
    if seconds is not None and not isfinite(seconds):
        message = f"{seconds} is not a number of seconds; for no limit, leave it out."
        raise click.BadParameter(message)
    return seconds


def limits_options(command: F) -> F:
    """Add ``--timeout``, ``--memory-limit`` and ``--limit`` to a query command."""
    command = click.option(
        "--limit",
        type=click.IntRange(min=0),
        metavar="N",
        help="Print at most N rows.",
    )(command)
    command = click.option(
        "--memory-limit",
        metavar="SIZE",
        help="Memory for the query, such as 8GiB; default: 80 % of the machine's.",
    )(command)
    return click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        callback=finite,
        metavar="SECONDS",
        help="Stop the query after this many seconds.",
    )(command)


def catalog_option(command: F) -> F:
    """Add ``--catalog`` to a command that reads declarations."""
    return click.option(
        "--catalog",
        "catalogs",
        type=click.Path(path_type=Path, dir_okay=False),
        multiple=True,
        help="A TOML file with entries of your own; can be given several times.",
    )(command)


def _set_roots(
    _context: click.Context, _parameter: click.Parameter, folders: tuple[Path, ...]
) -> None:
    """Name the folders to all that read datasets, in this process and in workers."""
    if folders:
        os.environ["ZSCWH_DATA"] = os.pathsep.join(map(str, folders))


def data_option(command: F) -> F:
    """Add ``--data`` to a command that reads published datasets."""
    return click.option(
        "--data",
        type=click.Path(
            path_type=Path, exists=True, file_okay=False, resolve_path=True
        ),
        multiple=True,
        expose_value=False,
        callback=_set_roots,
        help="A folder of published datasets, in place of $ZSCWH_DATA; can be given "
        "several times. The first that has a dataset counts.",
    )(command)


def _split(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Split NAME=VALUE of every parameter of a query; the last of a name counts."""
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            fault = f"'{text}' is not NAME=VALUE"
            raise click.BadParameter(fault, context, parameter)
        values[name] = value
    return values


def query_options(command: F) -> F:
    """Add ``--param`` and ``--queries`` to a command that runs one named query."""
    return click.option(
        "-p",
        "--param",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_split,
        shell_complete=completing.query_params,
        help="A parameter of the query; `zscwh queries NAME` lists them.",
    )(queries_option(command))


def queries_option(command: F) -> F:
    """Add ``--queries`` to a command that knows named queries."""
    return click.option(
        "--queries",
        "folders",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        multiple=True,
        help="A folder with query files of your own; can be given several times.",
    )(command)
