"""Networks of the study as plain functions of the tensors in their published files.

Written from the papers and the published code for the tests alone: no loader of ours
and no network of a library is used, so that features are compared with something else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

State = dict[str, torch.Tensor]


def _norm2d(x: Tensor, state: State, name: str) -> Tensor:
    """Batch normalisation with the statistics of the file."""
    shape = (1, -1, 1, 1)
    mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
    scale = state[f"{name}.weight"] / torch.sqrt(var + 1e-5)
    return (x - mean.view(shape)) * scale.view(shape) + state[f"{name}.bias"].view(
        shape
    )


def _blocks(state: State, stage: str) -> list[str]:
    """Return the prefixes of the blocks of a stage, in order."""
    numbers = {int(k.split(".")[1]) for k in state if k.startswith(f"{stage}.")}
    return [f"{stage}.{number}" for number in sorted(numbers)]


def resnet(state: State, x: Tensor) -> Tensor:
    """ResNet with bottlenecks: the mean over the last stage."""
    x = F.conv2d(x, state["conv1.weight"], stride=2, padding=3)
    x = F.max_pool2d(_norm2d(x, state, "bn1").relu(), 3, 2, 1)
    for number in range(1, 5):
        for place, block in enumerate(_blocks(state, f"layer{number}")):
            stride = 2 if place == 0 and number > 1 else 1
            y = F.conv2d(x, state[f"{block}.conv1.weight"])
            y = _norm2d(y, state, f"{block}.bn1").relu()
            y = F.conv2d(y, state[f"{block}.conv2.weight"], stride=stride, padding=1)
            y = _norm2d(y, state, f"{block}.bn2").relu()
            y = F.conv2d(y, state[f"{block}.conv3.weight"])
            y = _norm2d(y, state, f"{block}.bn3")
            if place == 0:
                x = F.conv2d(x, state[f"{block}.downsample.0.weight"], stride=stride)
                x = _norm2d(x, state, f"{block}.downsample.1")
            x = (x + y).relu()
    return x.mean((2, 3))


def layer_norm(x: Tensor, state: State, name: str, eps: float) -> Tensor:
    """Layer normalisation over the last axis."""
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + eps)
    return scaled * state[f"{name}.weight"] + state[f"{name}.bias"]


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """Softmax attention of several heads over (b, tokens, dim)."""
    shape = (len(k), -1, heads, k.shape[-1] // heads)
    split = [x.reshape(shape).transpose(1, 2) for x in (q, k, v)]
    weights = split[0] @ split[1].transpose(-1, -2) * split[0].shape[-1] ** -0.5
    mixed: Tensor = weights.softmax(-1) @ split[2]
    return mixed.transpose(1, 2).flatten(2)


def _linear(x: Tensor, state: State, name: str) -> Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def vit_tokens(state: State, x: Tensor, heads: int) -> Tensor:
    """ViT of timm's names up to the last block: (b, 1 + patches, dim)."""
    weight = state["patch_embed.proj.weight"]
    x = F.conv2d(x, weight, state["patch_embed.proj.bias"], weight.shape[-1])
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([state["cls_token"].expand(len(x), -1, -1), x], 1)
    x = x + state["pos_embed"]
    for block in _blocks(state, "blocks"):
        y = layer_norm(x, state, f"{block}.norm1", 1e-6)
        q, k, v = _linear(y, state, f"{block}.attn.qkv").chunk(3, -1)
        x = x + _linear(attention(q, k, v, heads), state, f"{block}.attn.proj")
        y = layer_norm(x, state, f"{block}.norm2", 1e-6)
        y = F.gelu(_linear(y, state, f"{block}.mlp.fc1"))
        x = x + _linear(y, state, f"{block}.mlp.fc2")
    return x


def vit_cls(state: State, x: Tensor, heads: int) -> Tensor:
    """Return the class token after the final norm."""
    return layer_norm(vit_tokens(state, x, heads), state, "norm", 1e-6)[:, 0]


