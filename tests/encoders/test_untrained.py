from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.encoders.made import embed_made, random_loader, samples
from zsc_wh import installed
from zsc_wh.encoders import Transform
from zsc_wh.encoders.untrained import build
from zsc_wh.errors import ConfigError, MissingExtraError
from zsc_wh.installed import install_command
from zsc_wh.preprocessing import prepare

FRESH = """
import hashlib
from tests.encoders.made import embed_made, random_loader, samples
result = embed_made(random_loader("test_vit"), samples(5), threads=2)
print(hashlib.sha256(result.array.tobytes()).hexdigest(), result.weights_sha256)
"""


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_features_are_those_of_timm(name: str) -> None:
    """Features equal timm's own, made by hand from the same seed and images."""
    import timm
    import torch

    wanted = samples(5)
    assert wanted.images is not None
    result = embed_made(random_loader(name, seed=3), wanted)
    images = np.stack([prepare(wanted.images[i], Transform(32)) for i in range(5)])
    size: dict[str, Any] = {"img_size": 32} if name == "test_vit" else {}
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(3)
        reference = timm.create_model(name, pretrained=False, num_classes=0, **size)
        expected = reference.eval()(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(result.array, expected, rtol=1e-5, atol=1e-6)


def test_seed_decides_the_weights() -> None:
    """Another seed gives other weights and other features."""
    zero = embed_made(random_loader(seed=0), samples(3))
    one = embed_made(random_loader(seed=1), samples(3))
    assert zero.weights_sha256 != one.weights_sha256
    assert not np.allclose(zero.array, one.array)


def test_random_state_is_left_alone() -> None:
    """Making weights does not disturb the numbers that follow elsewhere."""
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build(random_loader(), 32)
    assert torch.equal(torch.rand(3), expected)


def test_options_reach_the_architecture() -> None:
    """Residual branches that timm starts at zero can be switched on."""
    plain = embed_made(random_loader("resnet18"), samples(2))
    working = embed_made(
        random_loader("resnet18", options={"zero_init_last": False}), samples(2)
    )
    assert plain.weights_sha256 != working.weights_sha256


@pytest.mark.slow
def test_same_bits_in_fresh_processes() -> None:
    """Two processes give bit-identical weights and features."""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", FRESH], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].split()) == 2


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resnet18x", "did you mean 'resnet18'"),
        ("resnet18.a1_in1k", "did you mean 'resnet18"),
        ("hf-hub:timm/resnet18.a1_in1k", "timm has no architecture"),
    ],
)
def test_unknown_architecture_is_told(name: str, hint: str) -> None:
    """A wrong name, a weight tag or a hub address is refused with the nearest name."""
    declared = random_loader(name)
    with pytest.raises(ConfigError, match=hint) as caught:
        build(declared, 32)
    assert "timm.list_models()" in caught.value.hint


FAULTS: dict[str, tuple[str, dict[str, Any], int, str, str]] = {
    "patches": (
        "vit_tiny_patch16_224",
        {},
        40,
        "not a multiple of.* 16",
        "Use 32 or 48",
    ),
    "timm's word on patches": ("test_vit", {}, 40, "cannot be built", "image_size"),
    "size": ("convnext_atto", {}, 8, "cannot be built for images of 8", "image_size"),
    "option": ("resnet18", {"nonsense": 1}, 32, "unexpected keyword", "options"),
    "reserved": ("resnet18", {"pretrained": True}, 32, "'pretrained'", "Drop it"),
    "maps": ("resnet18", {"global_pool": ""}, 32, r"shape \(512, 1, 1\)", "another"),
}


@pytest.mark.parametrize(
    ("name", "options", "size", "message", "hint"), FAULTS.values(), ids=FAULTS
)
def test_impossible_network_is_told(
    name: str, options: dict[str, Any], size: int, message: str, hint: str
) -> None:
    """What an architecture cannot do is an error with its name and a remedy."""
    declared = random_loader(name, options=options)
    with pytest.raises(ConfigError, match=message) as caught:
        build(declared, size)
    assert caught.value.where == name
    assert hint in caught.value.hint


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks torch is told what to install."""
    monkeypatch.setattr(
        installed, "find_spec", lambda name: None if name == "torch" else 1
    )
    declared = random_loader()
    with pytest.raises(MissingExtraError, match=r"^torch, which") as caught:
        build(declared, 32)
    assert install_command("ingest") in caught.value.hint
