"""Tell whether a process that left its mark in a file is still there.

A pid alone does not: it is used again, and in a container it means another process. So
a mark holds the start of the system and of the process, and the namespace of its pid,
where the system has them; elsewhere pid and host must do.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Process:
    """A process as it marks itself.

    Parameters
    ----------
    pid : int
        Its number, in its namespace.
    host : str
        Name of its machine.
    life : str
        ``boot.namespace.start``: beginning of the id of the system's start, inode of
        the namespace of pids, and clock ticks from the one to the start of the process.
        Empty where the system tells none of them, and in marks that have none.
    """

    pid: int
    host: str
    life: str = ""

    @classmethod
    def this(cls) -> Self:
        """Return the mark of this process."""
        pid = os.getpid()
        started = _started(pid)
        life = f"{_boot()}.{_namespace()}.{started}" if started else ""
        return cls(pid, platform.node(), life)

    def is_alive(self) -> bool | None:
        """Whether it is there; None when that cannot be told from here."""
        if self.host != platform.node():
            return None
        boot, _, rest = self.life.partition(".")
        namespace, _, started = rest.partition(".")
        if self.life and (boot, namespace) != (_boot(), _namespace()):
            return None
        if not is_pid(self.pid):
            return False
        return not started or started == _started(self.pid)


def is_pid(pid: int) -> bool:
    """Whether there is a process of this number, whichever it is."""
    if pid <= 0:  # these stand for groups
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _boot() -> str:
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        return ""
    return text.strip().replace("-", "")[:12]


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a process started, in clock ticks since the start of the system."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # the name of the command is in brackets and may hold blanks and brackets
    return text.rpartition(")")[2].split()[19]
