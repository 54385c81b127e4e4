"""Whether weights on this machine fit their network, told before anything is embedded.

A network of torch's device meta has shapes and no values, so that it takes a tenth of a
second to make one and to compare it with a file, where the network itself takes
seconds.
"""

from __future__ import annotations

import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import zsc_wh
from zsc_wh.encoders.inputs import weights_status
from zsc_wh.encoders.loaders import LOADERS
from zsc_wh.identity import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from torch import nn

    from zsc_wh.datasets import Digests
    from zsc_wh.preprocessing import Transform

_BUILDERS = ("torch", "torchvision", "timm", "open_clip_torch")
"""Packages that decide whether weights fit."""


def check_weights(
    loader: Mapping[str, Any],
    transform: Transform | None,
    base: Path,
    weights: Path | None,
    digests: Digests,
) -> int | None:
    """Check that an encoder can be made of the weights that are here; imports torch.

    Parameters
    ----------
    loader : mapping
        Declared loader, checked and complete, with its `kind`.
    transform : Transform or None
        Preprocessing, which tells the size of images.
    base : Path
        Folder of the declaring file, where relative paths start.
    weights : Path or None
        File of the weights on this machine, where one is named.
    digests : Digests
        Knows the files that fitted before: those that are as they were are not read
        again.

    Returns
    -------
    int or None
        How many features it gives; None where only embedding tells.

    Raises
    ------
    ConfigError, DataError, MissingExtraError
        What `zsc_wh.encoders.embed` would raise of the declaration and of the file.

    Notes
    -----
    Weights that are not here yet are not downloaded, and nothing is said of them.
    """
    build = LOADERS[loader["kind"]].build
    if build is None:
        return None
    found = weights_status(loader, base, weights)
    if found is None or not found.found or found.path is None:
        return None
    prepared = LOADERS[loader["kind"]].prepared(loader, transform, base)
    if prepared is None:
        return None
    side = prepared.side
    versions = {name: _version(name) for name in _BUILDERS}
    declared = canonical_json([zsc_wh.__version__, versions, loader, side])
    make = partial(build, loader, side, base, weights, offline=True)
    check = partial(_check, make, side)
    dim: int = digests.fact(found.path, f"dim of fitting {declared}", check)
    return dim or None


def _check(make: Callable[[], nn.Module], side: int) -> int:
    """Make a network without values, or itself where that fails; return its features.

    They are 0 where a network without values does not tell.

    Some architectures compute with their weights as they load them; and what does not
    fit is told by the network itself.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nothing is copied, which is meant
        try:
            with torch.device("meta"):
                network = make()
        except Exception:  # noqa: BLE001 - whatever it is, the network itself decides
            make()
            return 0
        try:
            images = torch.empty(1, 3, side, side, device="meta")
            with torch.inference_mode():
                return int(network.eval()(images).shape[-1])
        except Exception:  # noqa: BLE001 - some look at values, which embedding has
            return 0


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
