"""Encoder ``open_clip``: the image tower of a CLIP that open_clip published.

BioCLIP and many CLIPs are published so: a folder of ``open_clip_config.json`` and the
weights of both towers. The text tower is neither built nor loaded, so that no tokenizer
or language model is needed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zsc_wh import installed
from zsc_wh.encoders import repositories
from zsc_wh.encoders.checkpoints import fit, read_state, same_versions, unfit
from zsc_wh.encoders.network import (
    BUILD_FAULTS,
    check_patches,
    check_vectors,
    require,
    unbuildable,
)
from zsc_wh.encoders.repositories import Layout
from zsc_wh.encoders.weights import FIELDS as WEIGHTS
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field
from zsc_wh.preprocessing import INTERPOLATIONS, Transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import nn

    from zsc_wh.encoders.checkpoints import State
    from zsc_wh.encoders.weights import WeightsStatus

LAYOUT = Layout(
    "open_clip_config.json",
    ("open_clip_model.safetensors", "open_clip_pytorch_model.bin"),
)
"""The files that open_clip publishes."""

FIELDS: Mapping[str, Field] = {
    "name": Field(
        str,
        doc="hf-hub:ORG/NAME@COMMIT or local-dir:FOLDER, with open_clip_config.json "
        "and the weights",
    ),
    "sha256": WEIGHTS["sha256"],
    "bytes": repositories.BYTES,
}

_TOWER = "visual."
"""Prefix of the weights of the image tower."""


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for a name that does not say which network is meant."""
    if not repositories.is_repository(params["name"]):
        yield (
            "name",
            f"must begin with {repositories.HUB} or {repositories.LOCAL}; CLIPs that "
            "timm names go with the kind timm",
        )
        return
    yield from repositories.check(params)


def require_package() -> None:
    """Check that open_clip is installed.

    Raises
    ------
    MissingExtraError
        When it is not; with the command that installs it.
    """
    require("torch", "timm")
    installed.require(
        "open_clip", "open_clip, which builds this encoder", extra="open_clip"
    )


def build(
    params: Mapping[str, Any],
    image_size: int,
    base: Path,
    given: Path | None = None,  # noqa: ARG001 - one file would not do
    *,
    offline: bool,
) -> nn.Module:
    """Make the image tower; it gives its projected embedding, of any length.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    image_size : int
        Side of its input, in pixels; position embeddings of another size are resampled
        by open_clip.
    base : Path
        Where a relative folder starts.
    given : Path, optional
        Not used.
    offline : bool
        Whether nothing may be downloaded.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the processor, from (b, 3, size, size) to (b, dim).

    Raises
    ------
    ConfigError
        When it cannot be built for images of this size.
    DataError
        When a file is missing, cannot be used or does not fit.
    MissingExtraError
        When open_clip, torch or timm is not installed.
    """
    require_package()
    file = repositories.find(params, base, LAYOUT, _unknown, offline=offline)
    config = _read(file.with_name(LAYOUT.config))
    name = params["name"]
    try:
        network = tower(config, image_size)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    state = _resampled(network, _tower_state(file))
    if faults := fit(network, state, ()):
        raise unfit(file, name, faults)
    check_vectors(network, name, image_size)
    check_patches(getattr(network, "patch_size", 1), name, image_size)
    return network


def tower(config: Mapping[str, Any], image_size: int) -> nn.Module:
    """Return an image tower without weights.

    Parameters
    ----------
    config : mapping
        What open_clip calls ``model_cfg``.
    image_size : int
        Side of its input, in pixels.
    """
    import torch

    # CLIP's own classes build both towers, and text towers of the hub ask a server
    from open_clip.model import _build_vision_tower

    vision = {
        **config["vision_cfg"],
        "image_size": image_size,
        "output_tokens": False,  # CoCa gives them beside the embedding
        "timm_model_pretrained": False,
    }
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        made: nn.Module = _build_vision_tower(
            config["embed_dim"], vision, config.get("quick_gelu", False)
        )
    return made.eval()


