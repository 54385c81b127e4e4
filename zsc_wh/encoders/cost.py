"""What an embedding takes, by the size of the images and the kind of the encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.datasets import decoding_bytes
from zsc_wh.encoders.request import BATCH_SIZE

if TYPE_CHECKING:
    from zsc_wh.encoders.loaders import LoaderSpec

_BATCHES = 3
"""Batches of images that are in memory at once."""
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


def embedding_cost(
    spec: LoaderSpec, n: int, dim: int, image_size: int | None, largest: int
) -> tuple[int, float]:
    """Forecast an embedding.

    Parameters
    ----------
    spec : LoaderSpec
        The kind of the encoder.
    n, dim : int
        Samples and features.
    image_size : int or None
        Side of the images that the encoder sees, in pixels; None is 32.
    largest : int
        Size of the largest file of an image, in bytes.

    Returns
    -------
    tuple of (int, float)
        Peak memory in bytes beside that of the library, and seconds on all cores.
    """
    side = image_size or 32
    size, seconds = 9 * n * dim + _DECODER_BYTES, n * _PIXELS_S
    if spec.needs_images:
        size += decoding_bytes(largest)
        size += _BATCHES * BATCH_SIZE * 3 * 4 * side**2
    if spec.is_network:
        size += _WEIGHTS_BYTES + _ACTIVATIONS * BATCH_SIZE * 16 * 4 * side**2 // 2
        seconds += n * _PIXEL_S * side**2
    return size, seconds
