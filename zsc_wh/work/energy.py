"""Energy that the machine says it used while a task ran.

GPUs are asked through NVIDIA's management library (NVML). Processors are asked through
the kernel's counters (``/sys/class/powercap``, Intel and AMD alike): libraries that
read them either keep a helper process, which outlives a worker that is killed, or fall
back to a guess from the model of the processor. Both are counters of the machine, not
of a process: tasks that run side by side are told the same joules.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

POWERCAP = Path("/sys/class/powercap")
"""Where Linux shows the energy counters of processors."""

POLL_S = 30.0
"""How often a counter is read while a task runs. The smallest range in use is 2**32
units of 15 microjoules, 65 kJ, which takes a processor of 400 W about 160 s."""


class CounterError(Exception):
    """A counter of a GPU cannot be read; the energy is unknown then."""


class ProcessorCounter:
    """The energy counter of one processor package.

    Parameters
    ----------
    folder : Path
        Its folder, with ``energy_uj`` and ``max_energy_range_uj``.

    Raises
    ------
    OSError
        When it cannot be read; since 2020 most kernels let only root read it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "energy_uj"
        text = (folder / "max_energy_range_uj").read_text(encoding="ascii")
        self._range = int(text)
        self._last = self._read()
        self._used = 0

    def joules(self) -> float:
        """Return the energy used so far; the counter may wrap once between calls."""
        now = self._read()
        self._used += (now - self._last) % (self._range + 1)
        self._last = now
        return self._used / 1e6

    def _read(self) -> int:
        return int(self._file.read_text(encoding="ascii"))


class GpuCounter:
    """The energy counter of one GPU.

    Parameters
    ----------
    nvml : module
        ``pynvml``, initialised.
    handle : object
        Its handle of the GPU.
    """

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml, self._handle = nvml, handle
        self._first = self._millijoules()

    def joules(self) -> float:
        """Return the energy used since the counter was made."""
        return (self._millijoules() - self._first) / 1e3

    def _millijoules(self) -> int:
        try:
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle))
        except self._nvml.NVMLError as error:
            raise CounterError(one_line(error)) from error


class EnergyMeter:
    """Context that measures energy, in joules, into `cpu_j` and `gpu_j`.

    Attributes
    ----------
    cpu_j, gpu_j : float or None
        Sum over the processors, and over the GPUs that this process may use; None where
        no counter can be read.
    """

    cpu_j: float | None = None
    gpu_j: float | None = None

    def __init__(self) -> None:
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self._cpu, self._gpu = processor_counters(), gpu_counters()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        if self._cpu:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._cpu:
            self._thread.join()
        self.cpu_j, self.gpu_j = _total(self._cpu), _total(self._gpu)

    def _poll(self) -> None:
        """Read the processors' counters before they can wrap twice."""
        while not self._done.wait(POLL_S):
            _total(self._cpu)


def _total(counters: Sequence[ProcessorCounter | GpuCounter]) -> float | None:
    """Return the joules of all counters; None without one, or when one stopped."""
    try:
        return sum(counter.joules() for counter in counters) if counters else None
    except (OSError, ValueError, CounterError):
        return None


def processor_counters(folder: Path | None = None) -> list[ProcessorCounter]:
    """Return the counters of all processor packages that can be read."""
    counters = []
    for package in sorted((folder or POWERCAP).glob("intel-rapl:*")):
        # intel-rapl:0 is a zone, intel-rapl:0:1 a part of it; psys holds the package
        with suppress(OSError, ValueError):  # absent and forbidden read as NULL
            name = (package / "name").read_text(encoding="ascii")
            if package.name.count(":") == 1 and name.startswith("package"):
                counters.append(ProcessorCounter(package))
    return counters


def gpu_counters() -> list[GpuCounter]:
    """Return the counters of the NVIDIA GPUs that this process may use."""
    try:
        import pynvml
    except ImportError:
        return []  # a machine without GPUs needs no library for them
    try:
        pynvml.nvmlInit()
        return [GpuCounter(pynvml, handle) for handle in _usable(pynvml)]
    except (pynvml.NVMLError, CounterError):
        return []  # no driver, or a GPU older than 2017


def _usable(nvml: Any) -> list[Any]:
    """Return handles of the GPUs that CUDA_VISIBLE_DEVICES leaves."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        count = nvml.nvmlDeviceGetCount()
        return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
    return [
        nvml.nvmlDeviceGetHandleByIndex(int(name))
        if name.isdigit()
        else nvml.nvmlDeviceGetHandleByUUID(name)
        for name in (part.strip() for part in named.split(","))
        if name and name != "-1"
    ]


def meters() -> dict[str, int]:
    """Return how many counters can be read here, by what they measure."""
    return {"processors": len(processor_counters()), "GPUs": len(gpu_counters())}
