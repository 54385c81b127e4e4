from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.upkeep.doctor.found import the_one
from zsc_wh.engine import memory
from zsc_wh.upkeep.doctor import State, machine
from zsc_wh.work import energy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("limits", "state"),
    [
        ({}, State.OK),
        ({"cpu.max": "max 100000"}, State.OK),
        ({"cpu.max": "150000 100000"}, State.NOTE),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, State.OK),
        (
            {"cpu/cpu.cfs_quota_us": "150000", "cpu/cpu.cfs_period_us": "100000"},
            State.NOTE,
        ),
    ],
)
def test_a_quota_of_the_container_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: dict[str, str],
    state: State,
) -> None:
    """Both generations of control groups are read."""
    for name, text in limits.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(memory, "usable_cores", lambda: 4)
    finding = the_one(machine.look(), "cores")
    assert finding.state is state
    assert ("1.5" in finding.detail) == (state is State.NOTE)


def test_the_limit_of_an_ingest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one that an ingest takes."""
    monkeypatch.setattr(memory, "default_limit", lambda: 3 * 2**30)
    assert "plans with 3 GiB" in the_one(machine.look(), "memory").detail


@pytest.mark.parametrize(("loaded", "state"), [(False, State.OK), (True, State.NOTE)])
def test_a_gpu_that_torch_does_not_see_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: bool, state: State
) -> None:
    """A driver without a usable GPU is worth a line."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(machine, "NVIDIA", tmp_path if loaded else tmp_path / "none")
    assert the_one(machine.look(), "gpu").state is state


def test_a_gpu_is_named_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a device."""
    import torch

    about = SimpleNamespace(name="Made-up GPU", total_memory=80 * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: about)
    assert the_one(machine.look(), "cuda:1").detail == "Made-up GPU, 80 GiB"


@pytest.mark.parametrize(
    ("counts", "state", "said"),
    [
        ({"processors": 2, "GPUs": 1}, State.OK, "measured by 2 processors and 1 GPU"),
        ({"processors": 0, "GPUs": 0}, State.NOTE, "no processor or GPU reports it"),
    ],
)
def test_energy_counters_are_counted(
    monkeypatch: pytest.MonkeyPatch, counts: dict[str, int], state: State, said: str
) -> None:
    """None is a note: the energy of results stays unknown."""
    monkeypatch.setattr(energy, "meters", lambda: counts)
    finding = the_one(machine.look(), "energy")
    assert finding.state is state
    assert said in finding.detail
