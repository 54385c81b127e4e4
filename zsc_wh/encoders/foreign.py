"""Encoder ``python``: a callable of the user's own, where a declaration ends."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.encoders.batches import Embedded, embed_images, embed_prepared
from zsc_wh.encoders.network import network_result, running, to_floats
from zsc_wh.encoders.request import EmbedResult
from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.fields import Field
from zsc_wh.plugins import find
from zsc_wh.words import counted, error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from torch import nn

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.batches import Floats
    from zsc_wh.encoders.request import Request

FIELDS: Mapping[str, Field] = {
    "target": Field(
        str,
        doc="package.module:name or the name of an entry point; called with `params`, "
        "it gives a callable or a torch.nn.Module",
    ),
    "params": Field(dict, default={}, doc="keyword arguments of the target"),
    "input": Field(
        str,
        default="array",
        choices=("array", "images"),
        doc="what the callable takes: array, float32 (b, 3, size, size), prepared; "
        "images, a list of b PIL images, as they are",
    ),
    "output": Field(
        str,
        default=None,
        choices=("last",),
        doc="last, where the callable gives a tuple or list of which the last element "
        "holds the features",
    ),
    "revision": Field(
        str,
        default="",
        doc="any text of yours; change it when the code computes something else",
    ),
}


def takes_arrays(params: Mapping[str, Any]) -> bool:
    """Whether the callable takes prepared arrays, for which a size is needed."""
    return bool(params["input"] == "array")


def embed(request: Request, images: Images) -> EmbedResult:
    """Embed with the callable that the target makes.

    Raises
    ------
    ConfigError
        When there is no such target, it cannot be made with these parameters, or what
        it makes cannot be called.
    ComputeError
        When the callable fails, or gives anything but one vector of finite numbers of
        the same length for every image; it names the target.

    Notes
    -----
    A torch.nn.Module is run as any network is: in eval mode, without gradients, on the
    device and with the threads asked for, and the hash of its weights is recorded. Of
    a plain callable nothing is known but what it returns.
    """
    params = request.params
    made = _make(params)
    last, prepares = params["output"] == "last", takes_arrays(params)
    return run(request, images, made, params["target"], last=last, prepares=prepares)


def run(
    request: Request,
    images: Images,
    made: Any,
    target: str,
    *,
    last: bool,
    prepares: bool = True,
) -> EmbedResult:
    """Embed with a callable or a torch module of which nothing is known.

    Parameters
    ----------
    request, images
        What is embedded.
    made : callable or torch.nn.Module
        By what.
    target : str
        Its name, for messages.
    last : bool
        Whether the last element of what it gives holds the features.
    prepares : bool
        Whether it takes prepared arrays rather than images.

    Raises
    ------
    ComputeError
        As `embed`.
    """
    call = _last if last else lambda inner, _: inner
    embed_with = partial(_embed, request, images, target, prepares=prepares)
    if not _is_module(made):
        embedded = embed_with(call(made, target))
        return EmbedResult(
            embedded.array,
            weights_sha256=None,
            device="cpu",
            transform=request.transform,
            unreadable=embedded.unreadable,
        )
    with running(made, request) as device:
        embedded = embed_with(call(_on_device(made, device), target))
    return network_result(request, embedded, made, device)


def _make(params: Mapping[str, Any]) -> Any:
    target = find(params["target"], "encoder")
    try:
        made = target(**params["params"])
    except Exception as error:  # runs foreign code
        raise ConfigError(
            what=f"it cannot be made with these `params` ({error_line(error)})",
            where=params["target"],
            hint="Check `params` and what the target raises.",
        ) from error
    if not callable(made):
        raise ConfigError(
            what=f"it makes a {type(made).__name__}, which cannot be called",
            where=params["target"],
            hint="The target must give a callable or a torch.nn.Module.",
        )
    return made


def _is_module(made: Any) -> bool:
    """Whether it is a network; it cannot be one where torch was never imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(made, torch.nn.Module)


def _on_device(network: nn.Module, device: torch.device) -> Callable[[Any], Any]:
    """Give arrays to a network as tensors on its device, images as they are."""
    import torch

    def call(batch: Any) -> Any:
        given = isinstance(batch, np.ndarray)
        return network(torch.from_numpy(batch).to(device) if given else batch)

    return call


def _embed(
    request: Request,
    images: Images,
    target: str,
    call: Callable[[Any], Any],
    *,
    prepares: bool,
) -> Embedded:
    features = _checked(call, target)
    if prepares:
        return embed_prepared(request, images, request.prepared.side, features)
    return embed_images(request, images, lambda image: image, features)


def _last(call: Callable[[Any], Any], target: str) -> Callable[[Any], Any]:
    """Take the last element of what foreign code gives."""

    def last(batch: Any) -> Any:
        output = call(batch)
        if not isinstance(output, tuple | list) or not output:
            raise _failed(
                target,
                f'output = "last" is declared, and it gave a {type(output).__name__}',
            )
        return output[-1]

    return last


def _checked(call: Callable[[Any], Any], target: str) -> Callable[[Any], Floats]:
    """Wrap foreign code: its errors are told, its features are float32 rows."""
    dims: set[int] = set()

    def features(batch: Any) -> Floats:
        try:
            output = _array(call(batch))
        except ComputeError:
            raise
        except Exception as error:  # runs foreign code
            raise _failed(target, f"it failed ({error_line(error)})") from error
        if output.dtype.kind not in "fiu":
            raise _failed(target, f"its features are of the type {output.dtype}")
        if output.ndim != 2 or len(output) != len(batch) or not output.size:
            raise _failed(
                target,
                f"it gave features of shape {output.shape} for "
                f"{counted(len(batch), 'image')}, "
                f"not ({len(batch)}, dim)",
            )
        dims.add(output.shape[1])
        if len(dims) > 1:
            raise _failed(target, f"its vectors have {sorted(dims)} numbers in turn")
        with np.errstate(over="ignore"):  # beyond float32 becomes infinite, told later
            return output.astype(np.float32)

    return features


def _array(output: Any) -> np.ndarray[Any, np.dtype[Any]]:
    return to_floats(output) if _is_tensor(output) else np.asarray(output)


def _is_tensor(output: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(output, torch.Tensor)


def _failed(target: str, what: str) -> ComputeError:
    return ComputeError(
        what=what,
        where=target,
        hint="It must give one vector of numbers, always as long, for every image.",
    )
