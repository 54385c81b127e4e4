"""What the system refuses is told in one line, without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from zsc_wh.cli.options import undecoded
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

LONG = "a" * 300


def _run(
    folder: Path, *args: str | bytes, script: str = 'exec "$@"', **variables: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "zsc_wh", *args],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    "args",
    [
        (b"--warehouse", b"w\xff.duckdb", b"init"),
        (b"plan", b"w\xff.toml"),
        (b"sql", b"select '\xff'"),
        (b"query", b"coverage", b"-p", b"grid=\xff"),
        (b"forget", b"--dataset", b"\xff"),
    ],
    ids=lambda args: b" ".join(args).decode(errors="replace"),
)
def test_arguments_that_are_no_text_are_named(
    tmp_path: Path, args: tuple[bytes, ...]
) -> None:
    """Before anything else happens."""
    done = _run(tmp_path, *args)
    assert done.returncode == 2
    assert rb"\xff" in done.stderr
    assert b"is not UTF-8." in done.stderr
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_locale_that_cannot_read_an_argument_is_the_cause(tmp_path: Path) -> None:
    """The argument is text; the locale is at fault."""
    ascii_only = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = _run(tmp_path, "sql", "select 'é'", **ascii_only)
    assert done.returncode == 2
    assert b"of this locale; set LC_ALL=C.UTF-8." in done.stderr


def test_text_is_left_alone() -> None:
    """Also beyond ASCII."""
    assert undecoded("é 漢") is None


@pytest.mark.parametrize(
    "args",
    [
        ("--warehouse", f"{LONG}.duckdb", "init"),
        ("--warehouse", "a" * 250, "init"),
        ("plan", f"{LONG}.toml"),
    ],
    ids=["warehouse", "its log", "grid"],
)
def test_names_that_are_too_long_are_named(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    """The system says which."""
    done = _run(tmp_path, *args)
    assert done.returncode == 2
    assert b"File name too long" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_inbox_that_is_no_folder_is_named(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """As anything that lies where a folder should be."""
    zscwh("init")
    (tmp_path / "zscwh.duckdb.inbox").touch()
    done = zscwh("ingest", make_grid(), code=2)
    assert "zscwh.duckdb.inbox: File exists" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [("status",), ("query", "results"), ("load",)])
def test_a_warehouse_that_is_cut_short_is_named(
    zscwh: Command, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """DuckDB opens it and fails at the first statement."""
    zscwh("init")
    os.truncate(tmp_path / "zscwh.duckdb", 300_000)
    done = zscwh(*args, code=3)
    assert "zscwh.duckdb: the warehouse cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_standard_error_stops_no_ingest(
    make_grid: MakeGrid, tmp_path: Path
) -> None:
    """Messages are lost, results are not."""
    grid = make_grid(clusterers=("kmeans",))
    done = _run(tmp_path, "ingest", str(grid), script='exec "$@" 2>&-')
    assert done.returncode == 0
    rows = Warehouse(tmp_path / "zscwh.duckdb").read("select count(*) from run").rows
    assert rows == [(3,)]
