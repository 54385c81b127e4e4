"""Whether weights fit their network, told without making any embedding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from tests.encoders.made import TIMM, loader, save_timm
from zsc_wh.datasets import Digests
from zsc_wh.encoders import LOADERS, Transform, check_weights
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.encoders.loaders import Build


@pytest.fixture
def declared(tmp_path: Path) -> dict[str, Any]:
    """Return the loader of a good file."""
    save_timm(tmp_path / "good.safetensors")
    return loader("timm", name="test_resnet", path=str(tmp_path / "good.safetensors"))


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note where networks are made from now on."""
    found: list[str] = []
    build = LOADERS["timm"].build
    assert build is not None

    def noting(*args: Any, **options: Any) -> nn.Module:
        found.append(str(torch.empty(0).device))
        return build(*args, **options)

    _exchange(monkeypatch, noting)
    return found


def _exchange(monkeypatch: pytest.MonkeyPatch, build: Build) -> None:
    specs = {**LOADERS, "timm": replace(LOADERS["timm"], build=build)}
    monkeypatch.setattr("zsc_wh.encoders.fitting.LOADERS", specs)


def _check(declared: dict[str, Any], folder: Path, digests: Digests) -> None:
    check_weights(declared, Transform(32), folder, None, digests)


def test_weights_that_fit_are_not_compared_again(
    declared: dict[str, Any],
    devices: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither in this process nor in another; a file that changes is."""
    monkeypatch.setattr("zsc_wh.datasets.digests.YOUNG_NS", -(10**18))
    for _ in range(2):
        _check(declared, tmp_path, Digests(tmp_path))
    assert devices == ["meta"]


def test_a_changed_file_is_compared_again(
    declared: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its stamp is another one."""
    monkeypatch.setattr("zsc_wh.datasets.digests.YOUNG_NS", -(10**18))
    _check(declared, tmp_path, Digests(tmp_path))
    (tmp_path / "good.safetensors").write_text("no more")
    with pytest.raises(DataError, match=r"good\.safetensors: this is neither"):
        _check(declared, tmp_path, Digests(tmp_path))


def test_wrong_weights_are_told_each_time(
    declared: dict[str, Any], devices: list[str], tmp_path: Path
) -> None:
    """By the network itself, and only what fits is remembered."""
    (tmp_path / "good.safetensors").write_text("no weights")
    for _ in range(2):
        with pytest.raises(DataError, match="this is neither a file"):
            _check(declared, tmp_path, Digests(tmp_path))
    assert devices == ["meta", "cpu"] * 2


def test_a_network_that_needs_values_is_made_with_them(
    declared: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be made without values is no fault of the weights."""
    made = []

    def build(*_: Any, **__: Any) -> nn.Module:
        made.append(torch.ones(1).item())  # meta has no values
        return nn.Identity()

    _exchange(monkeypatch, build)
    _check(declared, tmp_path, Digests())
    assert made == [1.0]


def test_weights_that_are_not_here_are_not_downloaded(
    devices: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedding does that, and nothing is known of them before."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    _check(loader("timm", name=TIMM), tmp_path, Digests())
    assert devices == []