def vit_mean(state: State, x: Tensor, heads: int) -> Tensor:
    """Return the mean of the patches, normalised by `fc_norm` where there is one."""
    pooled = vit_tokens(state, x, heads)[:, 1:].mean(1)
    if "fc_norm.weight" in state:
        return layer_norm(pooled, state, "fc_norm", 1e-6)
    centred = pooled - pooled.mean(-1, keepdim=True)
    return centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + 1e-6)


def vit_norm_mean(state: State, x: Tensor, heads: int) -> Tensor:
    """Return the mean of the patches, each normalised before."""
    return layer_norm(vit_tokens(state, x, heads), state, "norm", 1e-6)[:, 1:].mean(1)


def vit_bare_mean(state: State, x: Tensor, heads: int) -> Tensor:
    """Return the mean of the patches without any norm."""
    return vit_tokens(state, x, heads)[:, 1:].mean(1)


def _quick_gelu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


def _tower(state: State) -> State:
    """Return the image tower alone, in single precision."""
    tower = {k: v.float() for k, v in state.items() if k.startswith("visual.")}
    return {k.removeprefix("visual."): v for k, v in tower.items()}


def clip_vit(state: State, x: Tensor, heads: int, *, quick: bool = True) -> Tensor:
    """OpenAI's ViT tower: the projected class token; others take GELU as it is."""
    state = _tower(state)
    weight = state["conv1.weight"]
    x = F.conv2d(x, weight, stride=weight.shape[-1]).flatten(2).transpose(1, 2)
    token = state["class_embedding"].expand(len(x), 1, -1)
    x = torch.cat([token, x], 1) + state["positional_embedding"]
    x = layer_norm(x, state, "ln_pre", 1e-5)
    inner = {
        k.removeprefix("transformer."): v
        for k, v in state.items()
        if k.startswith("transformer.")
    }
    for block in _blocks(inner, "resblocks"):
        y = layer_norm(x, inner, f"{block}.ln_1", 1e-5)
        weight, bias = (inner[f"{block}.attn.in_proj_{s}"] for s in ("weight", "bias"))
        q, k, v = (y @ weight.T + bias).chunk(3, -1)
        x = x + _linear(attention(q, k, v, heads), inner, f"{block}.attn.out_proj")
        y = layer_norm(x, inner, f"{block}.ln_2", 1e-5)
        y = _linear(y, inner, f"{block}.mlp.c_fc")
        y = _quick_gelu(y) if quick else F.gelu(y)
        x = x + _linear(y, inner, f"{block}.mlp.c_proj")
    return layer_norm(x[:, 0], state, "ln_post", 1e-5) @ state["proj"]


def clip_resnet(state: State, x: Tensor, heads: int) -> Tensor:
    """OpenAI's modified ResNet: three convolutions first, attention pooling last."""
    state = _tower(state)
    for number in (1, 2, 3):
        stride = 2 if number == 1 else 1
        x = F.conv2d(x, state[f"conv{number}.weight"], stride=stride, padding=1)
        x = _norm2d(x, state, f"bn{number}").relu()
    x = F.avg_pool2d(x, 2)
    for number in range(1, 5):
        for place, block in enumerate(_blocks(state, f"layer{number}")):
            is_smaller = place == 0 and number > 1
            y = F.conv2d(x, state[f"{block}.conv1.weight"])
            y = _norm2d(y, state, f"{block}.bn1").relu()
            y = F.conv2d(y, state[f"{block}.conv2.weight"], padding=1)
            y = _norm2d(y, state, f"{block}.bn2").relu()
            y = F.avg_pool2d(y, 2) if is_smaller else y
            y = F.conv2d(y, state[f"{block}.conv3.weight"])
            y = _norm2d(y, state, f"{block}.bn3")
            if place == 0:
                x = F.avg_pool2d(x, 2) if is_smaller else x
                x = F.conv2d(x, state[f"{block}.downsample.0.weight"])
                x = _norm2d(x, state, f"{block}.downsample.1")
            x = (x + y).relu()
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([x.mean(1, keepdim=True), x], 1)
    x = x + state["attnpool.positional_embedding"]
    q = _linear(x[:, :1], state, "attnpool.q_proj")
    k, v = (_linear(x, state, f"attnpool.{part}_proj") for part in "kv")
    return _linear(attention(q, k, v, heads), state, "attnpool.c_proj")[:, 0]


