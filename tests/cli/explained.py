"""What ``explain`` says, for the tests of it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from zsc_wh.cli.explain import explain

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


def bash(line: str) -> subprocess.CompletedProcess[str]:
    """Run a printed line as it stands."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path},
        check=True,
    )
