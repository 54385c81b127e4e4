"""Build a timm architecture as an encoder, with random weights or those of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.archive import is_archive
from zsc_wh.encoders.checkpoints import fit, is_below, read_state, unfit
from zsc_wh.encoders.network import (
    BUILD_FAULTS,
    check_patches,
    check_vectors,
    require,
    unbuildable,
)
from zsc_wh.encoders.timm_facts import facts_of
from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from torch import nn

    from zsc_wh.encoders.checkpoints import State

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
    "pretrained_strict",
)
"""Arguments of timm.create_model that are not free: we set them, or they load weights
or change what comes out."""


def build_random(
    name: str, image_size: int, options: Mapping[str, Any], seed: int
) -> nn.Module:
    """Make an architecture without its classifier, weights drawn from a seed.

    Parameters
    ----------
    name : str
        Known to timm, with or without a tag.
    image_size : int
        Side of its input, in pixels.
    options : mapping
        More arguments of timm.create_model.
    seed : int
        Of the weights, which depend on the versions of timm and torch too. Torch's
        global random state is left as it was.

    Returns
    -------
    torch.nn.Module
        In eval mode, on the processor, from (b, 3, size, size) to (b, dim).

    Raises
    ------
    ConfigError
        When it cannot be built with these options or for images of this size.
    """
    arguments = _arguments(name, image_size, options)
    try:
        network = _create(name, seed, num_classes=0, **arguments)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    return _checked(network, name, image_size)


def build_pretrained(
    name: str, image_size: int, options: Mapping[str, Any], weights: Path, *, head: bool
) -> nn.Module:
    """Make an architecture with the weights of a file, every one of which must fit.

    Parameters and errors as of `build_random`, and

    Parameters
    ----------
    name : str
        Known to timm, or ``local-dir:FOLDER``.
    weights : Path
        Safetensors, or a PyTorch file, which is read as weights only: no code in it
        is run.
    head : bool
        Whether to keep the last layer.

    Raises
    ------
    DataError
        When the file cannot be read or holds other weights than the architecture has.

    Notes
    -----
    timm leaves loading lax when it is asked to drop the classifier. So it first loads
    the whole network strictly, and the headless one gets its weights from that.
    """
    from safetensors import SafetensorError

    arguments = _arguments(name, image_size, options)
    try:
        bare = None if head else _create(name, 0, num_classes=0, **arguments)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    # A file that the declaration names can be timm's own format or the original one.
    source: dict[str, Any] = {
        "file": str(weights),
        "custom_load": weights.suffix == ".npz",
        "source": None,  # or timm looks for weights in a folder by itself
    }
    if is_archive(weights):  # which timm does not read
        source = {"state_dict": read_state(weights, None, None), "source": None}
    try:
        network = _create(
            name, 0, pretrained=True, pretrained_cfg_overlay=source, **arguments
        )
        if bare is not None:
            kept, whole = bare.state_dict(), network.state_dict()
            bare.load_state_dict({key: whole[key] for key in kept if key in whole})
    except (*BUILD_FAULTS, OSError, EOFError, SafetensorError) as error:
        state = read_state(weights, None, None)
        faults = fit(_create(name, 0, **arguments), state, ())
        raise unfit(weights, name, faults or ["timm cannot use them"]) from error
    return _checked(network if bare is None else bare, name, image_size)


def build_own(
    name: str,
    image_size: int,
    options: Mapping[str, Any],
    file: Path,
    state: State,
    *,
    head: bool,
    missing: Callable[[str], bool] | None = None,
) -> nn.Module:
    """Make an architecture with weights of one's own, which all but the head must fit.

    Parameters and errors as of `build_random`, and

    Parameters
    ----------
    file : Path
        What the weights were read from, for messages.
    state : dict of str to Tensor
        The weights, named as timm names them or as those who published the
        architecture do, which timm converts.
    head : bool
        Whether to keep the last layer, of as many outputs as the weights have or the
        option ``num_classes`` says.
    missing : callable, optional
        Whether a weight may be missing from the file. With it everything else has to
        fit, a head that the network does not have included.

    Raises
    ------
    DataError
        When the weights do not fit; it lists what is missing and what is unknown.
    """
    arguments = _arguments(name, image_size, _without_classes(options))
    facts = facts_of(name)
    places = (facts.classifier if facts is not None else None) or ()
    heads = (places,) if isinstance(places, str) else tuple(places)
    n_outputs = options.get("num_classes", _outputs(state, heads)) if head else 0
    wanted = {} if n_outputs is None else {"num_classes": n_outputs}
    try:
        network = _create(name, 0, **wanted, **arguments)
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    if missing is None:
        faults = fit(network, state, () if head else heads)
        is_whole = True
    else:
        faults = fit(network, state, (), missing)
        # timm drops what it does not know as it converts
        has_head = not head and any(is_below(key, heads) for key in state)
        is_whole = len(state) <= len(network.state_dict()) and not has_head
    if faults and not (
        is_whole and _converted(network, name, state, heads, wanted, arguments)
    ):
        raise unfit(file, name, faults)
    return _checked(network, name, image_size)


def outline(
    name: str, image_size: int, options: Mapping[str, Any], *, head: bool
) -> nn.Module:
    """Make an architecture for the shapes of its weights; see `build_own`."""
    wanted = {} if head else {"num_classes": 0}
    if head and "num_classes" in options:
        wanted = {"num_classes": options["num_classes"]}
    arguments = _arguments(name, image_size, _without_classes(options))
    return _create(name, 0, **wanted, **arguments)


def _without_classes(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "num_classes"}


def _outputs(state: State, heads: Sequence[str]) -> int | None:
    """Return the outputs of the last layer in a file, None where it has none."""
    for place in heads:
        if f"{place}.weight" in state:
            return len(state[f"{place}.weight"])
    return None


def _converted(
    network: nn.Module,
    name: str,
    state: State,
    heads: Sequence[str],
    wanted: Mapping[str, Any],
    arguments: Mapping[str, Any],
) -> bool:
    """Let timm rename and resample weights, and whether the network has them now.

    timm does so while it builds a whole network, head included, so the head that is
    dropped afterwards is made up.
    """
    if wanted.get("num_classes") == 0:
        wanted = {}
        made = _create(name, 0, **arguments).state_dict()
        state = {k: v for k, v in state.items() if not is_below(k, heads)}
        state |= {k: v for k, v in made.items() if is_below(k, heads)}
    overlay = {"state_dict": state, **wanted}
    try:
        whole = _create(
            name,
            0,
            pretrained=True,
            pretrained_cfg_overlay=overlay,
            **wanted,
            **arguments,
        )
    except BUILD_FAULTS:
        return False
    weights = whole.state_dict()
    network.load_state_dict({key: weights[key] for key in network.state_dict()})
    return True


def check_name(name: str) -> None:
    """Check that timm has an architecture of this name.

    Raises
    ------
    ConfigError
        With the nearest name.
    MissingExtraError
        When torch or timm is not installed.
    """
    require("torch", "timm")
    import timm

    network, _, tag = name.partition(".")
    if not timm.is_model(network):
        raise ConfigError(
            what=f"timm has no network '{name}'" + nearest(network, timm.list_models()),
            hint="Name one of timm.list_models().",
        )
    if tag and not timm.is_model_pretrained(name):
        known = [each for each in timm.list_pretrained() if each.startswith(network)]
        raise ConfigError(
            what=f"timm has no weights '{name}'" + nearest(name, known),
            hint=f"Leave the tag out, for the file that is named: '{network}'.",
        )


def _arguments(
    name: str, image_size: int, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of timm.create_model, of which some are not free."""
    reserved = [key for key in options if key in _RESERVED]
    if reserved:
        raise ConfigError(
            what=f"the option '{reserved[0]}' cannot be given to a network",
            where=name,
            hint="Drop it.",
        )
    # Such an architecture is built for one size of images, and timm must be told which.
    facts = facts_of(name)
    if facts is not None and facts.fixed_input_size:
        return {**options, "img_size": image_size}
    return dict(options)


def _create(name: str, seed: int, **arguments: Any) -> nn.Module:
    import timm
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network: nn.Module = timm.create_model(name, **arguments)
    return network


def _checked(network: nn.Module, name: str, image_size: int) -> nn.Module:
    check_vectors(network, name, image_size)
    patch = getattr(getattr(network, "patch_embed", None), "patch_size", 1)
    check_patches(patch, name, image_size)
    return network
