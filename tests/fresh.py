"""Run code in a process of its own."""

from __future__ import annotations

import subprocess
import sys


def printed(code: str, *args: str) -> str:
    """Return what a fresh interpreter prints that runs `code` with these arguments."""
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True
    ).stdout
