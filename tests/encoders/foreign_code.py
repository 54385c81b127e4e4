"""What the targets of the kind ``python`` in these tests name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

Arrays = NDArray[Any]


def means(scale: float = 1.0) -> Any:
    """Make the mean of each channel and of each column of the first."""

    def encode(batch: Arrays) -> Arrays:
        return scale * np.hstack([batch.mean(axis=(2, 3)), batch[:, 0].mean(axis=1)])

    return encode


def sizes() -> Any:
    """Make width, height and mean of images as they are."""

    def encode(images: list[Image.Image]) -> list[list[float]]:
        return [[*image.size, float(np.asarray(image).mean())] for image in images]

    return encode


def returning(what: str) -> Any:
    """Make something that returns the wrong thing."""
    calls = iter(range(1, 9))
    answers: dict[str, Callable[[Arrays], Any]] = {
        "map": lambda batch: batch,
        "few": lambda batch: batch[1:, 0, 0],
        "empty": lambda batch: batch[:, 0, 0, :0],
        "text": lambda batch: [["a"] for _ in batch],
        "nothing": lambda _: None,
        "changing": lambda batch: np.ones((len(batch), next(calls))),
        "nan": lambda batch: np.full((len(batch), 2), np.nan),
        "huge": lambda batch: np.full((len(batch), 2), 1e300),
        "fault": lambda _: {"x": 1}["key"],
    }
    return answers[what]


def tensors() -> Any:
    """Make a plain callable that returns torch tensors in half precision."""

    def encode(batch: Arrays) -> torch.Tensor:
        means = torch.from_numpy(batch).mean(dim=(2, 3))
        return means.half().requires_grad_()

    return encode


class Normed(nn.Module):
    """A network with batch normalisation and dropout, left in training mode."""

    made: list[Normed] = []  # noqa: RUF012 - the test looks at what was made
    seen: list[tuple[bool, bool]]

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.seen = []
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)
        )
        Normed.made.append(self)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return pooled features, and note how it was called."""
        features: torch.Tensor = self.layers(batch).mean(dim=(2, 3))
        self.seen.append((self.training, features.requires_grad))
        return features


class Recorded:
    """A plain callable that notes the length of its batches."""

    made: list[Recorded] = []  # noqa: RUF012 - likewise

    def __init__(self) -> None:
        self.lengths: list[int] = []
        Recorded.made.append(self)

    def __call__(self, batch: Arrays) -> Arrays:
        """Return the mean of each channel."""
        self.lengths.append(len(batch))
        means: Arrays = batch.mean(axis=(2, 3))
        return means


def spoiling() -> Any:
    """Make nothing but zeros, in the batch that it is given too."""

    def encode(batch: Arrays) -> Arrays:
        batch[:] = 0
        return batch[:, :, 0, 0]

    return encode


def not_callable() -> int:
    """Make nothing that can be called."""
    return 3


def local_and_global() -> Any:
    """Make features of each place and of the whole image, as VICRegL's networks do."""

    def encode(batch: Arrays) -> tuple[Arrays, Arrays]:
        return batch.mean(axis=1), batch.mean(axis=(2, 3))

    return encode
