"""Encoder ``random``: a timm architecture with random weights, from a seed.

The other baseline: what the architecture gives without any training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.network import ready_network, require
from zsc_wh.encoders.timm_network import build_random
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from zsc_wh.encoders.request import Ready, Request

FIELDS: Mapping[str, Field] = {
    "name": Field(str, doc="timm architecture, without a weight tag"),
    "seed": Field(
        int, default=0, minimum=0, maximum=2**32 - 1, doc="seed of the random weights"
    ),
    "options": Field(dict, default={}, doc="more arguments of timm.create_model"),
}


def ready(request: Request) -> Ready:
    """Build the network: its pooled output before its classifier."""
    network = build(request.params, request.prepared.side)
    return ready_network(request, network)


def build(params: Mapping[str, Any], image_size: int) -> nn.Module:
    """Make the network.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    image_size : int
        Side of its input, in pixels.

    Returns
    -------
    torch.nn.Module
        See `build_random`.

    Raises
    ------
    ConfigError
        When timm has no such architecture, or it cannot be built with these options
        or for images of this size.
    MissingExtraError
        When torch or timm is not installed.

    Notes
    -----
    Some initialisers fit training and leave little of an untrained network: timm sets
    the last scale of every residual branch of a ResNet to zero, so that only the stem
    and the shortcuts work, unless ``options = { zero_init_last = false }``.
    """
    require("torch", "timm")
    import timm

    name, known = params["name"], timm.list_models()
    if name not in known:
        raise ConfigError(
            what=f"timm has no architecture '{name}'" + nearest(name, known),
            hint="Name one of timm.list_models(), without a weight tag.",
        )
    return build_random(name, image_size, params["options"], params["seed"])
