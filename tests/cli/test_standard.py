"""Standard input, output and error: closed, full, narrow, or left by their reader."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    Shell = Callable[..., subprocess.CompletedProcess[str]]

INSTALL = "import os, click; from zsc_wh.cli import standard; standard.install();"
MANY = "select unnest(range(30000)) as x"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Run a line of bash in a folder with a warehouse.

    `zscwh` is the command, `streams` runs Python code with its streams.
    """
    folder = tmp_path_factory.mktemp("shell")
    Warehouse(folder / "zscwh.duckdb").create()
    command = f'zscwh() {{ "{sys.executable}" -m zsc_wh "$@"; }}\n'
    command += f'streams() {{ "{sys.executable}" -c "{INSTALL}$1"; }}\n'

    def run(line: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command + line],
            cwd=folder,
            env=os.environ | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_half_an_output_is_no_success(shell: Shell, unbuffered: str) -> None:
    """A file that may not grow further takes a part only: exit code 3 and a line."""
    line = f'ulimit -f 64; zscwh sql "{MANY}" -f csv > half.csv'
    done = shell(line, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 3
    assert done.stderr == (
        "zscwh: standard output cannot be written (File too large)\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        f"zscwh sql '{MANY}' -f csv | head -1; exit ${{PIPESTATUS[0]}}",
        "zscwh queries results | true; exit ${PIPESTATUS[0]}",
        f"zscwh sql '{MANY}' -f csv -o >(head -1)",
        "zscwh --help | true; exit ${PIPESTATUS[0]}",
    ],
)
def test_a_reader_may_go(shell: Shell, line: str) -> None:
    """It has what it wants: exit code 0, and no word."""
    done = shell(line)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("zscwh sql 'select 1' >&-", 3, "standard output is closed"),
        ("zscwh --help >&-", 3, "standard output is closed"),
        ("zscwh completion bash >&-", 3, "standard output is closed"),
        ("zscwh sql <&-", 2, "standard input cannot be read (it is closed)"),
        (r"printf '\xff' | zscwh sql", 2, "cannot be read (it is not utf-8)"),
        ("mkdir a; cd a; rmdir ../a; zscwh query x", 2, "folder has been deleted"),
        ("zscwh sql 'select 1' -o zscwh.duckdb/x", 2, "(Not a directory)"),
    ],
)
def test_what_the_shell_took_away_is_told_in_one_line(
    shell: Shell, line: str, code: int, told: str
) -> None:
    """Closed streams, bytes that are not text, a folder that has gone."""
    done = shell(line)
    assert done.returncode == code
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_narrow_encoding_is_told_and_nothing_is_replaced(
    shell: Shell, encoding: str
) -> None:
    """No question mark stands for a character; a file has it all the same."""
    line = "zscwh sql \"select '日本' as a\" -f csv"
    done = shell(line, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout) == (3, "")
    assert "has no '\\u65e5'. Set PYTHONIOENCODING=utf-8" in done.stderr
    done = shell(f"{line} -o wide.csv && cat wide.csv", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout) == (0, "a\n日本\n")


def test_click_replaces_nothing_either(shell: Shell) -> None:
    """It would put question marks into what a stream in ASCII lacks."""
    done = shell("streams \"click.echo('日')\"", PYTHONIOENCODING="ascii")
    assert done.stdout == ""
    assert "has no '\\u65e5'" in done.stderr


def test_no_file_gets_the_number_of_a_closed_stream(shell: Shell) -> None:
    """What a library prints would go into it, and it may be the warehouse."""
    line = "streams \"os._exit(os.open('.', os.O_RDONLY))\" <&- >&- 2>&-"
    assert shell(line).returncode > 2


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_lost_message_does_not_end_the_work(shell: Shell, where: str) -> None:
    """Standard error is closed, or its disk is full: rows and exit code stay."""
    done = shell(f"zscwh status -f csv {where}")
    assert done.returncode == 0
    assert done.stdout.startswith("grid,")


def test_a_descriptor_goes_on_where_the_shell_was(shell: Shell) -> None:
    """`-o /dev/stdout` in the middle of a file replaces nothing of it."""
    line = "zscwh sql 'select 1 as a' -f csv -o /dev/stdout"
    done = shell(f"(echo first; {line}; echo last) > all; cat all")
    assert done.stdout == "first\na\n1\nlast\n"