def status(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,  # noqa: ARG001 - one file would not do
) -> WeightsStatus:
    """Say whether the files are here; errors as of `build`, without open_clip."""
    if not repositories.is_local(params["name"]):
        require("torch", "timm")  # which bring the client of the hub
    return repositories.repository_status(params, base, LAYOUT, _unknown)


def own_files(
    params: Mapping[str, Any],
    base: Path,
    given: Path | None,  # noqa: ARG001 - likewise
) -> Mapping[str, Path]:
    """Return the files of a folder on this machine; see `repositories.own_files`."""
    return repositories.own_files(params, base, LAYOUT)


def own_transform(
    params: Mapping[str, Any], base: Path, image_size: int | None
) -> Transform:
    """Return the preprocessing that the configuration tells, or open_clip's default.

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
        When images are prepared in a way that `Transform` cannot.
    DataError
        When the configuration is not here or cannot be used.
    MissingExtraError
        When open_clip, torch or timm is not installed.
    """
    require_package()
    from open_clip.transform import PreprocessCfg, merge_preprocess_dict

    folder = repositories.config_folder(params, base, LAYOUT)
    file = folder / LAYOUT.config
    config = _read(file)
    facts = merge_preprocess_dict(PreprocessCfg(), _content(file)["preprocess_cfg"])
    side = config["vision_cfg"].get("image_size", 224)
    unable = {
        f"images of {side} pixels": not isinstance(side, int),
        f"the resizing {facts['resize_mode']}": facts["resize_mode"] != "shortest",
        f"the interpolation {facts['interpolation']}": facts["interpolation"]
        not in INTERPOLATIONS,
    }
    for what, cannot in unable.items():
        if cannot:
            raise ConfigError(
                what=f"the checkpoint's own preprocessing has {what}, which is not "
                "supported",
                where=str(file),
                hint="Declare image_size, mean, std and interpolation instead.",
            )
    return Transform(
        image_size or side,
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        interpolation=facts["interpolation"],
        crop_fraction=1.0,
    )


def _unknown(name: str, config: Path | None) -> None:
    """Tell no size: only the declaration does, of the weights of both towers."""


def _read(file: Path) -> dict[str, Any]:
    """Return what a configuration says of the model."""
    config: dict[str, Any] = _content(file)["model_cfg"]
    return config


def _content(file: Path) -> dict[str, Any]:
    content: Any = {}
    try:
        content = json.loads(file.read_text("utf-8"))
        is_whole = isinstance(content["model_cfg"]["vision_cfg"], dict) and isinstance(
            content["model_cfg"]["embed_dim"], int
        )
    except (OSError, ValueError, LookupError, TypeError):
        is_whole = False
    if not is_whole:
        raise DataError(
            what="it does not say which network of open_clip the folder holds: "
            "model_cfg with embed_dim and vision_cfg",
            where=str(file),
            hint="Take the file from the repository of the network.",
        )
    return {"preprocess_cfg": {}, **content}


def _tower_state(file: Path) -> State:
    """Return the weights of the image tower alone."""
    whole = read_state(file, None, None)
    state = {k: v for k, v in whole.items() if k.startswith(_TOWER)}
    if not state:
        raise DataError(
            what=f"no name of a weight begins with {_TOWER}, as those of an image "
            "tower of open_clip do",
            where=str(file),
            hint="Name the folder of a CLIP that open_clip published.",
        )
    return same_versions(state, whole)


def _resampled(network: nn.Module, state: State) -> State:
    """Fit position embeddings to the size of images; return the names of the tower."""
    from open_clip.model import resize_pos_embed
    from torch import nn

    whole = nn.Module()
    whole.add_module(_TOWER.removesuffix("."), network)
    resize_pos_embed(state, whole)
    return {name.removeprefix(_TOWER): each for name, each in state.items()}
