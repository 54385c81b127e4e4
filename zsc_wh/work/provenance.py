"""What is recorded with every result: versions, host, time, memory, energy."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zsc_wh.work.energy import EnergyMeter

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMON = ("zscwh", "numpy", "scipy", "scikit-learn")
"""Packages whose versions are recorded with every result."""


def host() -> str:
    """Return the name of this machine."""
    return platform.node()


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def versions(packages: Sequence[str] = ()) -> str:
    """Return the versions of Python, `COMMON` and these packages as JSON text."""
    found = {"python": platform.python_version()}
    for package in (*COMMON, *packages):
        version = _version(package)
        if version is not None:  # pixels need no torch
            found[package] = version
    return json.dumps(found, sort_keys=True)


@cache
def _version(package: str) -> str | None:
    """Return what is installed; one process imports one version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


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


def columns(
    packages: Sequence[str] = (), *, threads: int = 1, device: str = "cpu"
) -> dict[str, Any]:
    """Return the columns that embedding, reduction and run have in common."""
    return {
        "peak_bytes": peak_bytes(),
        "threads": threads,
        "device": device,
        "host": host(),
        "versions": versions(packages),
        "created_at": now(),
    }


class Measurement:
    """Context that measures what the code inside takes.

    Attributes
    ----------
    wall_s : float
        Wall time, in seconds.
    cpu_energy_j, gpu_energy_j : float or None
        Energy of the machine meanwhile, in joules; None where it does not tell.
    """

    wall_s: float
    cpu_energy_j: float | None
    gpu_energy_j: float | None

    def __enter__(self) -> Self:
        self._energy = EnergyMeter().__enter__()
        self._start = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.monotonic() - self._start
        self._energy.__exit__()
        self.cpu_energy_j, self.gpu_energy_j = self._energy.cpu_j, self._energy.gpu_j

    def columns(self) -> dict[str, Any]:
        """Return the measured columns that embedding, reduction and run have."""
        return {
            "wall_s": self.wall_s,
            "cpu_energy_j": self.cpu_energy_j,
            "gpu_energy_j": self.gpu_energy_j,
        }

    def shares(self, seconds: Sequence[float]) -> list[dict[str, Any]]:
        """Return the columns of parts that took these seconds by themselves.

        What is left over is split evenly, so that all parts add up to the whole; energy
        is split as time is.
        """
        rest = max(self.wall_s - sum(seconds), 0.0) / max(len(seconds), 1)
        whole = max(sum(seconds) + rest * len(seconds), 1e-9)
        found = []
        for own in seconds:
            share = (own + rest) / whole
            columns = self.columns().items()
            found.append(
                {name: None if all_ is None else all_ * share for name, all_ in columns}
            )
        return found
