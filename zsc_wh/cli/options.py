"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

FORMATS = ("table", "csv", "json", "jsonl", "parquet", "markdown", "latex")
"""How rows come out; the table, markdown and latex show six significant digits."""

F = TypeVar("F", bound=Callable[..., Any])


def home_expanded(
    _context: click.Context, _parameter: click.Parameter, path: Path
) -> Path:
    """Replace ``~`` where no shell did: in a variable set by a container or a service.

    Unlike `Path.expanduser`, it leaves a name that is no user's as it is, as shells do.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111


def rows_options(command: F) -> F:
    """Add ``--format`` and ``--output`` to a command that puts rows out."""
    command = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write to this file instead of standard output.",
    )(command)
    return click.option(
        "-f",
        "--format",
        "fmt",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Form of the rows. table, markdown and latex round to 6 digits.",
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


def queries_option(command: F) -> F:
    """Add ``--queries`` to a command that runs named queries."""
    return click.option(
        "--queries",
        "folders",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        multiple=True,
        help="A folder with query files of your own; can be given several times.",
    )(command)
