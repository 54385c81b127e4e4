"""Image towers of open_clip, out of the files that it publishes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import open_clip
import pytest
import torch
from huggingface_hub import constants
from open_clip.transform import PreprocessCfg, image_transform_v2

from tests.encoders import plain
from tests.encoders.made import embed_made, lay_out, loader, samples
from zsc_wh import installed
from zsc_wh.datasets import Digests
from zsc_wh.encoders import LOADERS, Transform, open_clip_tower, pinned, weights_status
from zsc_wh.encoders.open_clip_tower import build, own_transform
from zsc_wh.errors import ConfigError, DataError, MissingExtraError
from zsc_wh.preprocessing import prepare

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "89abcdef" * 5
NAME = f"hf-hub:mine/clip@{COMMIT}"
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
VISION = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 24,
        "vision_cfg": VISION,
        "text_cfg": {
            "context_length": 8,
            "vocab_size": 50,
            "width": 16,
            "heads": 2,
            "layers": 1,
        },
    },
    "preprocess_cfg": {"mean": MEAN, "std": STD, "interpolation": "bicubic"},
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the hub's client an empty cache of the test's own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def state() -> dict[str, torch.Tensor]:
    """Return weights of a whole small CLIP, text tower included."""
    shapes = plain.clip_vit_shapes(64, 2, 24, patches=16, patch=8)
    text = {
        "positional_embedding": (8, 16),
        "text_projection": (16, 24),
        "logit_scale": (),
        "token_embedding.weight": (50, 16),
        "ln_final.weight": (16,),
    }
    return plain.made({**shapes, **text})


def fill(
    folder: Path,
    config: dict[str, Any] = CONFIG,
    weights: str = "open_clip_pytorch_model.bin",
) -> Path:
    """Write what open_clip publishes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config), "utf-8")
    if weights.endswith(".safetensors"):
        from safetensors.torch import save_file

        save_file(state(), folder / weights)
    else:
        torch.save(state(), folder / weights)
    return folder


def fill_cache(cache: Path) -> Path:
    """Lay the files out as the hub's client does: blobs and links to them."""
    return lay_out(fill(cache.parent / "made"), cache / "models--mine--clip", COMMIT)


def images(side: int = 32, n: int = 3) -> torch.Tensor:
    """Return the made samples as they are prepared."""
    wanted = samples(n)
    assert wanted.images is not None
    ready = [prepare(wanted.images[i], Transform(side)) for i in range(n)]
    return torch.from_numpy(np.stack(ready))


@pytest.mark.parametrize("where", ["hub", "folder"])
@pytest.mark.parametrize("quick", [False, True])
def test_features_are_those_of_plain_torch(
    where: str, quick: bool, cache: Path
) -> None:
    """The projected embedding, with the activation that the configuration names."""
    model = {**CONFIG["model_cfg"], "quick_gelu": quick}
    snapshot = fill_cache(cache)
    text = json.dumps({**CONFIG, "model_cfg": model})
    (snapshot / "open_clip_config.json").unlink()
    (snapshot / "open_clip_config.json").write_text(text, "utf-8")
    name = NAME if where == "hub" else f"local-dir:{snapshot}"
    declared = loader("open_clip", name=name)
    result = embed_made(declared, samples(3), 32, cache, offline=True)
    with torch.inference_mode():
        expected = plain.clip_vit(state(), images(), 2, quick=quick).numpy()
    assert result.array.shape == (3, 24)
    off = np.linalg.norm(result.array - expected) / np.linalg.norm(expected)
    assert off < 1e-5


def test_another_size_is_resampled_as_open_clip_does(tmp_path: Path) -> None:
    """With the position embeddings that its own factory makes."""
    whole = open_clip.CLIP(**json.loads(json.dumps(CONFIG["model_cfg"])))
    fill(tmp_path / "clip")
    torch.save(whole.state_dict(), tmp_path / "clip" / "open_clip_pytorch_model.bin")
    reference, *_ = open_clip.create_model_and_transforms(
        f"local-dir:{tmp_path / 'clip'}", force_image_size=48
    )
    declared = loader("open_clip", name="local-dir:clip")
    result = embed_made(declared, samples(3), 48, tmp_path)
    with torch.inference_mode():
        expected = reference.eval().encode_image(images(48)).numpy()
    np.testing.assert_allclose(result.array, expected, rtol=1e-4, atol=1e-6)


