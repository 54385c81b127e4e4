from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from zsc_wh.engine.groups import end_group

if TYPE_CHECKING:
    from pathlib import Path

TRACKER = """
import sys
print("started", flush=True)
sys.stdin.read()
open("cleaned", "w")
"""

LEADER = f"""
import subprocess, sys
command = [sys.executable, "-c", {TRACKER!r}, "resource_tracker"]
subprocess.Popen(command, stdin=subprocess.PIPE).wait()
"""


def test_what_cleans_up_after_a_group_is_left_to_do_so(tmp_path: Path) -> None:
    """A tracker ends by itself, once it has removed what the dead shared."""
    with subprocess.Popen(
        [sys.executable, "-c", LEADER],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as leader:
        assert leader.stdout is not None
        # said by the tracker: a process that is starting has no command line yet
        assert leader.stdout.readline() == b"started\n"
        end_group(leader.pid)
    deadline = time.monotonic() + 60
    while not (tmp_path / "cleaned").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (tmp_path / "cleaned").exists()
