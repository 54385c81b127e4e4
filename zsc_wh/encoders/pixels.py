"""Encoder ``pixels``: the image itself, small and flattened; the baseline of the study.

Needs no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.encoders.batches import embed_images
from zsc_wh.encoders.request import EmbedResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request
    from zsc_wh.fields import Field
    from zsc_wh.preprocessing import Transform

FIELDS: Mapping[str, Field] = {}


def embed(request: Request, images: Images, transform: Transform) -> EmbedResult:
    """Flatten the prepared images, channel first.

    Notes
    -----
    Small images are not enlarged: the side is the declared one or the shortest side
    that occurs in the dataset, whichever is less, so that digits of 28 x 28 pixels
    give 3 x 28 x 28 features, as in the study.
    """
    size = min(transform.image_size, images.shortest_side())
    array, content = embed_images(
        request, images, transform, size, lambda batch: batch.reshape(len(batch), -1)
    )
    return EmbedResult(array, content, weights_sha256=None, device="cpu")
