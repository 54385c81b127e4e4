from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from zsc_wh.work import energy
from zsc_wh.work.energy import EnergyMeter, gpu_counters, processor_counters
from zsc_wh.work.provenance import Measurement

if TYPE_CHECKING:
    from pathlib import Path


class _NVMLError(Exception):
    pass


class _Nvml(SimpleNamespace):
    """Two GPUs; each reading of one takes 2,000 mJ more."""

    NVMLError = _NVMLError

    def __init__(self) -> None:
        super().__init__(read={0: 0, 1: 0})

    def nvmlInit(self) -> None:  # noqa: N802 - the library's name
        pass

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:  # noqa: N802
        return int(uuid.removeprefix("GPU-"))

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:  # noqa: N802
        self.read[handle] += 2000
        return int(self.read[handle])


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> _Nvml:
    """Return a stand-in for NVIDIA's library."""
    made = _Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", made)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return made


def test_a_processor_counter_that_wraps_goes_on(package: Path) -> None:
    """From 900 over the top of 999 to 50 are 150 microjoules."""
    (counter,) = processor_counters()  # neither a part of it nor what it is part of
    (package / "energy_uj").write_text("50\n")
    assert counter.joules() == pytest.approx(150e-6)
    (package / "energy_uj").write_text("70\n")
    assert counter.joules() == pytest.approx(170e-6)


def test_a_counter_is_read_before_it_can_wrap_twice(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long task reads its counters meanwhile, so that two rounds count as two."""
    monkeypatch.setattr(energy, "POLL_S", 0.01)
    with EnergyMeter() as meter:
        (counter,) = meter._cpu
        for value in (400, 900):
            (package / "energy_uj").write_text(f"{value}\n")
            while counter._last != value:
                pass
    assert meter.cpu_j == pytest.approx(1000e-6)


def test_what_cannot_be_read_is_none(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter without its range and an absent library of NVIDIA read None."""
    (package / "max_energy_range_uj").unlink()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with Measurement() as measured:
        pass
    assert measured.columns() == {
        "wall_s": measured.wall_s,
        "cpu_energy_j": None,
        "gpu_energy_j": None,
    }


def test_a_machine_without_a_driver_has_no_gpu(
    nvml: _Nvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NVML's own error means that there is nothing to measure."""

    def fail() -> None:
        raise _NVMLError

    monkeypatch.setattr(nvml, "nvmlInit", fail)
    assert gpu_counters() == []


def test_all_gpus_are_summed(nvml: _Nvml) -> None:
    """Two GPUs that used 2 J each make 4 J."""
    with EnergyMeter() as meter:
        pass
    assert meter.gpu_j == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("visible", "joules"), [("1", 2.0), ("GPU-0", 2.0), ("", None)]
)
def test_only_usable_gpus_count(
    nvml: _Nvml,
    monkeypatch: pytest.MonkeyPatch,
    visible: str,
    joules: float | None,
) -> None:
    """CUDA_VISIBLE_DEVICES leaves GPUs by number or by UUID, or none."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with EnergyMeter() as meter:
        pass
    assert meter.gpu_j == joules


def test_a_counter_that_stops_costs_no_result(
    package: Path, nvml: _Nvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter that fails meanwhile means that the energy is unknown, no more."""

    def fail(_: int) -> int:
        raise _NVMLError

    with Measurement() as measured:
        (package / "energy_uj").unlink()
        monkeypatch.setattr(nvml, "nvmlDeviceGetTotalEnergyConsumption", fail)
    assert (measured.cpu_energy_j, measured.gpu_energy_j) == (None, None)