def convnext(state: State, x: Tensor) -> Tensor:
    """VICRegL's ConvNeXt: no layer scale; each place is normalised, then the mean."""
    for number in range(4):
        down = f"downsample_layers.{number}"
        first, second = (1, 0) if number == 0 else (0, 1)
        if number == 0:
            x = F.conv2d(x, state[f"{down}.0.weight"], state[f"{down}.0.bias"], 4)
        x = layer_norm(x.movedim(1, -1), state, f"{down}.{first}", 1e-6).movedim(-1, 1)
        if number > 0:
            weight = state[f"{down}.{second}.weight"]
            x = F.conv2d(x, weight, state[f"{down}.{second}.bias"], 2)
        inner = {
            k.removeprefix("stages."): v
            for k, v in state.items()
            if k.startswith("stages.")
        }
        for block in _blocks(inner, f"{number}"):
            weight = inner[f"{block}.dwconv.weight"]
            bias = inner[f"{block}.dwconv.bias"]
            y = F.conv2d(x, weight, bias, padding=3, groups=len(weight))
            y = layer_norm(y.movedim(1, -1), inner, f"{block}.norm", 1e-6)
            y = F.gelu(_linear(y, inner, f"{block}.pwconv1"))
            x = x + _linear(y, inner, f"{block}.pwconv2").movedim(-1, 1)
    x = layer_norm(x.flatten(2).transpose(1, 2), state, "norm", 1e-6)
    return x.mean(1)


def made(shapes: dict[str, tuple[int, ...]], seed: int = 0) -> State:
    """Return tensors of these shapes that keep signals of a moderate size."""
    numbers = torch.Generator().manual_seed(seed)
    return {name: _made(name, shape, numbers) for name, shape in shapes.items()}


def _made(name: str, shape: tuple[int, ...], numbers: torch.Generator) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.tensor(7)
    drawn = torch.randn(shape, generator=numbers)
    if name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight")):
        return 1 + 0.2 * drawn.abs()
    if len(shape) < 2:
        return 0.1 * drawn
    fan_in: int = max(1, drawn[0].numel())
    return drawn / math.sqrt(fan_in)


def _batch_norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    parts = ("weight", "bias", "running_mean", "running_var")
    found: dict[str, tuple[int, ...]] = {f"{name}.{part}": (width,) for part in parts}
    return found | {f"{name}.num_batches_tracked": ()}


def resnet_shapes(
    layers: Sequence[int] = (3, 4, 6, 3),
    *,
    stem: int = 64,
    inner: Callable[[int], int] = lambda planes: planes,
) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of a ResNet with bottlenecks, without a head.

    `inner` is the width of the layers in a block, from that of its stage.
    """
    found: dict[str, tuple[int, ...]] = {"conv1.weight": (stem, 3, 7, 7)}
    found |= _batch_norm("bn1", stem)
    before = stem
    for number, n_blocks in enumerate(layers):
        planes, out = stem * 2**number, 4 * stem * 2**number
        width = inner(planes)
        for place in range(n_blocks):
            block = f"layer{number + 1}.{place}"
            found[f"{block}.conv1.weight"] = (width, before, 1, 1)
            found[f"{block}.conv2.weight"] = (width, width, 3, 3)
            found[f"{block}.conv3.weight"] = (out, width, 1, 1)
            found |= _batch_norm(f"{block}.bn1", width)
            found |= _batch_norm(f"{block}.bn2", width)
            found |= _batch_norm(f"{block}.bn3", out)
            if place == 0:
                found[f"{block}.downsample.0.weight"] = (out, before, 1, 1)
                found |= _batch_norm(f"{block}.downsample.1", out)
            before = out
    return found


def _affine(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def vit_shapes(
    dim: int, depth: int, *, patches: int = 196, norm: str = "norm", patch: int = 16
) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of a ViT as DINO, MAE and MoCo-v3 publish it."""
    found: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, dim),
        "pos_embed": (1, patches + 1, dim),
        **_affine("patch_embed.proj", dim, 3, patch, patch),
    }
    for number in range(depth):
        block = f"blocks.{number}"
        found |= _affine(f"{block}.norm1", dim) | _affine(f"{block}.norm2", dim)
        found |= _affine(f"{block}.attn.qkv", 3 * dim, dim)
        found |= _affine(f"{block}.attn.proj", dim, dim)
        found |= _affine(f"{block}.mlp.fc1", 4 * dim, dim)
        found |= _affine(f"{block}.mlp.fc2", dim, 4 * dim)
    return found | _affine(norm, dim)


