"""Run a torch network over batches of images, repeatably.

torch is imported when an encoder is built.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zsc_wh import installed
from zsc_wh.encoders.request import FLOAT32, Ready
from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch
    from torch import nn

    from zsc_wh.encoders.batches import Floats
    from zsc_wh.encoders.request import Request
    from zsc_wh.preprocessing import Transform

BUILD_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What timm, torchvision and torch raise on options and sizes that an architecture
cannot take."""


def ready_network(request: Request, network: nn.Module) -> Ready:
    """Return a network that maps (b, 3, size, size) to (b, dim), ready to run.

    Raises
    ------
    ConfigError
        When the device does not exist.
    """
    import torch

    device = on_device(request, network)
    layout = torch.contiguous_format
    if request.precision != FLOAT32:
        # what half precision is made for; in float32 it would change known results
        layout = torch.channels_last
        network.to(memory_format=layout)

    def features(batch: Floats) -> Floats:
        given = torch.from_numpy(batch).to(device, memory_format=layout)
        output: torch.Tensor = network(given)
        return to_floats(output)

    return frozen(request, request.transform, network, device, features)


def on_device(request: Request, network: nn.Module) -> torch.device:
    """Freeze a network on the device asked for; a `ConfigError` where there is none."""
    device = find_device(request.device)
    network.eval().to(device)
    return device


def frozen(
    request: Request,
    transform: Transform | None,
    network: nn.Module,
    device: torch.device,
    features: Callable[[Any], Floats],
) -> Ready:
    """Return `features`, which run a network, with the hash and number of its weights.

    Notes
    -----
    In float32 unless another precision is asked for, without the TF32 shortcut of
    GPUs, and with deterministic algorithms; threads and device can still change the
    last bits. In eval mode batch normalisation uses the statistics that it has and
    leaves them alone. All of it is set for one batch at a time: between two, others may
    run that want it otherwise.
    """
    import torch

    def repeatable(batch: Any) -> Floats:
        with (
            _repeatable(request.threads),
            torch.inference_mode(),
            torch.autocast(
                device.type,
                getattr(torch, request.precision),
                enabled=request.precision != FLOAT32,
            ),
        ):
            return features(batch)

    return Ready(
        repeatable,
        transform,
        weights_sha256(network),
        str(device),
        n_parameters=sum(each.numel() for each in network.parameters()),
    )


def to_floats(output: torch.Tensor) -> Floats:
    """Return a tensor of any device and precision as float32 on the processor."""
    result: Floats = output.detach().float().cpu().numpy()
    return result


def check_vectors(network: nn.Module, name: str, image_size: int) -> None:
    """Check that a network gives one vector for an image, by giving it a black one.

    Raises
    ------
    ConfigError
        When it gives something else, or cannot take images of this size.
    """
    import torch

    try:
        with torch.inference_mode():
            shape = tuple(
                network.eval()(torch.zeros(1, 3, image_size, image_size)).shape
            )
    except BUILD_FAULTS as error:
        raise unbuildable(name, image_size, error) from error
    if len(shape) != 2:
        raise ConfigError(
            what=f"it gives features of shape {shape[1:]} for an image, not one vector",
            where=name,
            hint="Choose another architecture.",
        )


def check_patches(patch: int | tuple[int, ...], name: str, image_size: int) -> None:
    """Refuse a size of which a network would silently cut off a margin.

    Raises
    ------
    ConfigError
        When the side of images is not a multiple of that of patches; names the nearest.
    """
    side = max(patch) if isinstance(patch, tuple) else int(patch)
    if image_size % side:
        lower, upper = image_size // side * side, (image_size // side + 1) * side
        raise ConfigError(
            what=f"image_size = {image_size} is not a multiple of the patch size "
            f"{side}",
            where=name,
            hint=f"Use {f'{lower} or ' if lower else ''}{upper}.",
        )


def unbuildable(name: str, image_size: int, error: Exception) -> ConfigError:
    """Say that an architecture cannot be what it was asked to be."""
    return ConfigError(
        what=f"it cannot be built for images of {image_size} pixels ({brief(error)})",
        where=name,
        hint="Choose another `image_size`, or other options.",
    )


def find_device(name: str) -> torch.device:
    """Return the device that is meant: auto, cpu, cuda, cuda:N or mps.

    Raises
    ------
    ConfigError
        When there is no such device here.

    Notes
    -----
    ``auto`` is the first GPU of the kind cuda, else the processor.
    """
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    here = {"cpu": "cpu", "auto": "cuda:0" if gpus else "cpu"}
    here |= {f"cuda:{number}": f"cuda:{number}" for number in range(gpus)}
    if gpus:
        here["cuda"] = "cuda:0"
    if torch.backends.mps.is_available():
        here["mps"] = "mps"
    if name not in here:
        raise ConfigError(
            what=f"there is no device '{name}' here" + nearest(name, here),
            hint=f"Use one of {', '.join(here)}, or check the driver and the build of "
            "torch.",
        )
    return torch.device(here[name])


def weights_sha256(network: nn.Module) -> str:
    """Return the sha256 over names, types, shapes and bytes of all weights."""
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        header = f"{name} {tensor.dtype} {tuple(tensor.shape)}\n"
        digest.update(header.encode())
        digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def brief(error: Exception) -> str:
    """Return the message of a library in one plain line, however long it is."""
    return one_line(error) or type(error).__name__


def require(*packages: str) -> None:
    """Check that packages which run networks are installed.

    Raises
    ------
    MissingExtraError
        When one is not.
    """
    for name in packages:
        installed.require(name, f"{name}, which runs networks")


@contextmanager
def _repeatable(threads: int) -> Iterator[None]:
    """Fix what changes the bits of a forward pass, and put it back afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ):
            yield
    finally:
        torch.set_num_threads(before)
