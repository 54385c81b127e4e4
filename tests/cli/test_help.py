from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from zsc_wh.cli import cli

HEAVY = ("torch", "sklearn", "altair", "polars", "scipy", "numpy", "duckdb", "umap")


def _modules_after(*args: str) -> set[str]:
    """Return the packages loaded by a fresh `zscwh` when it has run `args`."""
    code = (
        "import sys\n"
        "from zsc_wh.__main__ import run\n"
        f"sys.argv = ['zscwh', *{list(args)!r}]\n"
        "code = run()\n"
        "print('\\n' + ' '.join({name.split('.')[0] for name in sys.modules}))\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", [(), *((name,) for name in cli.commands)], ids=str)
def test_help_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    """The help of every command comes without the numeric libraries."""
    assert not _modules_after(*command, "--help") & set(HEAVY)


@pytest.mark.parametrize("name", cli.commands)
def test_help_ends_in_an_example_of_the_command(name: str) -> None:
    """Every help ends in a line that can be run as it stands."""
    command = cli.commands[name]
    text = command.get_help(click.Context(command, info_name=name))
    example = rf"Example: zscwh (--warehouse \S+ )?{name}\b"
    assert re.match(example, text.splitlines()[-1].strip())


def test_planning_the_quick_start_loads_no_torch() -> None:
    """A plan needs neither weights nor the library that would load them."""
    heavy = {"torch", "timm", "sklearn", "umap", "altair"}
    assert not _modules_after("plan", "quickstart") & heavy