def clip_vit_shapes(
    dim: int, depth: int, out: int, *, patches: int = 196, patch: int = 16
) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of OpenAI's ViT tower."""
    found: dict[str, tuple[int, ...]] = {
        "class_embedding": (dim,),
        "positional_embedding": (patches + 1, dim),
        "proj": (dim, out),
        "conv1.weight": (dim, 3, patch, patch),
        **_affine("ln_pre", dim),
        **_affine("ln_post", dim),
    }
    for number in range(depth):
        block = f"transformer.resblocks.{number}"
        found[f"{block}.attn.in_proj_weight"] = (3 * dim, dim)
        found[f"{block}.attn.in_proj_bias"] = (3 * dim,)
        found |= _affine(f"{block}.attn.out_proj", dim, dim)
        found |= _affine(f"{block}.ln_1", dim) | _affine(f"{block}.ln_2", dim)
        found |= _affine(f"{block}.mlp.c_fc", 4 * dim, dim)
        found |= _affine(f"{block}.mlp.c_proj", dim, 4 * dim)
    return {f"visual.{name}": shape for name, shape in found.items()}


def clip_resnet_shapes(
    width: int, out: int, layers: Sequence[int] = (3, 4, 6, 3), *, places: int = 49
) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of OpenAI's ResNet tower."""
    found = resnet_shapes(layers, stem=width)
    for name in [name for name in found if name.startswith(("conv1.", "bn1."))]:
        del found[name]
    for number, (before, after) in enumerate(
        [(3, width // 2), (width // 2, width // 2), (width // 2, width)], 1
    ):
        found[f"conv{number}.weight"] = (after, before, 3, 3)
        found |= _batch_norm(f"bn{number}", after)
    dim = 32 * width
    found["attnpool.positional_embedding"] = (places + 1, dim)
    for part, rows in {"q": dim, "k": dim, "v": dim, "c": out}.items():
        found |= _affine(f"attnpool.{part}_proj", rows, dim)
    return {f"visual.{name}": shape for name, shape in found.items()}


def convnext_shapes(
    depths: Sequence[int], dims: Sequence[int]
) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of VICRegL's ConvNeXt."""
    found: dict[str, tuple[int, ...]] = {}
    for number, (depth, dim) in enumerate(zip(depths, dims, strict=True)):
        down = f"downsample_layers.{number}"
        if number == 0:
            found |= _affine(f"{down}.0", dim, 3, 4, 4) | _affine(f"{down}.1", dim)
        else:
            found |= _affine(f"{down}.0", dims[number - 1])
            found |= _affine(f"{down}.1", dim, dims[number - 1], 2, 2)
        for place in range(depth):
            block = f"stages.{number}.{place}"
            found |= _affine(f"{block}.dwconv", dim, 1, 7, 7)
            found |= _affine(f"{block}.norm", dim)
            found |= _affine(f"{block}.pwconv1", 4 * dim, dim)
            found |= _affine(f"{block}.pwconv2", dim, 4 * dim)
    return found | _affine("norm", dims[-1])
