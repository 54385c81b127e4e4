"""Checkpoints in the published layouts, small, with what is expected of each."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import torch

from tests.encoders import plain
from tests.encoders.plain import State, made

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIM, DEPTH, HEADS = 24, 2, 3
VIT = {"embed_dim": DIM, "depth": DEPTH, "num_heads": HEADS}
NARROW = {"width_per_group": 4}


def resnet50() -> State:
    """Return a ResNet-50 with narrow blocks; its features keep their 2048 numbers."""
    return made(plain.resnet_shapes(inner=lambda planes: planes // 16))


def vit(norm: str = "norm") -> State:
    """Return a narrow and flat ViT for 224 pixels."""
    return made(plain.vit_shapes(DIM, DEPTH, norm=norm))


def under(prefix: str, state: State) -> State:
    """Put a prefix before all names."""
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


def _head(name: str, width: int, rows: int = 1000) -> State:
    return made({f"{name}.weight": (rows, width), f"{name}.bias": (rows,)})


def mocov3(state: State, head: str, width: int) -> object:
    """Return what MoCo-v3 saves: two encoders with projectors, and a predictor."""
    projector = made({f"{head}.0.weight": (8, width), f"{head}.1.bias": (8,)})
    other = {name: tensor * 0 for name, tensor in state.items()}
    return {
        "epoch": 300,
        "arch": "made",
        "state_dict": {
            **under("module.base_encoder.", state | projector),
            **under("module.momentum_encoder.", other | projector),
            **made({"module.predictor.0.weight": (8, 8)}),
        },
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
    }


def finetuned(state: State) -> object:
    """Return what the script of fine-tuning saves, its arguments included."""
    return {
        "model": state,
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
        "epoch": 49,
        "scaler": {"scale": 65536.0},
        "args": argparse.Namespace(lr=1e-3, data_path="imagenet"),
    }


def mae(norm: str) -> object:
    """Return what MAE saves, with decoder and mask token as its training does."""
    decoder = made({"mask_token": (1, 1, 16), "decoder_blocks.0.norm1.weight": (16,)})
    return {"model": vit(norm) | decoder | _head("head", DIM)}


def swav(state: State, width: int) -> object:
    """Return what SwAV saves: all under one prefix, with a projector and prototypes."""
    heads = made({"projection_head.0.weight": (8, width), "prototypes.weight": (9, 8)})
    return under("module.", state | heads)


def clip(state: State) -> State:
    """Return what OpenAI saves: half precision, with the text tower and its sizes."""
    halves = {
        name: tensor.half() if _is_half(name, tensor) else tensor
        for name, tensor in state.items()
    }
    text = made({"positional_embedding": (7, 8), "text_projection": (8, 16)})
    text |= made({"transformer.resblocks.0.ln_1.weight": (8,), "logit_scale": ()})
    sizes = {"input_resolution": torch.tensor(224), "vocab_size": torch.tensor(49408)}
    return halves | text | sizes


def _is_half(name: str, tensor: torch.Tensor) -> bool:
    """Whether OpenAI saves a weight in half precision: layers, but no norm."""
    is_norm = ".ln_" in name or ".bn" in name or ".downsample.1" in name
    return tensor.is_floating_point() and not is_norm and "embedding" not in name


@dataclass(frozen=True)
class Published:
    """A shipped declaration, the small file for it, and its features in plain torch.

    `options` narrow the declared architecture.
    """

    content: Callable[[], object]
    features: Callable[[torch.Tensor], torch.Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    dim: int = 2048


@cache
def _resnet_features(images: torch.Tensor) -> torch.Tensor:
    """Compute them once for all that publish a ResNet-50."""
    return plain.resnet(resnet50(), images)


def _resnet(content: Callable[[State], object]) -> Published:
    return Published(lambda: content(resnet50()), _resnet_features, NARROW)


def _vit(
    content: Callable[[], object],
    features: Callable[[State, torch.Tensor, int], torch.Tensor] = plain.vit_cls,
    norm: str | None = "norm",
    heads: int = HEADS,
) -> Published:
    def expected(x: torch.Tensor) -> torch.Tensor:
        state = vit(norm or "norm")
        if norm is None:  # of the file it is not used
            state = {k: v for k, v in state.items() if not k.startswith("norm.")}
        return features(state, x, heads)

    return Published(content, expected, {**VIT, "num_heads": heads}, DIM)


def _plain_cls(state: State, x: torch.Tensor, heads: int) -> torch.Tensor:
    """Return the class token after a LayerNorm without parameters."""
    ones = {"n.weight": torch.ones(DIM), "n.bias": torch.zeros(DIM)}
    return plain.layer_norm(plain.vit_tokens(state, x, heads)[:, 0], ones, "n", 1e-6)


def _widened(layers: tuple[int, ...]) -> State:
    return made(plain.resnet_shapes(layers, stem=4))


def _wide(content: Callable[[State], object], layers: tuple[int, ...]) -> Published:
    state = partial(_widened, layers)
    return Published(
        lambda: content(state()),
        lambda x: plain.resnet(state(), x),
        {"widen": 4 / 64},
        128,
    )


_CONVNEXT = ((1, 1, 2, 1), (8, 16, 24, 32))


def _clip_vit(patch: int, image: int) -> Published:
    def state() -> State:
        patches = (image // patch) ** 2
        shapes = plain.clip_vit_shapes(DIM, DEPTH, 16, patches=patches, patch=patch)
        return made(shapes)

    return Published(
        lambda: clip(state()),
        lambda x: plain.clip_vit(clip(state()), x, HEADS),
        {**VIT, "num_classes": 16},
        16,
    )


def _clip_resnet(layers: tuple[int, ...], image: int, heads: int = 4) -> Published:
    def state() -> State:
        places = (image // 32) ** 2
        return made(plain.clip_resnet_shapes(8, 16, layers, places=places))

    return Published(
        lambda: clip(state()),
        lambda x: plain.clip_resnet(clip(state()), x, heads),
        {"width_factor": 0.125, "num_classes": 16},
        16,
    )


def _fine_resnet(state: State) -> object:
    return finetuned(state | _head("fc", 2048))


def _wrapped_vicreg(state: State) -> object:
    """Return VICReg's encoder and classifier as a sequence of two."""
    return finetuned(under("0.", state) | _head("1", 2048))


