"""What an encoder is asked for and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError

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
    """One embedding to make; see `zsc_wh.encoders.embed` for the fields.

    What embeds images is never given a transform that is still to be looked up.
    """

    params: Mapping[str, Any]
    transform: Transform | None
    samples: Samples
    base: Path
    batch_size: int
    device: str
    threads: int
    progress: Callable[[int], None] | None
    offline: bool
    weights: Path | None = None

    @property
    def prepared(self) -> Transform:
        """How images are prepared; a `ConfigError` where nothing is declared."""
        if self.transform is None:
            raise ConfigError(
                what=f"the encoder '{self.params['kind']}' needs an image size",
                hint="Declare `image_size`, in pixels.",
            )
        return self.transform


@dataclass(frozen=True)
class EmbedResult:
    """An embedding with what is known of its making.

    Parameters
    ----------
    array : ndarray of float32, shape (n_readable, dim)
        Finite; one row for every sample that could be read, in sample order.
    weights_sha256 : str or None
        Of the weights really used; None without weights.
    device : str
        What computed it: ``cpu``, ``cuda:N`` or ``mps``.
    transform : Transform or None
        The preprocessing really used; None where there was none.
    unreadable : tuple of (int, str)
        Position and reason of every sample that could not be read, in order.
    features_sha256 : str or None
        Content of stored features in sample order; None where they were computed.
    n_parameters : int or None
        Parameters of the network as it was run; None without a network.
    """

    array: NDArray[np.float32]
    weights_sha256: str | None
    device: str
    transform: Transform | None = None
    unreadable: tuple[tuple[int, str], ...] = ()
    features_sha256: str | None = None
    n_parameters: int | None = None
