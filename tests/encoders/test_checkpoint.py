"""What does not fit a declared checkpoint is refused by name; nothing is guessed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import torch

from tests.encoders import plain
from tests.encoders.made import loader
from tests.encoders.published import PUBLISHED, VIT, vit
from zsc_wh.datasets import Digests
from zsc_wh.encoders import (
    checkpoint,
    is_private,
    is_unpinned,
    pinned,
    weights_status,
)
from zsc_wh.encoders.rules import read_ruled
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

State = plain.State


def declared(**given: Any) -> dict[str, Any]:
    """Return a declaration of a narrow ViT in the file own.pth."""
    base = {"library": "timm", "name": "vit_base_patch16_224", "path": "own.pth"}
    return loader("checkpoint", **{**base, "options": VIT, **given})


def build(base: Path, **given: Any) -> Any:
    return checkpoint.build(declared(**given), 224, base, offline=True)


def _without(state: State, name: str) -> State:
    return {key: each for key, each in state.items() if key != name}


FAULTY: dict[str, tuple[Callable[[State], Any], dict[str, Any], str]] = {
    "a weight is missing": (
        lambda s: _without(s, "blocks.1.norm2.bias"),
        {},
        r"1 weights are not in the file: blocks\.1\.norm2\.bias",
    ),
    "a head is left over": (
        lambda s: s | {"head.weight": torch.zeros(5, 24)},
        {},
        r"1 in the file are unknown: head\.weight",
    ),
    "a norm is left over": (
        lambda s: s,
        {"options": {**VIT, "global_pool": "avg"}, "missing": ["fc_norm.*"]},
        r"2 in the file are unknown: norm\.weight, norm\.bias",
    ),
    "a norm is missing": (
        lambda s: s,
        {"options": {**VIT, "global_pool": "avg"}, "drop": ["norm.*"]},
        r"2 weights are not in the file: fc_norm\.weight, fc_norm\.bias",
    ),
    "another shape": (
        lambda s: s | {"cls_token": torch.zeros(1, 1, 25)},
        {},
        "cls_token is 1 x 1 x 25 and should be 1 x 1 x 24",
    ),
    "no such entry": (
        lambda s: {"model": s},
        {"entry": "state_dict"},
        "no dictionary 'state_dict'.*It has model",
    ),
    "no such prefix": (
        lambda s: s,
        {"keep": "visual."},
        r"no name in the file begins with keep = 'visual\.'\. It holds",
    ),
    "two of a name": (
        lambda s: s,
        {"rename": ["norm1 -> norm2"]},
        r"several weights have the same name: blocks\.",
    ),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_what_does_not_fit_is_listed(fault: str, tmp_path: Path) -> None:
    """With the file, the names, and what to declare."""
    content, given, message = FAULTY[fault]
    torch.save(content(vit()), tmp_path / "own.pth")
    with pytest.raises(DataError, match=message) as caught:
        build(tmp_path, **given)
    assert caught.value.where == str(tmp_path / "own.pth")
    assert caught.value.hint


def test_a_text_tower_is_not_dropped_unasked(tmp_path: Path) -> None:
    """The conversion of timm would do so; what counts has to be declared."""
    published = PUBLISHED["clip_vitb32"]
    torch.save(published.content(), tmp_path / "own.pth")
    given: dict[str, Any] = {
        "name": "vit_base_patch32_clip_quickgelu_224",
        "options": published.options,
        "head": True,
    }
    build(tmp_path, keep="visual.", **given)
    with pytest.raises(DataError, match="in the file are unknown"):
        build(tmp_path, **given)


def test_rules_are_applied_in_their_order(tmp_path: Path) -> None:
    """Strip, keep, drop, then every renaming, which may use groups."""
    names = ["m.a.0.w", "m.a.1.w", "m.b.w", "n.a.2.w"]
    torch.save({name: torch.zeros(1) for name in names}, tmp_path / "own.pth")
    given = declared(
        strip="m.", keep="a.", drop=["a.1.*"], rename=[r"a\.(\d)\. -> c\1.", "c -> d."]
    )
    assert set(read_ruled(tmp_path / "own.pth", given)) == {"d.0.w"}


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        ({"rename": ["a"]}, "rename", "not of the form"),
        ({"rename": ["( -> a"]}, "rename", "expression, at its character 1"),
        ({"rename": [r"a -> \2"]}, "rename", "names a group that OLD does not have"),
        ({"url": "https://x.org/a.pth"}, "url", "goes without path"),
        ({"url": "ftp://x.org/a.pth", "path": None}, "url", "must begin with"),
        ({"head": True, "library": "torchvision"}, "head", "timm"),
    ],
)
def test_what_cannot_be_declared_is_told(
    given: dict[str, Any], key: str, message: str
) -> None:
    """Before any file is opened."""
    ((found, fault),) = checkpoint.check(declared(**given))
    assert found == key
    assert message in fault


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "vit_base_patch16_225"}, "did you mean 'vit_base_patch16_224'"),
        ({"library": "torchvision", "name": "resnet5"}, "did you mean 'resnet50'"),
        ({"library": "zscwh", "name": "resnet55"}, "did you mean 'resnet50'"),
        ({"library": "torchvision", "name": "resnet50"}, "cannot be built"),
    ],
)
def test_an_architecture_that_cannot_be_built_is_told(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """With the nearest name."""
    torch.save(vit(), tmp_path / "own.pth")
    with pytest.raises(ConfigError, match=message):
        build(tmp_path, **given)


def test_torchvision_cannot_be_told_to_download(tmp_path: Path) -> None:
    """Its builder would fetch weights by itself."""
    torch.save(vit(), tmp_path / "own.pth")
    given = {"library": "torchvision", "name": "resnet50"}
    with pytest.raises(ConfigError, match="the option 'weights' cannot be given"):
        build(tmp_path, options={"weights": "DEFAULT"}, **given)


def test_a_private_file_is_pinned_by_its_content(tmp_path: Path) -> None:
    """Its declaration does not name it, so whoever runs it has to."""
    private = declared(path=None)
    assert is_private(private)
    assert is_unpinned(private)
    with pytest.raises(DataError, match="are not published"):
        checkpoint.build(private, 224, tmp_path, offline=True)
    with pytest.raises(DataError, match="are not published") as caught:
        pinned(private, tmp_path, None, "ft_mine", Digests())
    assert "[weights] ft_mine" in caught.value.hint
    assert "ft_mine.pth" in caught.value.hint
    status = weights_status(private, tmp_path)
    assert status is not None
    assert (status.found, status.path, status.url) == (False, None, None)
    file = tmp_path / "mine.pth"
    torch.save(vit(), file)
    found = pinned(private, tmp_path, file, "ft_mine", Digests())
    assert found == {**private, "sha256": sha256(file.read_bytes()).hexdigest()}
    assert pinned(found, tmp_path, file, "ft_mine", Digests()) is None
    assert checkpoint.build(private, 224, tmp_path, file, offline=True)


def test_a_wrong_sha256_is_told(tmp_path: Path) -> None:
    """Whether the file is named by its path or in place of the published one."""
    torch.save(vit(), tmp_path / "own.pth")
    with pytest.raises(DataError, match="and 00 is declared"):
        build(tmp_path, sha256="00")
    published = declared(path=None, url="https://x.org/own.pth", sha256="00")
    with pytest.raises(DataError, match="and 00 is declared"):
        checkpoint.build(published, 224, tmp_path, tmp_path / "own.pth", offline=True)


def test_files_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """VICReg and Barlow Twins both publish a resnet50.pth, and either would fit."""
    addresses = ["https://x.org/a/resnet50.pth", "https://x.org/b/resnet50.pth"]
    found = [
        weights_status(declared(path=None, url=address), tmp_path)
        for address in addresses
    ]
    places = [each.path for each in found if each is not None]
    assert len(set(places)) == 2
    assert {place.name for place in places if place} == {"resnet50.pth"}