def _fine_vit() -> object:
    return finetuned(vit() | _head("head", DIM))


PUBLISHED: Mapping[str, Published] = {
    "mocov3_resnet50": _resnet(lambda state: mocov3(state, "fc", 2048)),
    "dino_resnet50": _resnet(lambda state: state),
    "vicreg_resnet50": _resnet(lambda state: state),
    "barlowtwins_resnet50": _resnet(lambda state: state),
    "swav_resnet50": _resnet(lambda state: swav(state, 2048)),
    "vicregl_resnet50_alpha0p9": _resnet(lambda state: state),
    "ft_mocov3_resnet50": _resnet(_fine_resnet),
    "ft_dino_resnet50": _resnet(_fine_resnet),
    "ft_vicreg_resnet50": _resnet(_wrapped_vicreg),
    "swav_resnet50w2": _wide(lambda state: swav(state, 128), (3, 4, 6, 3)),
    "vicreg_resnet200x2": _wide(lambda state: state, (3, 24, 36, 3)),
    "mocov3_vit_base": _vit(lambda: mocov3(vit(), "head", DIM)),
    "mocov3_vit_small": _vit(lambda: mocov3(vit(), "head", DIM), heads=12),
    "mae_pretrain_vit_base_cls": _vit(lambda: mae("norm")),
    "mae_pretrain_vit_base_global": _vit(lambda: mae("norm"), plain.vit_mean, None),
    "mae_finetuned_vit_base_global": _vit(
        lambda: finetuned(vit("fc_norm") | _head("head", DIM)),
        plain.vit_mean,
        "fc_norm",
    ),
    "mae_finetuned_vit_base_cls": _vit(
        lambda: finetuned(vit("fc_norm") | _head("head", DIM)), _plain_cls, "fc_norm"
    ),
    "ft_mocov3_vit_base": _vit(_fine_vit),
    "ft_dino_vitb16": _vit(_fine_vit),
    "clip_vitb32": _clip_vit(32, 224),
    "clip_vitl14_336px": _clip_vit(14, 336),
    "clip_RN101": _clip_resnet((3, 4, 23, 3), 224),
    "clip_RN50x4": _clip_resnet((4, 6, 10, 6), 288),
    "vicregl_convnext_small_alpha0p9": Published(
        lambda: made(plain.convnext_shapes(*_CONVNEXT)),
        lambda x: plain.convnext(made(plain.convnext_shapes(*_CONVNEXT)), x),
        {"depths": list(_CONVNEXT[0]), "dims": list(_CONVNEXT[1])},
        32,
    ),
}
"""Small files by the name of the encoder whose declaration loads them."""
