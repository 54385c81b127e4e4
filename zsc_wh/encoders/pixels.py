"""Encoder ``pixels``: the image itself, small and flattened; the baseline of the study.

Needs no torch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zsc_wh.encoders.request import Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request
    from zsc_wh.fields import Field
    from zsc_wh.preprocessing import Transform

FIELDS: Mapping[str, Field] = {}

_LOOKED_AT = 5000
"""A plan looks at the headers of this many images at most: about a second."""


def ready(request: Request) -> Ready:
    """Flatten the prepared images, channel first.

    Notes
    -----
    Small images are not enlarged: the side is the declared one or the typical side of
    the dataset's images, whichever is less, so that digits of 28 x 28 pixels give
    3 x 28 x 28 features, as in the study. So the number of features depends on the
    dataset, and a probe fails where the train set's images are of another typical size
    unless both reach the declared one.
    """
    side = _side(request.prepared, request.images)
    return Ready(
        lambda batch: batch.reshape(len(batch), -1),
        replace(request.prepared, image_size=side),
    )


def dim(transform: Transform, n: int, images: Callable[[], Images]) -> int | None:
    """Return the number of features of `n` images; None where looking takes long.

    Raises
    ------
    DataError
        When no image can be read.
    """
    return 3 * _side(transform, images()) ** 2 if n <= _LOOKED_AT else None


def _side(transform: Transform, images: Images) -> int:
    return min(transform.side, images.typical_side())
