"""From an image to the array that an encoder sees: resize, centre crop, normalise.

Every encoder of the study (arXiv 2406.02465) sees an image the same way, whatever its
checkpoint was trained with; a checkpoint's own way is a choice that is declared. It is
done with Pillow and numpy alone, and equals torchvision's ``Resize``, ``CenterCrop``,
``ToTensor`` and ``Normalize`` bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image
    from PIL.Image import Resampling

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Mean and standard deviation of red, green and blue in [0, 1] over ImageNet, as every
torchvision and most timm recipes have them."""

INTERPOLATIONS = ("bilinear", "bicubic")
"""How pixels are weighted in a resize, both with antialiasing."""

MAX_RESIZED_PIXELS = 2**27
"""Pixels that a resized image may have before the crop. An image 1 pixel wide and
10,000 long would be blown up to gigabytes: of such a one the crop alone is made."""


@dataclass(frozen=True)
class Transform:
    """How images become the input of an encoder.

    Parameters
    ----------
    image_size : int or None
        Side of the square input, in pixels; None only with `own`.
    mean, std : tuple of float
        Of red, green and blue, in [0, 1].
    interpolation : {"bilinear", "bicubic"}
        Of the resize.
    crop_fraction : float
        Side of the crop over the shorter side of the resized image, in (0, 1]; timm
        calls it crop_pct.
    own : bool
        The checkpoint's own preprocessing, known once its weights are named: the fields
        above, but for a declared `image_size`, say nothing.
    """

    image_size: int | None
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    interpolation: str = "bilinear"
    crop_fraction: float = 1.0
    own: bool = False

    def declared(self) -> dict[str, Any]:
        """Return what identifies the transform, for keys and records."""
        if self.own:
            size = {} if self.image_size is None else {"image_size": self.image_size}
            return {"preprocessing": "checkpoint", **size}
        declared: dict[str, Any] = {
            "image_size": self.image_size,
            "resize": f"shorter side, {self.interpolation}, antialias",
            "crop": "centre",
            "mean": list(self.mean),
            "std": list(self.std),
        }
        if self.crop_fraction != 1:
            declared["crop_fraction"] = self.crop_fraction
        return declared

    @property
    def side(self) -> int:
        """Side of the input, in pixels; a `ConfigError` where none is declared."""
        if self.image_size is None:
            raise ConfigError(
                what="there is no image size", hint="Declare `image_size`, in pixels."
            )
        return self.image_size


def prepare(
    image: Image.Image, transform: Transform, size: int | None = None
) -> NDArray[np.float32]:
    """Turn an image into the array that an encoder sees.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode L (grey, repeated three times) or RGB.
    transform : Transform
        What to do; not one that is still to be looked up (`Transform.own`).
    size : int, optional
        Side of the result instead of ``transform.image_size``.

    Returns
    -------
    ndarray of float32, shape (3, size, size)
        Normalised, channel first.

    Notes
    -----
    The shorter side becomes ``floor(size / crop_fraction)``, as in timm, and the longer
    one ``int(shorter * ratio)``; the offset of the crop is half the rest, halves
    rounded to even; both as in torchvision.
    """
    side = transform.side if size is None else size
    cropped = _resized_crop(
        image, floor(side / transform.crop_fraction), side, transform
    )
    pixels = np.asarray(cropped)
    planes = (
        pixels.transpose(2, 0, 1)
        if pixels.ndim == 3
        else np.broadcast_to(pixels, (3, side, side))
    )
    # in place and channel first from the start: half of the time, with the same bits
    prepared = np.array(planes, dtype=np.float32, order="C")
    prepared /= np.float32(255)
    prepared -= _each_channel(transform.mean)
    prepared /= _each_channel(transform.std)
    return prepared


def _each_channel(values: tuple[float, float, float]) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)[:, None, None]


def _resized_crop(
    image: Image.Image, shorter: int, side: int, transform: Transform
) -> Image.Image:
    """Resize the shorter side to `shorter` and cut the middle square out."""
    from PIL.Image import Resampling

    resample = Resampling[transform.interpolation.upper()]
    longer = int(shorter * max(image.size) / min(image.size))
    landscape = image.width > image.height
    width, height = (longer, shorter) if landscape else (shorter, longer)
    left, top = round((width - side) / 2), round((height - side) / 2)
    if width * height > MAX_RESIZED_PIXELS:
        return _crop_alone(image, (width, height), (left, top), side, resample)
    return image.resize((width, height), resample).crop(
        (left, top, left + side, top + side)
    )


def _crop_alone(
    image: Image.Image,
    resized: tuple[int, int],
    corner: tuple[int, int],
    side: int,
    resample: Resampling,
) -> Image.Image:
    """Make just the part of a resized image that a crop shows.

    Pillow samples the same positions and looks beyond the edges of a box, so the pixels
    differ from those of the whole way by rounding alone. It goes across first and then
    down, as Pillow does with most images: for some it turns the order, and then bicubic
    differs more where it overshoots black or white.
    """
    across, down = image.width / resized[0], image.height / resized[1]
    left, right = corner[0] * across, min((corner[0] + side) * across, image.width)
    top, bottom = corner[1] * down, min((corner[1] + side) * down, image.height)
    reach = ceil(_REACH * max(down, 1))
    first = max(floor(top) - reach, 0)
    last = min(ceil(bottom) + reach, image.height)
    rows = image.crop((0, first, image.width, last)).resize(
        (side, last - first), resample, box=(left, 0, right, last - first)
    )
    return rows.resize(
        (side, side), resample, box=(0, top - first, side, bottom - first)
    )


_REACH = 3
"""Pixels beyond an edge that count, at most: two for bicubic, and one for rounding."""
