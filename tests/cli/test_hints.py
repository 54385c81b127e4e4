"""A command that a message suggests can be pasted as it is."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from tests.commands import command_here

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

GRID = """
name = "it's my grid"
scores = ["ami"]
[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""


def zscwh(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return command_here(folder)(*words)


def test_what_an_ingest_suggests_runs(tmp_path: Path) -> None:
    """Names with blanks and quotes are quoted for the shell."""
    (tmp_path / "g.toml").write_text(GRID, encoding="ascii")
    said = zscwh(tmp_path, "ingest", "g.toml").stderr
    first, second = re.findall(r"`(zscwh [^`]+)`", said.splitlines()[-1])
    rows = zscwh(tmp_path, *shlex.split(first)[1:], "-f", "csv").stdout.splitlines()
    assert len(rows) == 2
    words = shlex.split(second)[1:]
    assert words == [
        "report", "--grid", "it's my grid", "-o", "it's my grid.html",
    ]  # fmt: skip
