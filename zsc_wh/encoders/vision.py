"""Encoder ``torchvision``: a classifier of torchvision without its last layer.

Pretrained by name of its weights, or with random ones: the untrained networks of the
study are torchvision's, whose initialisers differ from timm's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders import weights
from zsc_wh.encoders.checkpoints import fit, read_state, unfit
from zsc_wh.encoders.hubs import Source, UrlSource
from zsc_wh.encoders.network import (
    BUILD_FAULTS,
    check_vectors,
    require,
    unbuildable,
)
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field, nearest
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import nn

FIELDS: Mapping[str, Field] = {
    "name": Field(str, doc="torchvision classifier, such as resnet50 or vit_b_16"),
    "weights": Field(
        str,
        default=None,
        doc="such as IMAGENET1K_V2, or DEFAULT, the best that torchvision has; random "
        "ones without",
    ),
    **weights.FIELDS,
    "seed": Field(
        int, default=0, minimum=0, maximum=2**32 - 1, doc="seed of random weights"
    ),
}

_AUXILIARY = ("AuxLogits", "aux1", "aux2")
"""Heads of Inception and GoogLeNet beside the one at the end."""


def build(
    params: Mapping[str, Any],
    image_size: int,
    base: Path,
    given: Path | None = None,
    *,
    offline: bool,
) -> nn.Module:
    """Make the network.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    image_size : int
        Side of its input, in pixels.
    base : Path
        Where a relative `path` starts.
    given : Path, optional
        File of the published weights on this machine.
    offline : bool
        Whether nothing may be downloaded.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the processor, from (b, 3, size, size) to (b, dim). Torch's
        global random state is left as it was.

    Raises
    ------
    ConfigError
        When torchvision has no such network or weights, or the network cannot take
        images of this size or does not end in a linear layer.
    DataError
        When the weights are missing or do not fit.
    MissingExtraError
        When torch or torchvision is not installed.

    Notes
    -----
    The last linear layer alone is dropped. For ResNet, ViT, Swin and DenseNet that is
    the whole head (``fc``, ``heads``, ``head``, ``classifier``). What comes before it
    in a head of several layers stays: the two hidden layers of AlexNet and VGG (4096
    features), the hidden layer of MobileNetV3, the norm of ConvNeXt. SqueezeNet has no
    such layer.
    """
    name, member = params["name"], _weights(params)
    try:
        if member is None:
            network = create(name, image_size, params["seed"])
        else:
            file = weights.find_weights(
                params,
                base,
                given,
                _source(member),
                lambda: _size(member),
                offline=offline,
            )
            with _read_from(member, file):
                network = create(name, image_size, params["seed"], weights=member)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    head = drop_last_layer(network, name)
    if member is None and params["path"] is not None:
        file = weights.own_file(params, base)
        state = read_state(file, params["entry"], params["strip"])
        if faults := fit(network, state, [head, *drop_auxiliary(network)]):
            raise unfit(file, name, faults)
    check_vectors(network, name, image_size)
    return network


def status(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> weights.WeightsStatus | None:
    """Say whether the weights are here, None for random ones; errors as of `build`."""
    member = _weights(params)
    if params["path"] is not None:
        return weights.named_status(resolve(params["path"], base))
    if member is None:
        return None
    source = _source(member)
    return weights.status(params, base, given, source, lambda: _size(member))


def takes_file(params: Mapping[str, Any]) -> bool:
    """Whether a file of published weights can be named; random ones have none."""
    return params["path"] is None and params["weights"] is not None


def is_untrained(params: Mapping[str, Any]) -> bool:
    """Whether the weights are random, since none are declared."""
    return params["path"] is None and params["weights"] is None


def own_transform(
    params: Mapping[str, Any],
    base: Path,  # noqa: ARG001 - torchvision's presets are in its code
    image_size: int | None,
) -> Transform:
    """Return the preprocessing that these weights were evaluated with.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where relative paths start.
    image_size : int or None
        Side of the input; None for that of the weights.

    Raises
    ------
    ConfigError
        When torchvision has no such weights, or none are named.
    """
    member = _weights(params)
    if member is None:
        whose = "random weights" if params["path"] is None else "weights of your own"
        raise ConfigError(
            what=f"no preprocessing is known of {whose}",
            where=params["name"],
            hint="Declare `image_size`, and mean and std if need be.",
        )
    preset = member.transforms()
    (resized,), (side,) = preset.resize_size, preset.crop_size
    return Transform(
        image_size or side,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        interpolation=preset.interpolation.value,
        crop_fraction=side / resized,
    )


def _weights(params: Mapping[str, Any]) -> Any:
    """Return torchvision's record of these weights, None for random ones."""
    name, wanted = params["name"], params["weights"]
    check_name(name)
    from torchvision import models

    if wanted is None:
        if params["sha256"] is not None and params["path"] is None:
            raise ConfigError(
                what="`sha256` is given, and neither `weights` nor `path` says of what",
                where=name,
                hint="Name published ones with `weights`, or a file with `path`.",
            )
        return None
    published = models.get_model_weights(name).__members__
    if wanted not in published:
        raise ConfigError(
            what=f"torchvision has no weights '{wanted}'" + nearest(wanted, published),
            where=name,
            hint=f"It has {', '.join(published)}.",
        )
    return published[wanted]


