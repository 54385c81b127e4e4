from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import open_clip
import pytest
import torch

from tests.encoders.made import embed_made, samples
from zsc_wh import encoders
from zsc_wh.declare.catalog import shipped_files
from zsc_wh.encoders import checkpoint, open_clip_tower, timm_network, vision
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from torch import nn


def shipped(kind: str) -> dict[str, dict[str, Any]]:
    """Return the shipped entries of a kind, as written."""
    entries: dict[str, dict[str, Any]] = {}
    for path in shipped_files():
        entries |= tomllib.loads(path.read_text("utf-8")).get(kind, {})
    return entries


def encoder_loader(name: str) -> dict[str, Any]:
    """Return the complete loader of a shipped encoder."""
    given = shipped("encoder")[name]["loader"]
    fields = encoders.LOADERS[given["kind"]].fields
    return {"kind": given["kind"], **complete(fields, given)}


STATELESS = ("pixels",)
OPEN_CLIP = {"bioclip_vitb16": "ViT-B-16", "bioclip2_vitl14": "ViT-L-14"}
LIGHT = [
    name
    for name, entry in shipped("encoder").items()
    if entry["loader"]["kind"] in ("pixels", "random")
]


@pytest.mark.parametrize("name", LIGHT)
def test_shipped_encoder_works(name: str) -> None:
    """What the catalog declares can be made, and tells images apart."""
    size = shipped("encoder")[name]["image_size"]
    result = embed_made(encoder_loader(name), samples(4), size)
    assert len(np.unique(result.array.round(4), axis=0)) == 4


@pytest.mark.parametrize(
    "name", [each for each in shipped("encoder") if each not in LIGHT]
)
def test_shipped_weights_exist(name: str) -> None:
    """What the catalog names is known to the library that loads it."""
    status = encoders.weights_status(encoder_loader(name), Path())
    is_private = "private" in shipped("encoder")[name]["tags"]
    assert is_private == (status is not None and status.url is None)
    assert status is None or is_private or str(status.url).startswith("https://")


def outline(name: str) -> nn.Module:
    """Return the network of a shipped encoder, without the values of its weights."""
    loader, side = encoder_loader(name), shipped("encoder")[name]["image_size"]
    if loader["kind"] == "checkpoint":
        return checkpoint.untrained(loader, side, "meta")
    if loader["kind"] == "open_clip":  # the configuration is in the repository
        config: Any = open_clip.get_model_config(OPEN_CLIP[name])
        with torch.device("meta"):
            return open_clip_tower.tower(config, side)
    with torch.device("meta"):
        if loader["kind"] == "torchvision":
            network = vision.create(loader["name"], side, 0)
            vision.drop_last_layer(network, loader["name"])
            return network
        head = loader.get("head", False)
        return timm_network.outline(loader["name"], side, loader["options"], head=head)


@pytest.mark.parametrize(
    "name", [each for each, entry in shipped("encoder").items() if "dim" in entry]
)
def test_the_declared_dimension_is_that_of_the_network(name: str) -> None:
    """At the size of its images, and at full width."""
    entry = shipped("encoder")[name]
    side = entry["image_size"]
    with torch.inference_mode(), torch.device("meta"):
        output = outline(name).eval()(torch.zeros(1, 3, side, side))
    assert tuple(output.shape) == (1, entry["dim"])


@pytest.mark.parametrize(
    "name", [each for each in shipped("encoder") if each not in STATELESS]
)
def test_every_network_has_its_facts(name: str) -> None:
    """A dimension, an architecture and training data, where there was training."""
    entry = shipped("encoder")[name]
    is_random = entry["family"] == "random"
    assert {"dim", "backbone", "feature"} <= entry.keys()
    assert is_random or {"objective", "pretrained_on"} <= entry.keys()
