"""What an encoder is asked for and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from zsc_wh.errors import ConfigError, NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from zsc_wh.datasets import Images, Listing
    from zsc_wh.preprocessing import Transform

BATCH_SIZE = 128
"""Images in one forward pass, as in the study. It can change the last bits of features,
so it is not something to tune."""


FLOAT32 = "float32"
PRECISIONS = (FLOAT32, "bfloat16", "float16")
"""Floating point types of a forward pass, by the names that torch has for them."""


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
class Ready:
    """An encoder that is built and waits for batches of images.

    Parameters
    ----------
    features : callable
        From a batch of b images to float32 features (b, dim). It takes a float32 array
        (b, 3, side, side), which others may be given too and which it leaves as it is,
        or where `transform` is None a list of b images.
    transform : Transform or None
        How images are prepared for it; None where it takes them as they are.
    weights_sha256 : str or None
        Of its weights; None without weights.
    device : str
        What it computes on: ``cpu``, ``cuda:N`` or ``mps``.
    n_parameters : int or None
        Parameters of the network; None without a network.
    """

    features: Callable[[Any], NDArray[np.float32]]
    transform: Transform | None
    weights_sha256: str | None = None
    device: str = "cpu"
    n_parameters: int | None = None


@dataclass(frozen=True)
class Batch:
    """What came of one batch of samples.

    Parameters
    ----------
    start, n : int
        Position of its first sample, and how many were listed.
    rows : ndarray of float32, shape (n_readable, dim), or None
        Features of those that could be read; None where none could.
    unreadable : tuple of (int, str)
        Position and reason of the others, in order.
    """

    start: int
    n: int
    rows: NDArray[np.float32] | None
    unreadable: tuple[tuple[int, str], ...] = ()


class Journal(Protocol):
    """Keeps the batches of an embedding, so that it can go on where it was."""

    def take_up(self) -> Iterable[Batch]:
        """Return the batches that were done before, from the first on, in order."""

    def add(self, batch: Batch) -> None:
        """Keep the next batch."""


@dataclass(frozen=True)
class Request:
    """One embedding to make; see `zsc_wh.encoders.embed` for most fields.

    What embeds images is never given a transform that is still to be looked up.
    `begin` is called once the encoder is built: it may refuse it, by raising, and
    returns the journal of the embedding, or None. `precision` is one of `PRECISIONS`.
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
    begin: Callable[[Ready], Journal | None] | None = None
    precision: str = FLOAT32

    @property
    def images(self) -> Images:
        """The images; a `NotApplicableError` where there are none."""
        if self.samples.images is None:
            raise NotApplicableError(
                what=f"the encoder '{self.params['kind']}' needs images, and the "
                "dataset has stored features only",
                where=self.samples.dataset,
                hint="Declare an encoder of the kind embeddings for it.",
            )
        return self.samples.images

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
    n_before : int
        Samples that a journal had, and that were not embedded now.
    at_once : int or None
        Images that the encoder was given at once; None where it was whole batches.
    seconds : float
        Time that it took by itself: to build the encoder, and to run it.
    """

    array: NDArray[np.float32]
    weights_sha256: str | None
    device: str
    transform: Transform | None = None
    unreadable: tuple[tuple[int, str], ...] = ()
    features_sha256: str | None = None
    n_parameters: int | None = None
    n_before: int = 0
    at_once: int | None = None
    seconds: float = 0.0
