"""The encoders of the study at their full size, once for each way to publish them.

The small files of `published` show the rules; here the shapes are those of the papers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import open_clip
import pytest
import torch

from tests.encoders import plain
from tests.encoders.plain import State, made
from tests.encoders.published import clip, finetuned, mocov3
from tests.encoders.test_catalog import shipped
from tests.encoders.test_published import assert_close, features, prepared
from zsc_wh.encoders import open_clip_tower

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

pytestmark = pytest.mark.slow

VIT = plain.vit_shapes(768, 12)
FC_NORM = plain.vit_shapes(768, 12, norm="fc_norm")
RESNET = plain.resnet_shapes()
B16 = plain.clip_vit_shapes(768, 12, 512)
RN50 = plain.clip_resnet_shapes(64, 1024)


def _mae(state: State, x: Tensor) -> Tensor:
    """Return the pooled features of a pretrained file, whose norm is not used."""
    return plain.vit_mean({k: v for k, v in state.items() if k[:5] != "norm."}, x, 12)


def _cls(state: State, x: Tensor) -> Tensor:
    return plain.vit_cls(state, x, 12)


FULL: dict[
    str,
    tuple[
        dict[str, tuple[int, ...]],
        Callable[[State], object],
        Callable[[State, Tensor], Tensor],
    ],
] = {
    "mocov3_resnet50": (RESNET, lambda s: mocov3(s, "fc", 2048), plain.resnet),
    "vicreg_resnet50": (RESNET, lambda s: s, plain.resnet),
    "mocov3_vit_base": (VIT, lambda s: mocov3(s, "head", 768), _cls),
    "mae_pretrain_vit_base_global": (VIT, lambda s: {"model": s}, _mae),
    "mae_finetuned_vit_base_global": (
        FC_NORM,
        finetuned,
        lambda s, x: plain.vit_mean(s, x, 12),
    ),
    "clip_vitb16": (B16, clip, lambda s, x: plain.clip_vit(clip(s), x, 12)),
    "clip_RN50": (RN50, clip, lambda s, x: plain.clip_resnet(clip(s), x, 32)),
}


@pytest.mark.parametrize("name", FULL)
def test_features_are_those_of_plain_torch(name: str, tmp_path: Path) -> None:
    """As declared, with nothing narrowed."""
    shapes, content, expected = FULL[name]
    entry: dict[str, Any] = shipped("encoder")[name]
    state = made(shapes)
    torch.save(content(state), tmp_path / "made.pth")
    found = features(entry, entry["loader"], tmp_path / "made.pth")
    assert found.shape[1] == entry["dim"]
    with torch.inference_mode():
        assert_close(found, expected(state, prepared(entry)))


@pytest.mark.parametrize(
    ("shapes", "model", "n"),
    [(B16, "ViT-B-16-quickgelu", 86_192_640), (RN50, "RN50-quickgelu", 38_316_896)],
)
def test_the_made_files_have_the_names_of_openai(
    shapes: dict[str, tuple[int, ...]], model: str, n: int
) -> None:
    """And its shapes, as open_clip has them, and its number of parameters."""
    config: Any = open_clip.get_model_config(model)
    with torch.device("meta"):
        network = open_clip_tower.tower(config, 224)
    own = {f"visual.{k}": tuple(v.shape) for k, v in network.state_dict().items()}
    counted = {k: v for k, v in own.items() if not k.endswith("num_batches_tracked")}
    made_shapes = {k: v for k, v in shapes.items() if k in counted}
    assert made_shapes == counted
    assert shapes.keys() <= own.keys()
    assert sum(each.numel() for each in network.parameters()) == n
