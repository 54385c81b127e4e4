"""From an image to the array that an encoder sees: resize, centre crop, normalise.

Every encoder of the study (arXiv 2406.02465) sees an image the same way, whatever its
checkpoint was trained with. It is done with Pillow and numpy alone, and equals
torchvision's ``Resize``, ``CenterCrop``, ``ToTensor`` and ``Normalize`` bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Mean and standard deviation of red, green and blue in [0, 1] over ImageNet, as every
torchvision and timm recipe has them."""

MAX_RESIZED_PIXELS = 2**27
"""Pixels that a resized image may have before the crop: an image 1 pixel wide and
10,000 long would otherwise be blown up to gigabytes."""


@dataclass(frozen=True)
class Transform:
    """How images become the input of an encoder.

    Parameters
    ----------
    image_size : int
        Side of the square input, in pixels.
    mean, std : tuple of float
        Of red, green and blue, in [0, 1].
    """

    image_size: int
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def declared(self) -> dict[str, Any]:
        """Return what identifies the transform, for keys and records."""
        return {
            "image_size": self.image_size,
            "resize": "shorter side, bilinear, antialias",
            "crop": "centre",
            "mean": list(self.mean),
            "std": list(self.std),
        }


def prepare(
    image: Image.Image, transform: Transform, size: int | None = None
) -> NDArray[np.float32]:
    """Turn an image into the array that an encoder sees.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode L (grey, repeated three times) or RGB.
    transform : Transform
        What to do.
    size : int, optional
        Side of the result instead of ``transform.image_size``.

    Returns
    -------
    ndarray of float32, shape (3, size, size)
        Normalised, channel first.

    Raises
    ------
    DataError
        When the image is so elongated that resizing it would take gigabytes.

    Notes
    -----
    The longer side becomes ``int(size * longer / shorter)``; the offset of the crop is
    half the rest, halves rounded to even; both as in torchvision.
    """
    from PIL.Image import Resampling

    side = transform.image_size if size is None else size
    width, height = _resized(image.width, image.height, side)
    left, top = round((width - side) / 2), round((height - side) / 2)
    cropped = image.resize((width, height), Resampling.BILINEAR).crop(
        (left, top, left + side, top + side)
    )
    pixels = np.asarray(cropped, dtype=np.float32) / np.float32(255)
    if pixels.ndim == 2:
        pixels = np.broadcast_to(pixels[:, :, None], (side, side, 3))
    mean = np.array(transform.mean, dtype=np.float32)
    std = np.array(transform.std, dtype=np.float32)
    return np.ascontiguousarray(((pixels - mean) / std).transpose(2, 0, 1))


def _resized(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size whose shorter side is `side`, the aspect ratio kept."""
    longer = int(side * max(width, height) / min(width, height))
    if side * longer > MAX_RESIZED_PIXELS:
        raise DataError(
            what=f"an image of {width} x {height} pixels is too elongated: resized to "
            f"{side} pixels it would be {longer} pixels long",
            mend="Cut it into pieces or leave it out.",
        )
    return (side, longer) if width <= height else (longer, side)
