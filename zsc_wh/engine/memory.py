"""What this machine has: memory limits, usable cores."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zsc_wh.errors import ConfigError

_CGROUP = Path("/sys/fs/cgroup")
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""Files of a container's limit, in versions 2 and 1 of cgroups."""
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

_LEAST = 2**20
"""No ingest runs in less than this many bytes."""

SHARE = 0.8
"""Share of the memory that an ingest takes when no limit is given; the rest is for the
parent, the file cache and the user."""


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_limit() -> int:
    """Return `SHARE` of the memory of this machine or of its container, in bytes."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for name in _LIMITS:
        limit = _CGROUP / name
        text = limit.read_text(encoding="ascii").strip() if limit.exists() else ""
        if text.isdigit():
            total = min(total, int(text))
    return int(total * SHARE)


def parse_bytes(text: str) -> int:
    """Read a size such as ``8GiB``, ``500M`` or ``1073741824``.

    Raises
    ------
    ConfigError
        When it is not a size, or one below 1 MiB: a unit was forgotten.
    """
    match = re.fullmatch(
        r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE
    )
    if match is None:
        raise ConfigError(
            what=f"'{text}' is not a valid size",
            hint="Write it like 8GiB, 500MiB or 1073741824.",
        )
    size = int(float(match[1]) * _UNITS[match[2].upper()])
    if size < _LEAST:
        raise ConfigError(
            what=f"'{text}' is {size} bytes, in which nothing can run",
            hint=f"Give the unit: {match[1]}GiB or {match[1]}MiB."
            if size
            else "Write it like 8GiB; without the option, most of the machine's memory "
            "is used.",
        )
    return size


def oom_kills() -> int:
    """Return how often the system ended a process of this container for memory."""
    events = _CGROUP / "memory.events"
    if events.exists():
        for line in events.read_text(encoding="ascii").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
