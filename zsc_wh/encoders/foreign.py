"""Encoder ``python``: a callable of the user's own, where a declaration ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.encoders.batches import is_short
from zsc_wh.encoders.network import frozen, on_device, to_floats
from zsc_wh.encoders.request import FLOAT32, Ready
from zsc_wh.errors import ComputeError, ConfigError
from zsc_wh.fields import Field
from zsc_wh.plugins import find
from zsc_wh.words import counted, error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from torch import nn

    from zsc_wh.encoders.batches import Floats
    from zsc_wh.encoders.request import Request
    from zsc_wh.preprocessing import Transform

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


def ready(request: Request) -> Ready:
    """Build what the target makes.

    Raises
    ------
    ConfigError
        When there is no such target, it cannot be made with these parameters, or what
        it makes cannot be called.

    Notes
    -----
    A torch.nn.Module is run as any network is: in eval mode, without gradients, on the
    device and with the threads asked for, and the hash of its weights is recorded. Of
    a plain callable nothing is known but what it returns.
    """
    params = request.params
    transform = request.prepared if takes_arrays(params) else None
    last = params["output"] == "last"
    return ready_with(request, transform, _make(params), params["target"], last=last)


def ready_with(
    request: Request, transform: Transform | None, made: Any, target: str, *, last: bool
) -> Ready:
    """Return a callable or a torch module of which nothing is known, ready to run.

    Its features raise a `ComputeError` when it fails, or gives anything but one vector
    of finite numbers of the same length for every image.

    Parameters
    ----------
    request : Request
        What is embedded.
    transform : Transform or None
        How images are prepared for it; None where it takes them as they are.
    made : callable or torch.nn.Module
        By what.
    target : str
        Its name, for messages.
    last : bool
        Whether the last element of what it gives holds the features.
    """
    call = _last if last else lambda inner, _: inner
    if not _is_module(made):
        if request.precision != FLOAT32:
            raise ConfigError(
                what=f'precision = "{request.precision}" is declared, and it makes no '
                "torch.nn.Module, which alone can be run so",
                where=target,
                hint="Drop `precision`; a callable decides for itself how it computes.",
            )
        return Ready(_checked(call(_on_copies(made), target), target), transform)
    device = on_device(request, made)
    features = _checked(call(_with_tensors(made, device), target), target)
    return frozen(request, transform, made, device, features)


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


def _on_copies(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give code that may change its input a batch of its own: others see it too."""

    def copied(batch: Any) -> Any:
        is_array = isinstance(batch, np.ndarray)
        return call(batch.copy() if is_array else [image.copy() for image in batch])

    return copied


def _with_tensors(network: nn.Module, device: torch.device) -> Callable[[Any], Any]:
    """Give arrays to a network as tensors on its device, images as they are."""
    import torch

    def call(batch: Any) -> Any:
        given = isinstance(batch, np.ndarray)
        return network(torch.from_numpy(batch).to(device) if given else batch)

    return _on_copies(call)


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
            if is_short(error):
                raise  # a smaller batch may do
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
