from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import torch

from tests.encoders.made import embed_made, random_loader, samples
from zsc_wh.encoders import expected_device
from zsc_wh.encoders.network import find_device, weights_sha256
from zsc_wh.encoders.untrained import build
from zsc_wh.errors import ComputeError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn


def network() -> nn.Module:
    return build(random_loader(), 32)


def _weight(net: nn.Module) -> None:
    next(net.parameters()).data.view(-1)[0] += 1e-3


def _statistics(net: nn.Module) -> None:
    next(net.buffers()).data.view(-1)[0] += 1e-3


def _type(net: nn.Module) -> None:
    net.half()


@pytest.mark.parametrize("change", [_weight, _statistics, _type])
def test_every_weight_counts(change: object) -> None:
    """The hash of the weights sees one number, batch statistics and types."""
    assert callable(change)
    net = network()
    changed = copy.deepcopy(net)
    change(changed)
    assert weights_sha256(changed) != weights_sha256(net)


def test_same_weights_have_the_same_hash() -> None:
    """A copy of a network has its hash."""
    net = network()
    assert weights_sha256(copy.deepcopy(net)) == weights_sha256(net)


def test_names_of_weights_count() -> None:
    """The same numbers under another name are other weights."""
    first = torch.nn.Sequential(torch.nn.Linear(2, 2))
    second = torch.nn.ModuleDict({"x": first[0]})
    assert weights_sha256(first) != weights_sha256(second)


def test_features_that_are_not_finite_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NaN is never handed on as a feature."""
    broken = network()
    next(broken.parameters()).data.fill_(float("nan"))
    monkeypatch.setattr("zsc_wh.encoders.untrained.build", lambda *_: broken)
    declared, wanted = random_loader(), samples(4)
    with pytest.raises(ComputeError, match="not finite for 4 of 4") as caught:
        embed_made(declared, wanted)
    assert caught.value.where == "made"


def test_threads_are_put_back() -> None:
    """The number of threads is set for the embedding alone."""
    before = torch.get_num_threads()
    embed_made(random_loader(), samples(2), threads=before + 1)
    assert torch.get_num_threads() == before


def test_threads_are_those_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forward pass runs with the threads that the plan gives it."""
    seen: list[int] = []
    net = network()
    net.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    monkeypatch.setattr("zsc_wh.encoders.untrained.build", lambda *_: net)
    embed_made(random_loader(), samples(2), threads=3)
    assert seen == [3]


def test_forward_pass_takes_no_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    """GPUs compute in full float32 and by repeatable algorithms, and only then."""
    seen: list[tuple[bool, bool, bool]] = []
    cudnn = torch.backends.cudnn

    def note(*_: object) -> None:
        seen.append((cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32))

    before = (cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32)
    net = network()
    net.register_forward_hook(note)
    monkeypatch.setattr("zsc_wh.encoders.untrained.build", lambda *_: net)
    embed_made(random_loader(), samples(2))
    assert seen == [(True, False, False)]
    assert (cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32) == before


@pytest.mark.parametrize(
    ("name", "gpus", "device"),
    [
        ("cpu", 0, "cpu"),
        ("auto", 0, "cpu"),
        ("auto", 2, "cuda:0"),
        ("cpu", 2, "cpu"),
        ("cuda", 2, "cuda:0"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_device_is_found(
    name: str, gpus: int, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``auto`` takes a GPU where there is one, and names mean what they say."""
    _pretend_gpus(gpus, monkeypatch)
    assert str(find_device(name)) == device


@pytest.mark.parametrize(
    ("name", "gpus", "hint"),
    [
        ("cuda", 0, "Use one of cpu, auto,"),
        ("cuda:2", 2, "cuda:0, cuda:1, cuda"),
        ("cuda:-1", 2, "cuda:0"),
        ("gpu", 0, "cpu"),
        ("", 0, "cpu"),
    ],
)
def test_absent_device_is_told(
    name: str, gpus: int, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that is not there is an error that lists those that are."""
    _pretend_gpus(gpus, monkeypatch)
    with pytest.raises(ConfigError, match=f"no device '{name}' here") as caught:
        find_device(name)
    assert hint in caught.value.hint


def _pretend_gpus(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("name", "driver", "gpus", "device"),
    [
        ("auto", True, 2, "cuda:0"),
        ("auto", True, 0, "cpu"),
        ("auto", False, 2, "cpu"),
        ("cuda:1", False, 0, "cuda:1"),
    ],
)
def test_device_is_foreseen(
    name: str,
    driver: bool,
    gpus: int,
    device: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plan asks torch for a GPU only where there is a driver of one."""
    _pretend_gpus(gpus, monkeypatch)
    here = tmp_path if driver else tmp_path / "none"
    monkeypatch.setattr("zsc_wh.encoders.DRIVERS", (tmp_path / "no", here))
    assert expected_device(name) == device
