"""The encoders of the study with small files of weights, declared in TOML.

Each is declared as in the shipped catalog, with a narrower architecture where the
library lets it be; torchvision does not, so its networks have their full size.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from torchvision import models

from tests.encoders import plain
from tests.encoders.plain import made
from tests.encoders.published import PUBLISHED, VIT, clip, vit
from tests.encoders.test_catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

WIDE = {"embed_dim": 204, "depth": 1, "num_heads": 3}
"""MAE (CLS) is reduced to 200 principal components."""
_CLIP_VIT = plain.clip_vit_shapes(24, 2, 16, patches=196, patch=16)
_CLIP_RESNET = plain.clip_resnet_shapes(8, 16, (3, 4, 6, 3), places=49)

OWN: Mapping[str, tuple[Callable[[], object], Mapping[str, Any]]] = {
    "resnet50": (lambda: _drawn(models.resnet50), {}),
    "vitb16": (lambda: _drawn(models.vit_b_16), {}),
    "dino_vitb16": (vit, VIT),
    "timm_vit_base_patch16_224.mae": (lambda: made(plain.vit_shapes(204, 1)), WIDE),
    "clip_RN50": (
        lambda: clip(made(_CLIP_RESNET)),
        {"width_factor": 0.125, "num_classes": 16},
    ),
    "clip_vitb16": (lambda: clip(made(_CLIP_VIT)), {**VIT, "num_classes": 16}),
}
"""Content of the files that a library knows, and options that narrow the network."""


def _drawn(build: Callable[[], torch.nn.Module]) -> dict[str, torch.Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build().state_dict()


def _content(name: str) -> tuple[Callable[[], object], Mapping[str, Any]]:
    if name in OWN:
        return OWN[name]
    published = PUBLISHED[name]
    return published.content, published.options


def _side(name: str) -> int:
    """Return a side of the images at which the network takes little time."""
    if name == "random_vitb16":  # published weights fit one size alone
        return 32
    entry = shipped("encoder")[name]
    is_resnet = entry["loader"]["name"] == "resnet50"
    return 64 if is_resnet else int(entry["image_size"])


def encoder_toml(name: str, folder: Path) -> str:
    """Save the weights of an encoder; return its declaration, and that of their file.

    Its name begins with ``mini_``, and it follows the row of the encoder that it
    stands for.
    """
    entry = shipped("encoder")[name]
    given: dict[str, Any] = entry["loader"].get("options", {})
    loader: dict[str, Any] = {**entry["loader"]}
    if entry["family"] != "random":
        content, options = _content(name)
        file = folder / f"mini_{name}.pth"
        torch.save(content(), file)
        if options:
            loader["options"] = {**given, **options}
        if "num_classes" in options:  # goes with a file of one's own
            loader["path"] = str(file)
    facts: dict[str, Any] = {
        key: entry[key]
        for key in ("backbone", "family", "objective", "fine_tuned", "mean", "std")
        if key in entry
    }
    values: dict[str, Any] = {
        "recipe": name,
        "loader": loader,
        "image_size": _side(name),
        **facts,
    }
    lines = [f"{key} = {toml(value)}" for key, value in values.items()]
    return "\n".join([f'[encoder."mini_{name}"]', *lines, ""])


def toml(value: object) -> str:
    """Write a value in TOML, a table on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)
