"""Encoder ``pixels``: the image itself, small and flattened; the baseline of the study.

Needs no torch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zsc_wh.encoders.batches import embed_prepared
from zsc_wh.encoders.request import EmbedResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets import Images
    from zsc_wh.encoders.request import Request
    from zsc_wh.fields import Field

FIELDS: Mapping[str, Field] = {}


def embed(request: Request, images: Images) -> EmbedResult:
    """Flatten the prepared images, channel first.

    Notes
    -----
    Small images are not enlarged: the side is the declared one or the typical side of
    the dataset's images, whichever is less, so that digits of 28 x 28 pixels give
    3 x 28 x 28 features, as in the study. So the number of features depends on the
    dataset, and a probe fails where the train set's images are of another typical size
    unless both reach the declared one.
    """
    size = min(request.prepared.side, images.typical_side())
    embedded = embed_prepared(
        request, images, size, lambda batch: batch.reshape(len(batch), -1)
    )
    return EmbedResult(
        embedded.array,
        weights_sha256=None,
        device="cpu",
        transform=replace(request.prepared, image_size=size),
        unreadable=embedded.unreadable,
    )
