"""Encoder ``timm``: a pretrained network of timm, by name and weight tag."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.sources import resolve
from zsc_wh.encoders import repositories, weights
from zsc_wh.encoders.checkpoints import read_state
from zsc_wh.encoders.hubs import HubSource, Source, UrlSource
from zsc_wh.encoders.network import require
from zsc_wh.encoders.timm_facts import LAYOUT, pretrained_facts
from zsc_wh.encoders.timm_network import build_own, build_pretrained, check_name
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field
from zsc_wh.preprocessing import INTERPOLATIONS, Transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import nn

FIELDS: Mapping[str, Field] = {
    "name": Field(
        str,
        doc="timm network with its weight tag, such as vit_base_patch16_224.dino; "
        "without a tag timm's default one, which may change with timm; with path any "
        "network of timm; or hf-hub:ORG/NAME@COMMIT or local-dir:FOLDER, with "
        "config.json and model.safetensors",
    ),
    **weights.FIELDS,
    "bytes": repositories.BYTES,
    "head": Field(
        bool,
        default=False,
        doc="keep the last layer: for CLIP, whose last layer is the projection into "
        "the space of images and texts",
    ),
    "options": Field(
        dict,
        default={},
        doc="more arguments of timm.create_model; num_classes with path alone",
    ),
}


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for what cannot be said, or not together."""
    yield from weights.check(params)
    yield from repositories.check(params)


def takes_file(params: Mapping[str, Any]) -> bool:
    """Whether a file of published weights can be named; a repository has two."""
    return params["path"] is None and not repositories.is_repository(params["name"])


def own_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters that hold the sha256 of files of one's own."""
    return repositories.own_keys(params) or weights.own_keys(params)


def own_files(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> Mapping[str, Path]:
    """Return those files by parameter."""
    if repositories.is_local(params["name"]):
        return repositories.own_files(params, base, LAYOUT)
    return weights.own_files(params, base, given)


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
        Side of its input, in pixels; position embeddings of another size are resampled
        by timm.
    base : Path
        Where a relative `path` starts.
    given : Path, optional
        File of the published weights on this machine.
    offline : bool
        Whether nothing may be downloaded.

    Returns
    -------
    torch.nn.Module
        See `build_pretrained`.

    Raises
    ------
    ConfigError
        When timm has no such weights, or the network cannot be built with these
        options or for images of this size.
    DataError
        When the weights are missing or do not fit.
    MissingExtraError
        When torch or timm is not installed.
    """
    if params["path"] is not None:
        check_name(params["name"])
        file = weights.own_file(params, base)
        state = read_state(file, params["entry"], params["strip"])
        return build_own(
            params["name"],
            image_size,
            params["options"],
            file,
            state,
            head=params["head"],
        )
    name = params["name"]
    if repositories.is_repository(name):
        require("torch", "timm")
        file = repositories.find(params, base, LAYOUT, _folder_size, offline=offline)
        name = f"{repositories.LOCAL}{file.parent}"
    else:
        file = weights.find_weights(
            params, base, given, _source(name), lambda: _size(name), offline=offline
        )
    return build_pretrained(
        name, image_size, params["options"], file, head=params["head"]
    )


def status(
    params: Mapping[str, Any], base: Path, given: Path | None
) -> weights.WeightsStatus:
    """Say whether the weights are here; errors as of `build`."""
    if params["path"] is not None:
        return weights.named_status(resolve(params["path"], base))
    name = params["name"]
    if repositories.is_repository(name):
        return repositories.repository_status(params, base, LAYOUT, _folder_size)
    return weights.status(params, base, given, _source(name), lambda: _size(name))


def own_transform(
    params: Mapping[str, Any], base: Path, image_size: int | None
) -> Transform:
    """Return the preprocessing that these weights were evaluated with.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative folder starts.
    image_size : int or None
        Side of the input; None for that of the weights.

    Raises
    ------
    ConfigError
        When timm has no such weights, or prepares images for them in a way that
        `Transform` cannot, or has no weights of an architecture for which a file is
        named.
    """
    name = params["name"]
    if params["path"] is not None:
        _check_tagged(name)
    if repositories.is_repository(name):
        folder = repositories.config_folder(params, base, LAYOUT)
        name = f"{repositories.LOCAL}{folder}"
    facts = pretrained_facts(name)
    height, width = facts.input_size[1:]
    unable = {
        f"an input of {width} x {height} pixels": height != width,
        f"the crop mode {facts.crop_mode}": facts.crop_mode != "center",
        f"the interpolation {facts.interpolation}": facts.interpolation
        not in INTERPOLATIONS,
        f"a crop of {facts.crop_pct} of the image": facts.crop_pct > 1,
    }
    for what, cannot in unable.items():
        if cannot:
            raise ConfigError(
                what=f"the checkpoint's own preprocessing has {what}, which is not "
                "supported",
                where=params["name"],
                hint="Declare image_size, mean, std, interpolation and crop_fraction "
                "instead.",
            )
    return Transform(
        image_size or height,
        mean=facts.mean,
        std=facts.std,
        interpolation=facts.interpolation,
        crop_fraction=facts.crop_pct,
    )


def _check_tagged(name: str) -> None:
    """Check that timm knows how images are prepared for a network of this name."""
    check_name(name)
    import timm

    if not timm.is_model_pretrained(name):
        raise ConfigError(
            what="no preprocessing is known of weights of your own",
            where=name,
            hint="Declare `image_size`, and mean and std if need be.",
        )


def _source(name: str) -> Source:
    facts = pretrained_facts(name)
    if facts.hf_hub_id:
        return HubSource(facts.hf_hub_id)
    return UrlSource(facts.url)


def _folder_size(name: str, config: Path | None) -> int | None:
    """Count the bytes of a repository: by its configuration, else by its name."""
    require("torch", "timm")
    import timm

    if config is not None:
        return _size(f"{repositories.LOCAL}{config.parent}")
    architecture = name.partition(".")[0]
    return _size(architecture) if timm.is_model(architecture) else None


@cache
def _size(name: str) -> int:
    """Count the bytes of the weights in float32, without making them."""
    import timm
    import torch

    with torch.device("meta"):
        network = timm.create_model(name)
    count: int = sum(tensor.numel() for tensor in network.state_dict().values())
    return 4 * count
