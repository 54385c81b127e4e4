"""What an encoder is asked for and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.datasets import Images, Listing
    from zsc_wh.preprocessing import Transform

BATCH_SIZE = 128
"""Images in one forward pass, as in the study. It can change the last bits of features,
so it is not something to tune."""


@dataclass(frozen=True)
class Samples:
    """The samples to embed.

    Parameters
    ----------
    dataset : str
        Name of the dataset.
    listing : Listing
        What it holds.
    images : Images or None
        Its images; None where it has stored features only.
    """

    dataset: str
    listing: Listing
    images: Images | None


@dataclass(frozen=True)
class Request:
    """One embedding to make; see `zsc_wh.encoders.embed` for the fields."""

    params: Mapping[str, Any]
    transform: Transform | None
    samples: Samples
    base: Path
    batch_size: int
    device: str
    threads: int
    progress: Callable[[int], None] | None


@dataclass(frozen=True)
class EmbedResult:
    """An embedding with what is known of its making.

    Parameters
    ----------
    array : ndarray of float32, shape (n, dim)
        Finite; rows in sample order.
    content_sha256 : str or None
        Over the content of all samples as read; None where only features were read.
    weights_sha256 : str or None
        Of the weights really used; None without weights.
    device : str
        What computed it: ``cpu``, ``cuda:N`` or ``mps``.
    """

    array: NDArray[np.float32]
    content_sha256: str | None
    weights_sha256: str | None
    device: str
