"""Compiled code is kept for a machine, and compiled by one process of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.compiling import FOLDER, code_kept

if TYPE_CHECKING:
    import pytest

WAITING = """
import sys, time
from zsc_wh.compiling import turn_to_compile
with turn_to_compile("it") as is_first:
    if is_first:
        time.sleep(1)
print(is_first)
"""
KEEPING = """
import sys
from zsc_wh.compiling import keep_code
sys.path.insert(0, sys.argv[1])
import compiled
keep_code("compiled")
compiled.double(2)
print(sum(compiled.double.stats.cache_hits.values()))
"""
COMPILED = """
import numba

@numba.njit
def double(x):
    return 2 * x
"""


def child(code: str, folder: Path | None, *args: str) -> subprocess.Popen[str]:
    """Start a process that keeps its code in a folder, or nowhere."""
    env = {name: value for name, value in os.environ.items() if name != FOLDER}
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        env=env if folder is None else env | {FOLDER: str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    """Wait for a process and return what it printed."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.strip()


def test_the_second_process_waits_and_does_not_compile(tmp_path: Path) -> None:
    """Nor does one that comes later."""
    both = [child(WAITING, tmp_path / "code") for _ in range(2)]
    assert sorted(map(said, both)) == ["False", "True"]
    assert said(child(WAITING, tmp_path / "code")) == "False"


def test_without_a_folder_nobody_is_first(tmp_path: Path) -> None:
    """Each compiles what it needs itself, and keeps nothing."""
    (tmp_path / "compiled.py").write_text(COMPILED, encoding="utf-8")
    assert said(child(WAITING, None)) == "False"
    assert [said(child(KEEPING, None, str(tmp_path))) for _ in range(2)] == ["0", "0"]


def test_functions_of_a_library_are_compiled_once(tmp_path: Path) -> None:
    """Though it does not keep them itself."""
    (tmp_path / "compiled.py").write_text(COMPILED, encoding="utf-8")
    found = [said(child(KEEPING, tmp_path / "code", str(tmp_path))) for _ in range(2)]
    assert found == ["0", "1"]


def test_the_folder_is_the_one_that_the_user_has_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made, and stays as it is."""
    lines: list[str] = []
    monkeypatch.setenv(FOLDER, str(tmp_path / "mine"))
    with code_kept(lines.append) as environment:
        assert environment == {FOLDER: str(tmp_path / "mine")}
    assert list((tmp_path / "mine").iterdir()) == []
    assert lines == []


def test_else_it_is_in_the_cache_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other versions of a library have a folder of their own."""
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with code_kept(print) as environment:
        first = Path(environment[FOLDER])
    monkeypatch.setattr("zsc_wh.compiling.version", lambda _package: "0")
    with code_kept(print) as environment:
        other = Path(environment[FOLDER])
    assert first.parent == other.parent == tmp_path / "zscwh" / "numba"
    assert first != other


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers share another one meanwhile."""
    lines: list[str] = []
    (tmp_path / "file").touch()
    monkeypatch.setenv(FOLDER, str(tmp_path / "file" / "code"))
    with code_kept(lines.append) as environment:
        folder = Path(environment[FOLDER])
        assert folder.is_dir()
    assert not folder.exists()
    (line,) = lines
    assert f"kept in {tmp_path}/file/code (Not a directory)" in line
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in line
