from __future__ import annotations

from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

from tests.encoders.made import (
    NOWHERE,
    VISION,
    embed_made,
    loader,
    samples,
    save_vision,
    vision_state,
)
from zsc_wh.encoders import Transform, embed
from zsc_wh.encoders.network import weights_sha256
from zsc_wh.encoders.vision import build, own_transform
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.preprocessing import prepare


def vision(name: str = VISION, **given: Any) -> dict[str, Any]:
    return loader("torchvision", name=name, **given)


def weighted(name: str = VISION, **given: Any) -> dict[str, Any]:
    return vision(name, weights="DEFAULT", path="weights.pth", **given)


def test_random_weights_are_those_of_the_study() -> None:
    """Torch's seed is set, then the network is built once by torchvision."""
    ours = build(vision(seed=3), 32, Path(), offline=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        reference = models.get_model(VISION)
    reference.fc = nn.Identity()
    assert weights_sha256(ours) == weights_sha256(reference)


def test_random_state_is_left_alone(tmp_path: Path) -> None:
    """Making weights does not disturb the numbers that follow elsewhere."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build(vision(), 32, tmp_path, offline=True)
    assert torch.equal(torch.rand(3), expected)


def test_features_are_those_of_torchvision(tmp_path: Path) -> None:
    """Features equal what torchvision's own network gives to its last layer."""
    save_vision(tmp_path / "weights.pth")
    wanted = samples(3)
    assert wanted.images is not None
    result = embed_made(weighted(), wanted, base=tmp_path)
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(3)])
    reference = models.get_model(VISION).eval()
    reference.load_state_dict(vision_state())
    reference.fc = nn.Identity()
    with torch.inference_mode():
        expected = reference(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(result.array, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "dim"),
    [
        ("mobilenet_v3_small", 1024),  # one hidden layer in its head
        ("convnext_tiny", 768),  # a norm in its head
        ("densenet121", 1024),
    ],
)
def test_last_linear_layer_is_dropped(name: str, dim: int, tmp_path: Path) -> None:
    """Heads of every form give up the class scores and nothing else."""
    network = build(vision(name), 32, tmp_path, offline=True)
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, dim)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("squeezenet1_1", 32, "does not end in a linear layer"),
        ("densenet121", 8, "cannot be built for images of 8 pixels"),
        ("resnet5", 32, "no classifier 'resnet5'; did you mean 'resnet50'"),
        ("fcn_resnet50", 32, "no classifier 'fcn_resnet50'"),
    ],
)
def test_impossible_network_is_told(
    name: str, size: int, message: str, tmp_path: Path
) -> None:
    """What is no classifier with features is refused with a remedy."""
    with pytest.raises(ConfigError, match=message) as caught:
        build(vision(name), size, tmp_path, offline=True)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weights": "IMAGENET1K_V2"}, "no weights.*did you mean 'IMAGENET1K_V1'"),
        ({"sha256": "00"}, "`sha256` is given"),
    ],
)
def test_wrong_weights_are_told(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Weights that do not exist, or that nothing names, are refused."""
    with pytest.raises(ConfigError, match=message) as caught:
        build(vision(**given), 32, tmp_path, offline=True)
    assert caught.value.where == VISION
    assert caught.value.hint


def test_published_weights_must_be_those(tmp_path: Path) -> None:
    """A file that is named as published ones has to hold just these, head and all."""
    state = {name: each for name, each in vision_state().items() if name != "fc.bias"}
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(
        DataError, match="not those that torchvision publishes"
    ) as caught:
        build(weighted(), 32, tmp_path, offline=True)
    assert caught.value.where == str(tmp_path / "weights.pth")
    assert "leave `weights` out" in caught.value.hint


def test_a_size_that_the_architecture_cannot_take_is_not_the_file_s_fault(
    tmp_path: Path,
) -> None:
    """What fails before the weights are asked for is told as without weights."""
    save_vision(tmp_path / "weights.pth")
    declared = weighted(name="vit_b_16")
    with pytest.raises(ConfigError, match="cannot be built for images of 33 pixels"):
        build(declared, 33, tmp_path, offline=True)


def test_torchvision_is_left_as_it_was(tmp_path: Path) -> None:
    """Loading from a file of ours leaves torchvision's own way of loading alone."""
    save_vision(tmp_path / "weights.pth")
    build(weighted(), 32, tmp_path, offline=True)
    member = models.get_model_weights(VISION).DEFAULT
    assert member.get_state_dict.__func__ is type(member).get_state_dict


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("resnet50", "IMAGENET1K_V1"),
        ("resnet50", "IMAGENET1K_V2"),
        ("vit_b_16", "IMAGENET1K_V1"),
        ("vit_b_16", "IMAGENET1K_SWAG_E2E_V1"),
        ("efficientnet_b1", "IMAGENET1K_V2"),
        ("inception_v3", "DEFAULT"),
    ],
)
def test_own_preprocessing_is_that_of_torchvision(name: str, weights: str) -> None:
    """An image prepared the checkpoint's own way is what its preset makes of it."""
    wanted = samples(1, (300, 411))
    assert wanted.images is not None
    image = wanted.images[0]
    transform = own_transform(vision(name, weights=weights), NOWHERE, None)
    expected = models.get_model_weights(name)[weights].transforms()(image)
    np.testing.assert_array_equal(prepare(image, transform), expected.numpy())


def test_every_preset_can_be_followed() -> None:
    """A side and a fraction say exactly how torchvision resizes for any weights."""
    published = [
        (name, member)
        for name in models.list_models(module=models)
        for member in models.get_model_weights(name)
    ]
    ours = [
        own_transform(vision(n, weights=m.name), NOWHERE, None) for n, m in published
    ]
    resized = [[floor(each.side / each.crop_fraction)] for each in ours]
    assert resized == [member.transforms().resize_size for _, member in published]


def test_own_preprocessing_is_applied_and_told(tmp_path: Path) -> None:
    """The result names the values that were looked up, with the declared side."""
    save_vision(tmp_path / "weights.pth")
    own = Transform(64, own=True)
    result = embed(weighted(), own, samples(2), base=tmp_path)
    assert result.transform == Transform(64, crop_fraction=224 / 256)


def test_random_weights_have_no_preprocessing() -> None:
    """Without weights there is nothing to look up."""
    declared, own, wanted = vision(), Transform(None, own=True), samples(2)
    with pytest.raises(ConfigError, match="known of random weights") as caught:
        embed(declared, own, wanted, base=Path())
    assert "image_size" in caught.value.hint


def test_published_weights_keep_their_versions(tmp_path: Path) -> None:
    """MNASNet loads none without: it had another stem once."""
    torch.save(models.mnasnet0_5().state_dict(), tmp_path / "weights.pth")
    network = build(weighted("mnasnet0_5"), 32, tmp_path, offline=True)
    assert network.state_dict()


def test_weights_without_versions_are_told(tmp_path: Path) -> None:
    """By the network that cannot do without."""
    torch.save(dict(models.mnasnet0_5().state_dict()), tmp_path / "own.pth")
    declared = vision("mnasnet0_5", path="own.pth")
    with pytest.raises(DataError, match="of which version its weights are"):
        build(declared, 32, tmp_path, offline=True)