def check_name(name: str) -> None:
    """Check that torchvision has a classifier of this name.

    Raises
    ------
    ConfigError
        With the nearest name.
    MissingExtraError
        When torch or torchvision is not installed.
    """
    require("torch", "torchvision")
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        raise ConfigError(
            what=f"torchvision has no classifier '{name}'" + nearest(name, known),
            hint="Name one of torchvision.models.list_models(torchvision.models).",
        )


def _source(member: Any) -> Source:
    return UrlSource(member.url)


def _size(member: Any) -> int:
    """Return the published size of the file, there in MiB to two places."""
    return int(member.meta["_file_size"] * 2**20)


def create(name: str, image_size: int, seed: int, **arguments: Any) -> nn.Module:
    """Build it; the one size of images that a ViT takes is told to it."""
    import torch
    from torchvision import models

    if name.startswith("vit_"):
        arguments["image_size"] = image_size
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network: nn.Module = models.get_model(name, **arguments)
    return network


@contextmanager
def _read_from(member: Any, file: Path) -> Iterator[None]:
    """Let torchvision's builder load the weights of a member from a file.

    It adapts old names of weights and loads strictly, but would read the file by
    itself, and as a pickle that may hold code. It asks for the weights when the
    architecture is built: what fails from then on is a file that does not fit.
    """
    state = read_state(file, None, None)
    asked = []

    def give(**_: object) -> dict[str, Any]:
        asked.append(file)
        return state

    member.get_state_dict = give
    try:
        yield
    except BUILD_FAULTS as error:
        if not asked:
            raise
        raise DataError(
            what=f"the weights are not those that torchvision publishes as {member}",
            where=str(file),
            hint="Check that the file is that one; for weights of your own leave "
            "`weights` out.",
        ) from error
    finally:
        del member.get_state_dict


def drop_auxiliary(network: nn.Module) -> list[str]:
    """Drop the heads that only training has, on inner layers; return their places."""
    places = [place for place in _AUXILIARY if getattr(network, place, None)]
    for place in places:
        setattr(network, place, None)
    return places


def drop_last_layer(network: nn.Module, name: str) -> str:
    """Replace the last linear layer, which gives the class scores, by nothing.

    Returns the place of the head: the layer, or what holds it and nothing else.
    """
    from torch import nn

    linear = [
        place for place, part in network.named_modules() if isinstance(part, nn.Linear)
    ]
    if not linear:
        raise ConfigError(
            what="it does not end in a linear layer, so it has no features to take",
            where=name,
            hint="Choose another architecture.",
        )
    parent, _, child = linear[-1].rpartition(".")
    holder = network.get_submodule(parent)
    setattr(holder, child, nn.Identity())
    is_alone = bool(parent) and len(list(holder.children())) == 1
    head: str = parent if is_alone else linear[-1]
    return head
