"""What an embedding takes, by the size of the images and the kind of the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.datasets import decoding_bytes
from zsc_wh.encoders.batches import AHEAD
from zsc_wh.encoders.request import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.encoders.loaders import LoaderSpec
    from zsc_wh.preprocessing import Transform

_BATCHES = AHEAD + 2
"""Batches of images that are in memory at once: one that is computed, those that are
read ahead, and the images of one that is put together."""
_PIXELS_S = 2e-4
"""Seconds to decode and prepare an image of few pixels."""
_PIXEL_S = 8e-7
"""Seconds of a network for each pixel of an image, on two cores: a ResNet-18."""
_ACTIVATIONS = 6
"""Numbers that a network holds for each pixel and channel of its first layer of 16."""
_WEIGHTS_BYTES = 64 * 2**20
"""Weights of a network, as a guess: a ResNet-18 has 45 MiB, a ViT-B/16 330 MiB."""
_DECODER_BYTES = 7 * 2**20
"""Pillow and open files."""


@dataclass(frozen=True)
class Part:
    """One encoder of a forecast.

    Parameters
    ----------
    spec : LoaderSpec
        Its kind.
    n, dim : int
        Samples and features.
    transform : Transform or None
        How images are prepared for it; one without a side counts as of 32 pixels.
    """

    spec: LoaderSpec
    n: int
    dim: int
    transform: Transform | None

    @property
    def side(self) -> int:
        """Side of what the encoder sees, in pixels."""
        return (self.transform and self.transform.image_size) or 32


def embedding_cost(parts: Sequence[Part], largest: int) -> tuple[int, float]:
    """Forecast the embeddings of one dataset that are made together.

    Images are decoded once for all, and prepared once in each way. All networks are
    loaded at once, and one at a time is run.

    Parameters
    ----------
    parts : sequence of Part
        The encoders.
    largest : int
        Size of the largest file of an image, in bytes.

    Returns
    -------
    tuple of (int, float)
        Peak memory in bytes beside that of the library, and seconds on all cores.
    """
    size = _DECODER_BYTES + sum(9 * part.n * part.dim for part in parts)
    seconds = max(part.n for part in parts) * _PIXELS_S
    if any(part.spec.needs_images for part in parts):
        size += decoding_bytes(largest)
    ways = {part.transform: part.side for part in parts if part.spec.needs_images}
    size += sum(_BATCHES * BATCH_SIZE * 3 * 4 * side**2 for side in ways.values())
    networks = [part for part in parts if part.spec.is_network]
    size += _WEIGHTS_BYTES * len(networks)
    most = max((part.side for part in networks), default=0)
    size += _ACTIVATIONS * BATCH_SIZE * 16 * 4 * most**2 // 2
    seconds += sum(part.n * _PIXEL_S * part.side**2 for part in networks)
    return size, seconds
