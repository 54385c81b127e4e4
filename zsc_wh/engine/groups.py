"""Process groups: a worker and all that libraries start for it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROUNDS = 3
"""How often a group is looked through: one that is ended may be starting another."""


def group_bytes(leaders: Iterable[int]) -> dict[int, int]:
    """Return the resident memory of process groups, by the pid of their leader.

    Pages that the processes of a group share count once, as far as the system tells.
    """
    return {
        leader: sum(_resident_bytes(pid, is_alone=len(pids) == 1) for pid in pids)
        for leader, pids in _members(leaders).items()
    }


def end_group(leader: int) -> None:
    """Kill a process and its group, but for what cleans up after it.

    The resource trackers of Python and joblib remove shared memory and end by
    themselves once nobody uses them.
    """
    for _ in range(_ROUNDS):
        for pid in _members([leader])[leader]:
            if pid == leader or not _is_tracker(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _members(leaders: Iterable[int]) -> dict[int, list[int]]:
    """Return the processes of groups, by the pid of their leader."""
    import psutil

    members: dict[int, list[int]] = {leader: [] for leader in leaders}
    for pid in psutil.pids():
        try:
            group = os.getpgid(pid)
        except OSError:  # it is gone, or the system does not tell
            continue
        if group in members:
            members[group].append(pid)
    return members


def _is_tracker(pid: int) -> bool:
    import psutil

    try:
        return any("resource_tracker" in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _resident_bytes(pid: int, *, is_alone: bool) -> int:
    """Return the resident memory of a process, 0 when it is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        if is_alone or sys.platform != "linux":
            return int(process.memory_info().rss)
        # shared pages in proportion; it takes longer to find out
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
