from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import click
import pytest

from tests.commands import command_here
from tests.warehouse.rows import declared, finished
from zsc_wh.cli import cli
from zsc_wh.shards import write_shard

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

IN_ORDER = ("ingest", "export", "import")
"""Commands whose examples make what other examples need; each is run once."""

GRID = """
name = "quickstart"
scores = ["ami", "silhouette"]

[[cross]]
datasets = ["digits"]
encoders = ["pixels"]
reducers = ["none"]
clusterers = ["kmeans"]
"""
"""A file goes before a shipped grid of its name; this one takes seconds."""

Done = subprocess.CompletedProcess[str]


def _example(name: str) -> str:
    """Return the line of the example in the help of a command."""
    command = cli.commands[name]
    text = command.get_help(click.Context(command, info_name=name))
    return text.splitlines()[-1].strip().removeprefix("Example: ")


def _run(line: str, folder: Path) -> Done:
    """Run a line; none of them needs more of a shell than its quotes."""
    program, *words = shlex.split(line)
    assert program == "zscwh"
    return command_here(folder)(*words, code=None)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Done]]:
    """Return a folder with a filled warehouse, and the examples that filled it."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "quickstart").write_text(GRID, encoding="utf-8")
    write_shard(folder / "shards", declared("a") | finished("a"), "elsewhere")
    done = {name: _run(_example(name), folder) for name in IN_ORDER}
    return folder, done


@pytest.mark.parametrize("name", cli.commands)
def test_the_example_of_every_help_runs_as_printed(
    ran: tuple[Path, dict[str, Done]], name: str
) -> None:
    """Exit code 0, without a traceback."""
    folder, before = ran
    done = before[name] if name in before else _run(_example(name), folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
