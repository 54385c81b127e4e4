from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from zsc_wh.files import ABANDONED_S, TEMPORARY, is_leftover
from zsc_wh.processes import Process

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _with_life(position: int, value: str) -> Process:
    me = Process.this()
    parts = me.life.split(".")
    parts[position] = value
    return replace(me, life=".".join(parts))


def test_this_process_is_alive() -> None:
    """Also by a mark that holds pid and host alone."""
    assert Process.this().is_alive() is True
    assert replace(Process.this(), life="").is_alive() is True


def test_a_pid_that_is_used_again_is_another_process() -> None:
    """The start tells them apart."""
    assert _with_life(2, "1").is_alive() is False


@pytest.mark.parametrize("position", [0, 1], ids=["boot", "namespace"])
def test_a_pid_of_elsewhere_says_nothing(position: int) -> None:
    """In another container, and on a machine of the same name, it means another."""
    assert _with_life(position, "7").is_alive() is None
    assert replace(Process.this(), host="elsewhere").is_alive() is None


@pytest.mark.parametrize("pid", [0, -1, 2**70])
def test_a_number_that_is_no_pid_is_dead(pid: int) -> None:
    """A damaged mark reaches no group of processes."""
    assert Process(pid, Process.this().host).is_alive() is False


def test_a_process_that_has_ended_is_dead() -> None:
    """Its mark says so."""
    code = (
        "from zsc_wh.processes import Process; p = Process.this(); print(p.pid, p.life)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    pid, life = out.stdout.split()
    assert Process(int(pid), Process.this().host, life).is_alive() is False


def test_a_file_of_another_container_is_left_over_after_a_day(tmp_path: Path) -> None:
    """The pid in its name means nothing here, so its age decides."""
    other = _with_life(1, "7")
    host = other.host.replace("-", "_")
    path = tmp_path / f"{TEMPORARY}999999-{host}-0-{other.life}"
    path.write_text("x")
    assert not is_leftover(path)
    before = path.stat().st_mtime - ABANDONED_S - 60
    os.utime(path, (before, before))
    assert is_leftover(path)