def test_safetensors_come_first(tmp_path: Path) -> None:
    """Where a folder has both, the other one is not read."""
    fill(tmp_path / "clip", weights="open_clip_model.safetensors")
    (tmp_path / "clip" / "open_clip_pytorch_model.bin").write_bytes(b"broken")
    declared = loader("open_clip", name="local-dir:clip")
    assert build(declared, 32, tmp_path, offline=True)


@pytest.mark.parametrize(
    "given",
    [{}, {"mean": MEAN, "std": STD}, {"interpolation": "bilinear"}],
)
def test_own_preprocessing_is_that_of_open_clip(
    given: dict[str, Any], tmp_path: Path
) -> None:
    """What the configuration does not say is open_clip's default."""
    fill(tmp_path / "clip", {**CONFIG, "preprocess_cfg": given})
    transform = own_transform(
        loader("open_clip", name="local-dir:clip"), tmp_path, None
    )
    reference: Any = image_transform_v2(PreprocessCfg(size=32, **given), is_train=False)
    for size in ((300, 211), (31, 90)):
        wanted = samples(1, size)
        assert wanted.images is not None
        image = wanted.images[0]
        ours = prepare(image, transform)
        np.testing.assert_array_equal(ours, reference(image).numpy())


def test_other_preprocessing_is_told(tmp_path: Path) -> None:
    """An image that is squashed cannot be made, so what to declare is said."""
    fill(tmp_path / "clip", {**CONFIG, "preprocess_cfg": {"resize_mode": "squash"}})
    declared = loader("open_clip", name="local-dir:clip")
    with pytest.raises(ConfigError, match="the resizing squash") as caught:
        own_transform(declared, tmp_path, None)
    assert "image_size" in caught.value.hint


def test_all_that_is_missing_is_told(cache: Path) -> None:
    """Both files, where they belong, and the size that is declared."""
    status = weights_status(loader("open_clip", name=NAME, bytes=99), cache)
    assert status is not None
    weights = "open_clip_model.safetensors or open_clip_pytorch_model.bin"
    assert status.lacking == ("open_clip_config.json", weights)
    assert (status.found, status.bytes) == (False, 99)


def test_a_folder_is_known_by_its_content(tmp_path: Path) -> None:
    """By weights and configuration."""
    fill(tmp_path / "clip")
    declared = loader("open_clip", name="local-dir:clip")
    found = pinned(declared, tmp_path, None, "mine", Digests())
    assert found is not None
    assert {"sha256", "config_sha256"} <= found.keys()
    assert build(found, 32, tmp_path, offline=True)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"preprocess_cfg": {}}, "embed_dim and vision_cfg"),
        ({"model_cfg": {**CONFIG["model_cfg"], "embed_dim": 32}}, "another shape"),
        ({"model_cfg": {"embed_dim": 24, "vision_cfg": {"depth": 3}}}, "built"),
    ],
)
def test_a_faulty_configuration_is_told(
    config: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """In our words, with the file or the name."""
    fill(tmp_path / "clip", config)
    declared = loader("open_clip", name="local-dir:clip")
    with pytest.raises((DataError, ConfigError), match=message):
        build(declared, 32, tmp_path, offline=True)


def test_weights_without_an_image_tower_are_told(tmp_path: Path) -> None:
    """Such as those of timm."""
    torch.save({"fc.weight": torch.zeros(2, 2)}, tmp_path / "weights.bin")
    fill(tmp_path / "clip")
    file = tmp_path / "clip" / "open_clip_pytorch_model.bin"
    (tmp_path / "weights.bin").replace(file)
    declared = loader("open_clip", name="local-dir:clip")
    with pytest.raises(DataError, match="begins with visual") as caught:
        build(declared, 32, tmp_path, offline=True)
    assert caught.value.where == str(file)


def test_a_size_that_patches_do_not_fill_is_told(tmp_path: Path) -> None:
    """A margin would be cut off."""
    fill(tmp_path / "clip")
    declared = loader("open_clip", name="local-dir:clip")
    with pytest.raises(ConfigError, match="not a multiple of the patch size 8"):
        build(declared, 36, tmp_path, offline=True)


def test_a_name_of_timm_is_refused() -> None:
    """Its CLIPs go with the kind timm."""
    (found,) = open_clip_tower.check(loader("open_clip", name="ViT-B-16"))
    assert "the kind timm" in found[1]


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(
        installed, "find_spec", lambda name: None if name == "open_clip" else 1
    )
    require = LOADERS["open_clip"].require
    assert require is not None
    with pytest.raises(MissingExtraError, match="open_clip, which") as caught:
        require()
    assert "[open_clip]" in caught.value.hint
