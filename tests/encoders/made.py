"""Small sample sets to embed, and short ways to do it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from zsc_wh.datasets import Images, Listing
from zsc_wh.encoders import LOADERS, EmbedResult, Samples, Transform, embed
from zsc_wh.fields import complete

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

NOWHERE = Path("/nowhere")


class MadeImages(Images):
    """Noise of given sizes (width, height), every other image grey."""

    def __init__(self, sizes: list[tuple[int, int]]) -> None:
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def read(self, index: int) -> Image.Image:
        """Return made noise."""
        width, height = self._sizes[index]
        shape = (height, width) if index % 2 else (height, width, 3)
        pixels = np.random.default_rng(index).integers(0, 256, shape).astype(np.uint8)
        return Image.fromarray(pixels)

    def where(self, index: int) -> str:
        """Return a made-up name."""
        return f"made {index}"

    def typical_side(self) -> int:
        """Return what the sizes say."""
        return sorted(min(size) for size in self._sizes)[len(self._sizes) // 2]


def samples(
    n: int = 7, size: tuple[int, int] = (40, 36), *, images: bool = True
) -> Samples:
    """Return `n` samples of one size, with or without images."""
    ids = tuple(f"s{index}" for index in range(n))
    return Samples(
        "made", Listing(ids, (0,) * n), MadeImages([size] * n) if images else None
    )


def loader(kind: str, **given: Any) -> dict[str, Any]:
    """Return a complete loader table."""
    return {"kind": kind, **complete(LOADERS[kind].fields, given)}


def random_loader(name: str = "test_resnet", **given: Any) -> dict[str, Any]:
    """Return the loader of a random network, by default one that takes no time."""
    return loader("random", name=name, **given)


def embed_made(
    declared: dict[str, Any],
    wanted: Samples,
    image_size: int | None = 32,
    base: Path = NOWHERE,
    **options: Any,
) -> EmbedResult:
    """Embed made samples."""
    transform = None if image_size is None else Transform(image_size)
    return embed(declared, transform, wanted, base=base, **options)


def features(n: int = 5) -> NDArray[np.float32]:
    """Return made features of `n` samples, shape (n, 3)."""
    return np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)


TIMM = "test_resnet.r160_in1k"
"""The smallest network of which timm has weights."""

VISION = "shufflenet_v2_x0_5"
"""The smallest classifier of torchvision that tells apart what a test shows it."""


@cache
def timm_state() -> dict[str, torch.Tensor]:
    """Return random weights for `TIMM`, classifier and batch statistics included."""
    import timm

    return _randomised(timm.create_model("test_resnet"))


@cache
def vision_state() -> dict[str, torch.Tensor]:
    """Return random weights for `VISION`, likewise."""
    from torchvision import models

    return _randomised(models.get_model(VISION))


def _randomised(network: nn.Module) -> dict[str, torch.Tensor]:
    import torch

    numbers = torch.Generator().manual_seed(1)
    return {
        name: torch.rand(tensor.shape, generator=numbers) * 0.2 + 0.05
        if tensor.is_floating_point()
        else tensor
        for name, tensor in network.state_dict().items()
    }


def save_timm(file: Path) -> Path:
    """Save the weights of `TIMM` as safetensors, as the hub has them."""
    from safetensors.torch import save_file

    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(timm_state(), file)
    return file


def save_vision(file: Path) -> Path:
    """Save the weights of `VISION` as torchvision publishes them."""
    import torch

    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(vision_state(), file)
    return file


def lay_out(made: Path, repository: Path, commit: str) -> Path:
    """Move files to where the hub's client keeps them: blobs, and a commit of links."""
    snapshot = repository / "snapshots" / commit
    (repository / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for file in made.iterdir():
        blob = sha256(file.read_bytes()).hexdigest()
        file.rename(repository / "blobs" / blob)
        (snapshot / file.name).symlink_to(Path("../../blobs") / blob)
    return snapshot
