from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.cli.test_help import HEAVY
from zsc_wh.cli.completion import HOW_TO, completion


def _completed(line: str) -> list[str]:
    """Return what a shell would offer for a line, as it asks for it."""
    words = line.split(" ")
    env = {
        "_ZSCWH_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    code = "from zsc_wh.__main__ import main; import atexit, sys\n"
    code += "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "main()"],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert not loaded & set(HEAVY)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("zscwh assi", ["plain,assignments"]),
        ("zscwh ingest quick", ["plain,quickstart", "file,quick"]),
        ("zscwh plan ./m", ["file,./m"]),
        ("zscwh query clusterer_r", ["plain,clusterer_ranks"]),
        ("zscwh queries clusterer_r", ["plain,clusterer_ranks"]),
        ("zscwh catalog enc", ["plain,encoders"]),
        ("zscwh report over", ["plain,overview", "file,over"]),
    ],
)
def test_names_are_completed_and_nothing_heavy_is_loaded(
    line: str, offered: list[str]
) -> None:
    """Commands, shipped names and kinds; files where a file can be given."""
    assert _completed(line) == offered


def test_bash_takes_the_script() -> None:
    """Sourced, it makes bash ask `zscwh`."""
    script = CliRunner().invoke(completion, ["bash"]).stdout
    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p zscwh"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_zscwh_completion" in done.stdout


@pytest.mark.parametrize("shell", HOW_TO)
def test_the_script_says_how_to_use_it(shell: str) -> None:
    """The last line is a comment with the line to write."""
    script = CliRunner().invoke(completion, [shell]).stdout
    assert script.splitlines()[-1] == f"# {HOW_TO[shell]}"
    assert "_ZSCWH_COMPLETE" in script
