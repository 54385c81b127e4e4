"""Encoder ``random``: a timm architecture with random weights, from a seed.

The other baseline: what the architecture gives without any training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.network import embed_network, require_torch
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import EmbedResult, Request
    from zsc_wh.preprocessing import Transform

FIELDS: Mapping[str, Field] = {
    "name": Field(str, doc="timm architecture, without a weight tag"),
    "seed": Field(int, default=0, minimum=0, maximum=2**32 - 1, doc="of the weights"),
    "options": Field(dict, default={}, doc="more arguments of timm.create_model"),
}

_RESERVED = (
    "cache_dir",
    "checkpoint_path",
    "features_only",
    "img_size",
    "in_chans",
    "model_name",
    "num_classes",
    "pretrained",
    "pretrained_cfg",
    "pretrained_cfg_overlay",
)
"""Arguments of timm.create_model that are not free: we set them, or they load weights
or change what comes out."""

_BUILD_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What timm and torch raise on options and sizes that an architecture cannot take."""


def embed(request: Request, images: Images, transform: Transform) -> EmbedResult:
    """Embed with the pooled output of the network before its classifier."""
    network = build(request.params, transform.image_size)
    return embed_network(request, images, transform, network)


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
        In eval mode, on the processor. Weights depend on the seed and on the versions
        of timm and torch. Torch's global random state is left as it was.

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
    require_torch()
    import timm
    import torch

    name, options = params["name"], params["options"]
    known = timm.list_models()
    if name not in known:
        raise ConfigError(
            what=f"timm has no architecture '{name}'" + nearest(name, known),
            mend="Name one of timm.list_models(), without a weight tag.",
        )
    reserved = [key for key in options if key in _RESERVED]
    if reserved:
        raise ConfigError(
            what=f"the option '{reserved[0]}' cannot be given to a random network",
            where=name,
            mend="Drop it.",
        )
    # Such an architecture is built for one size of images, and timm must be told which.
    facts = timm.get_pretrained_cfg(name)
    if facts is not None and facts.fixed_input_size:
        options = {**options, "img_size": image_size}
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(params["seed"])
            network: nn.Module = timm.create_model(
                name, pretrained=False, num_classes=0, **options
            )
        with torch.inference_mode():
            probe = torch.zeros(1, 3, image_size, image_size)
            shape = tuple(network.eval()(probe).shape)
    except _BUILD_FAULTS as error:
        raise ConfigError(
            what=f"it cannot be built for images of {image_size} pixels ({error})",
            where=name,
            mend="Choose another `image_size`, or other options.",
        ) from error
    _check_patches(network, name, image_size)
    if len(shape) != 2:
        raise ConfigError(
            what=f"it gives features of shape {shape[1:]} for an image, not one vector",
            where=name,
            mend="Choose another architecture.",
        )
    return network


def _check_patches(network: nn.Module, name: str, image_size: int) -> None:
    """Refuse a size of which timm would silently cut off a margin."""
    patch = getattr(getattr(network, "patch_embed", None), "patch_size", 1)
    side = max(patch) if isinstance(patch, tuple) else int(patch)
    if image_size % side:
        lower, upper = image_size // side * side, (image_size // side + 1) * side
        raise ConfigError(
            what=f"image_size = {image_size} is no multiple of the patch size {side}",
            where=name,
            mend=f"Use {f'{lower} or ' if lower else ''}{upper}.",
        )
