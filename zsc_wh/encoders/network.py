"""Run a torch network over the images of a dataset, repeatably.

torch is imported when an embedding is made.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh.encoders.batches import Floats, embed_images
from zsc_wh.encoders.request import EmbedResult
from zsc_wh.errors import ComputeError, ConfigError, MissingExtraError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from torch import nn

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request
    from zsc_wh.preprocessing import Transform


def embed_network(
    request: Request, images: Images, transform: Transform, network: nn.Module
) -> EmbedResult:
    """Embed images with a network that maps (b, 3, size, size) to (b, dim).

    Raises
    ------
    ComputeError
        When features come out that are not finite.
    ConfigError
        When the device does not exist.

    Notes
    -----
    Float32 throughout, without the TF32 shortcut of GPUs, and with deterministic
    algorithms; threads and device can still change the last bits.
    """
    import torch

    device = find_device(request.device)
    network = network.eval().to(device)

    def features(batch: Floats) -> Floats:
        output: torch.Tensor = network(torch.from_numpy(batch).to(device))
        result: Floats = output.float().cpu().numpy()
        return result

    with _repeatable(request.threads), torch.inference_mode():
        array, content = embed_images(
            request, images, transform, transform.image_size, features
        )
    bad = int((~np.isfinite(array).all(axis=1)).sum())
    if bad:
        raise ComputeError(
            what=f"the network gave features that are not finite for {bad} of "
            f"{len(array)} samples",
            where=request.samples.dataset,
            mend="Check its weights and its input size.",
        )
    return EmbedResult(array, content, weights_sha256(network), str(device))


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
            mend=f"Use one of {', '.join(here)}, or check the driver and the build of "
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


def require_torch() -> None:
    """Check that torch and timm are installed.

    Raises
    ------
    MissingExtraError
        When one is not.
    """
    missing = [name for name in ("torch", "timm") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            what=f"{' and '.join(missing)}, which run networks, are not installed",
            mend='Install them with: pip install "zscwh[ingest]"',
        )


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
