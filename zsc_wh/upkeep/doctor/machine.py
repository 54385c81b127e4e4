"""The machine: cores, memory, devices, energy counters."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.engine import memory
from zsc_wh.installed import install_command
from zsc_wh.upkeep.doctor.finding import Finding, State
from zsc_wh.words import counted, format_bytes
from zsc_wh.work import energy

if TYPE_CHECKING:
    from collections.abc import Iterator

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux shows the limits of a container."""
NVIDIA = Path("/proc/driver/nvidia/version")
"""Exists where the driver of NVIDIA's GPUs is loaded."""


def look() -> Iterator[Finding]:
    """Yield what an ingest can use here."""
    yield Finding("machine", "system", State.OK, platform.platform())
    yield _cores()
    yield _memory()
    yield from _devices()
    yield _energy()


def _cores() -> Finding:
    usable, quota = memory.usable_cores(), _quota()
    detail = f"{usable} usable of {os.cpu_count()}"
    if quota is not None and quota < usable:
        return Finding(
            "machine",
            "cores",
            State.NOTE,
            f"{detail}, and the container gives the time of {quota:g}",
            f"Give an ingest --jobs {max(1, int(quota))}.",
        )
    return Finding("machine", "cores", State.OK, detail)


def _quota() -> float | None:
    """Return the cores that the container may fill; None without a limit."""
    modern, old = CGROUP / "cpu.max", CGROUP / "cpu"
    if modern.exists():
        quota, period = modern.read_text(encoding="ascii").split()
    elif (old / "cpu.cfs_quota_us").exists():
        quota = (old / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
        period = (old / "cpu.cfs_period_us").read_text(encoding="ascii")
    else:
        return None
    return int(quota) / int(period) if quota.isdigit() else None


def _memory() -> Finding:
    if find_spec("psutil") is None:
        return Finding(
            "machine",
            "memory",
            State.NOTE,
            "not known without psutil",
            install_command("ingest"),
        )
    import psutil

    seen = psutil.virtual_memory()
    detail = (
        f"{format_bytes(seen.total)}, {format_bytes(seen.available)} available; an "
        f"ingest plans with {format_bytes(memory.default_limit())} unless "
        "--memory-limit says otherwise"
    )
    return Finding("machine", "memory", State.OK, detail)


def _devices() -> Iterator[Finding]:
    """Yield the build of torch and each device that it can use."""
    if find_spec("torch") is None:
        return
    import torch

    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
    yield Finding(
        "devices", "torch", State.OK, f"{torch.__version__}, built with {build}"
    )
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(count):
        about = torch.cuda.get_device_properties(index)
        detail = f"{about.name}, {format_bytes(about.total_memory)}"
        yield Finding("devices", f"cuda:{index}", State.OK, detail)
    if torch.backends.mps.is_available():
        yield Finding("devices", "mps", State.OK, "Apple's GPU")
    elif not count:
        yield _no_gpu(torch)


def _no_gpu(torch: Any) -> Finding:
    if not NVIDIA.exists():
        detail = "no GPU that torch can use; embeddings run on the processor"
        return Finding("devices", "gpu", State.OK, detail)
    return Finding(
        "devices",
        "gpu",
        State.NOTE,
        f"a driver of NVIDIA is loaded, and torch {torch.__version__} finds no GPU",
        "Install a build of torch for its version of CUDA; see pytorch.org.",
    )


def _energy() -> Finding:
    counts = energy.meters()
    meters = [
        counted(counts["processors"], "processor"),
        counted(counts["GPUs"], "GPU"),
    ]
    detail = f"measured by {' and '.join(meters)}"
    if any(counts.values()):
        return Finding("machine", "energy", State.OK, detail)
    hint = None
    if any(energy.POWERCAP.glob("intel-rapl:*")):
        hint = f"Let this user read energy_uj in the folders of {energy.POWERCAP}."
    elif NVIDIA.exists() and find_spec("pynvml") is None:
        hint = "pip install nvidia-ml-py"
    detail = "no processor or GPU reports it, so the energy of results stays unknown"
    return Finding("machine", "energy", State.NOTE, detail, hint)
