"""What is recorded with every result: versions, host, time, memory."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

_STAGE_PACKAGES = {
    "embed": ("zscwh", "numpy", "pillow", "scikit-learn", "torch", "timm"),
    "reduce": ("zscwh", "numpy", "scipy", "scikit-learn", "umap-learn", "numba"),
    "cluster": ("zscwh", "numpy", "scipy", "scikit-learn"),
}


def host() -> str:
    """Return the name of this machine."""
    return platform.node()


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def versions(stage: str) -> str:
    """Return the versions of Python and of the stage's packages as JSON text."""
    found = {"python": platform.python_version()}
    for package in _STAGE_PACKAGES[stage]:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            # A stage can run without some of them: pixels need no torch.
            continue
    return json.dumps(found, sort_keys=True)


def reset_peak() -> None:
    """Start measuring the peak anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        # Elsewhere the peak is that of the worker's whole life, an upper bound.
        return


def peak_bytes() -> int:
    """Return the peak resident memory of this process since `reset_peak`."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def stage_columns(stage: str, *, threads: int, device: str = "cpu") -> dict[str, Any]:
    """Return the columns that embedding, reduction and run have in common."""
    return {
        "peak_bytes": peak_bytes(),
        "threads": threads,
        "device": device,
        "host": host(),
        "versions": versions(stage),
        "created_at": now(),
    }


class Stopwatch:
    """Context that measures wall time, in seconds, into `wall_s`."""

    wall_s: float

    def __enter__(self) -> Self:
        self._start = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.monotonic() - self._start
