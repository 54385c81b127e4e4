"""Encoder ``checkpoint``: an architecture, a file, and how the names in it are read.

The kinds ``timm`` and ``torchvision`` load weights that these libraries publish, and
files of one's own that hold any head. Here everything is declared instead of guessed,
so that files can be loaded which neither library knows.
"""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders import rules, timm_network, vision, weights, widened
from zsc_wh.encoders.checkpoints import fit, unfit
from zsc_wh.encoders.hubs import UrlSource
from zsc_wh.encoders.network import (
    BUILD_FAULTS,
    check_vectors,
    require,
    unbuildable,
)
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, nearest
from zsc_wh.identity import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import nn

FIELDS: Mapping[str, Field] = {
    "library": Field(
        str,
        choices=("timm", "torchvision", "zscwh"),
        doc="what has the architecture; zscwh has the widened ResNets of SwAV and "
        "VICReg",
    ),
    "name": Field(str, doc="of the architecture, such as resnet50"),
    "options": Field(
        dict,
        default={},
        doc='more arguments of the architecture, such as { global_pool = "avg" }',
    ),
    "head": Field(
        bool,
        default=False,
        doc="keep the last layer, with timm alone: for CLIP, whose last layer is the "
        "projection into the space of images and texts",
    ),
    "url": Field(
        str,
        default=None,
        doc="where the file is published; without url and path it is private, and its "
        "file is named by [weights] of a grid or lies in a folder of "
        + weights.VARIABLE,
    ),
    "path": Field(
        str, default=None, doc="the file on this machine; ~ and ${VAR} are expanded"
    ),
    "sha256": Field(
        str,
        default=None,
        doc="of the file; checked, and computed where it has no url",
    ),
    **rules.FIELDS,
}

_SIDE = 224
"""Pixels of images; the number of weights hardly depends on it."""

_RESERVED = ("image_size", "num_classes", "progress", "weights", "weights_backbone")
"""Arguments of torchvision's networks that are not free: we set them, or they load
weights or belong to the head, which is dropped."""


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for what cannot be said, or not together."""
    if params["url"] is not None:
        if params["path"] is not None:
            yield "url", "goes without path; to use a file that is here, drop the url"
        elif not params["url"].startswith(("https://", "http://")):
            yield "url", "must begin with https:// or http://"
    if params["head"] and params["library"] != "timm":
        yield "head", 'goes with library = "timm" alone'
    yield from rules.check(params)


def is_private(params: Mapping[str, Any]) -> bool:
    """Whether only the user has the file, and the declaration does not say where."""
    return params["url"] is None and params["path"] is None


def own_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameter that holds the sha256 of a file that is not published."""
    return ("sha256",) if params["url"] is None else ()


def takes_file(params: Mapping[str, Any]) -> bool:
    """Whether a file can be named, in place of a published or private one."""
    return params["path"] is None


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
        File of the weights on this machine, in place of `url`.
    offline : bool
        Whether nothing may be downloaded.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the processor, from (b, 3, size, size) to (b, dim).

    Raises
    ------
    ConfigError
        When the library has no such architecture, or it cannot be built with these
        options or for images of this size.
    DataError
        When the file is missing, cannot be read or does not fit; what is missing and
        what is left over is listed.
    MissingExtraError
        When a package that it needs is not installed.
    """
    name, library = params["name"], params["library"]
    _check_name(library, name)
    file = _file(params, base, given, offline=offline)
    state = rules.read_ruled(file, params)
    missing = partial(rules.matches, patterns=params["missing"])
    if library == "timm":
        return timm_network.build_own(
            name,
            image_size,
            params["options"],
            file,
            state,
            head=params["head"],
            missing=missing,
        )
    network = _network(params, image_size)
    if faults := fit(network, state, (), missing):
        raise unfit(file, name, faults)
    check_vectors(network, name, image_size)
    return network


def status(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> weights.WeightsStatus:
    """Say whether the file is here; errors as of `build`."""
    _check_name(params["library"], params["name"])
    if params["url"] is None:
        return weights.own_status(params, base, given)
    source = UrlSource(params["url"], is_distinct=True)
    return weights.status(params, base, given, source, lambda: _size(params))


def _file(
    params: Mapping[str, Any], base: Path, given: Path | None, *, offline: bool
) -> Path:
    if params["url"] is None:
        return weights.own_file(params, base, given)
    source = UrlSource(params["url"], is_distinct=True)
    return weights.find_weights(
        params, base, given, source, lambda: _size(params), offline=offline
    )


def _check_name(library: str, name: str) -> None:
    """Check that a library has an architecture of this name."""
    if library == "timm":
        timm_network.check_name(name)
    elif library == "torchvision":
        vision.check_name(name)
    else:
        require("torch", "torchvision")
        if name not in widened.LAYERS:
            raise ConfigError(
                what=f"there is no architecture '{name}' of ours"
                + nearest(name, widened.LAYERS),
                hint=f"Name one of {', '.join(widened.LAYERS)}.",
            )


def _network(params: Mapping[str, Any], image_size: int) -> nn.Module:
    """Build an architecture that is not timm's, without its head."""
    name, options = params["name"], params["options"]
    reserved = [key for key in options if key in _RESERVED]
    if reserved:
        raise ConfigError(
            what=f"the option '{reserved[0]}' cannot be given to a network",
            where=name,
            hint="Drop it.",
        )
    try:
        if params["library"] == "zscwh":
            return widened.create(name, **options)
        network = vision.create(name, image_size, 0, **options)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    vision.drop_last_layer(network, name)
    vision.drop_auxiliary(network)
    return network


def untrained(params: Mapping[str, Any], image_size: int, device: str) -> nn.Module:
    """Return the architecture with initial weights; on the device meta with none."""
    import torch

    with torch.device(device):
        if params["library"] != "timm":
            return _network(params, image_size)
        return timm_network.outline(
            params["name"], image_size, params["options"], head=params["head"]
        )


def _size(params: Mapping[str, Any]) -> int:
    """Count the bytes of the architecture in float32; training may have saved more."""
    told = ("library", "name", "options", "head")
    return _count(canonical_json({key: params[key] for key in told}))


@cache
def _count(declared: str) -> int:
    """Count them once for all encoders of one architecture, which is JSON."""
    network = untrained(json.loads(declared), _SIDE, "meta")
    count: int = sum(tensor.numel() for tensor in network.state_dict().values())
    return 4 * count
