"""What ``explain`` says, for the tests of it."""

from __future__ import annotations

import csv
import io
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from tests.commands import command_here
from zsc_wh.cli.explain import explain

if TYPE_CHECKING:
    import subprocess

CELL = "blob_features/blobs/pca-0.90/kmeans"
"""A cell of the tiny grid."""

Facts = list[tuple[str, str, str]]
"""Part, name and value."""


def facts_of(*args: str, warehouse: str = "zscwh.duckdb") -> Facts:
    """Return what the command says, as (part, name, value)."""
    done = CliRunner().invoke(
        explain, [*args, "-f", "csv"], obj=Path(warehouse), catch_exceptions=False
    )
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["part", "name", "value"]
    return [(part, name, value) for part, name, value in rows[1:]]


def value_of(facts: Facts, part: str, name: str) -> str:
    """Return the value of the only fact of this name."""
    (value,) = [v for p, n, v in facts if (p, n) == (part, name)]
    return value


def run_line(line: str) -> subprocess.CompletedProcess[str]:
    """Run a printed line, of one command or more; return how the last ended."""
    first, *more = line.split(" && ")
    program, *words = shlex.split(first)
    assert program == "zscwh"
    done = command_here(Path())(*words)
    return run_line(" && ".join(more)) if more else done
