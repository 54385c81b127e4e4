from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import timm
import torch

from tests.encoders.made import (
    NOWHERE,
    TIMM,
    embed_made,
    loader,
    samples,
    save_timm,
    timm_state,
)
from zsc_wh.encoders import Transform, embed
from zsc_wh.encoders.pretrained import build, own_transform
from zsc_wh.errors import ConfigError
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from pathlib import Path


def pretrained(name: str = TIMM, **given: Any) -> dict[str, Any]:
    return loader("timm", name=name, path="weights.safetensors", **given)


@pytest.mark.parametrize("head", [False, True])
@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_features_are_those_of_timm(
    suffix: str,
    head: bool,
    tmp_path: Path,
) -> None:
    """Features equal timm's own with the same weights, with or without its head."""
    file = tmp_path / f"weights.{suffix}"
    if suffix == "pth":
        torch.save(timm_state(), file)
    else:
        save_timm(file)
    wanted = samples(3)
    assert wanted.images is not None
    declared = loader("timm", name=TIMM, path=file.name, head=head)
    result = embed_made(declared, wanted, base=tmp_path)
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(3)])
    reference: Any = timm.create_model("test_resnet").eval()
    reference.load_state_dict(timm_state())
    with torch.inference_mode():
        seen = torch.from_numpy(images)
        expected = reference.forward_features(seen)
        expected = reference.forward_head(expected, pre_logits=not head)
    np.testing.assert_allclose(result.array, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_options_reach_the_architecture(tmp_path: Path) -> None:
    """A pooling that is declared is not undone by dropping the head."""
    save_timm(tmp_path / "weights.safetensors")
    greatest = pretrained(options={"global_pool": "max"})
    plain = embed_made(pretrained(), samples(2), 96, tmp_path)
    pooled = embed_made(greatest, samples(2), 96, tmp_path)
    assert (pooled.array > plain.array).all()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("test_resnet.r160_in1", "did you mean 'test_resnet.r160_in1k'"),
        ("vit_base_patch16_224.dinoo", "did you mean 'vit_base_patch16_224.dino'"),
        ("resnet18x", "did you mean 'resnet18"),
    ],
)
def test_unknown_weights_are_told(name: str, hint: str, tmp_path: Path) -> None:
    """A wrong name or tag is refused with the nearest name."""
    with pytest.raises(ConfigError, match=hint) as caught:
        build(loader("timm", name=name), 32, tmp_path, offline=True)
    assert "timm.list_pretrained()" in caught.value.hint


@pytest.mark.parametrize("option", ["in_chans", "checkpoint_path", "pretrained"])
def test_reserved_option_is_told(option: str, tmp_path: Path) -> None:
    """What decides weights and outputs is not free."""
    save_timm(tmp_path / "weights.safetensors")
    declared = pretrained(options={option: 1})
    with pytest.raises(ConfigError, match=f"the option '{option}'"):
        build(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize(
    "name", [TIMM, "resnet50_clip.openai", "vit_base_patch16_224.dino"]
)
def test_own_preprocessing_is_that_of_timm(name: str) -> None:
    """An image prepared the checkpoint's own way is what timm's evaluation makes."""
    from timm.data.config import resolve_data_config
    from timm.data.transforms_factory import create_transform

    facts: Any = timm.get_pretrained_cfg(name)
    config: Any = resolve_data_config(pretrained_cfg=facts.to_dict())  # type: ignore[no-untyped-call]
    wanted = samples(2, (300, 211))
    assert wanted.images is not None
    image = wanted.images[0]
    transform = own_transform(pretrained(name), NOWHERE, None)
    expected: Any = create_transform(**config, is_training=False)(image)
    np.testing.assert_array_equal(prepare(image, transform), expected.numpy())


def test_own_preprocessing_is_applied_and_told(tmp_path: Path) -> None:
    """The result names the values that were looked up, and was made with them."""
    save_timm(tmp_path / "weights.safetensors")
    own = Transform(64, own=True)
    result = embed(pretrained(), own, samples(2), base=tmp_path)
    half = (0.5, 0.5, 0.5)
    expected = Transform(64, mean=half, std=half, crop_fraction=0.95)
    assert result.transform == expected
    again = embed(pretrained(), expected, samples(2), base=tmp_path)
    np.testing.assert_array_equal(result.array, again.array)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop_mode": "squash"}, "the crop mode squash"),
        ({"interpolation": "lanczos"}, "the interpolation lanczos"),
        ({"crop_pct": 1.15}, "a crop of 1.15 of the image"),
        ({"input_size": (3, 160, 120)}, "an input of 120 x 160 pixels"),
    ],
)
def test_other_preprocessing_is_told(
    change: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be done timm's way is an error that says what to declare."""
    known: Any = timm.get_pretrained_cfg(TIMM)
    facts = replace(known, **change)
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda _: facts)
    with pytest.raises(ConfigError, match=message) as caught:
        own_transform(pretrained(), NOWHERE, None)
    assert caught.value.where == TIMM
    assert "crop_fraction" in caught.value.hint
