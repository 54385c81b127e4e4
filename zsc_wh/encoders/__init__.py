"""Encoders: what turns the samples of a dataset into features, by `kind` of loader.

Importing this imports neither torch nor timm; making an embedding does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders import pixels, stored, untrained
from zsc_wh.encoders.request import BATCH_SIZE, EmbedResult, Request, Samples
from zsc_wh.errors import ConfigError, NotApplicableError
from zsc_wh.preprocessing import Transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from zsc_wh.datasets import Images
    from zsc_wh.fields import Field

__all__ = [
    "BATCH_SIZE",
    "LOADERS",
    "EmbedResult",
    "LoaderSpec",
    "Samples",
    "Transform",
    "content_key",
    "embed",
]


@dataclass(frozen=True)
class LoaderSpec:
    """One kind of encoder loader; it has exactly one of `embed` and `read`.

    Parameters
    ----------
    fields : mapping of str to Field
        Its parameters, besides `kind`.
    embed : callable or None
        Makes an embedding from images.
    read : callable or None
        Reads one that exists.
    content_key : callable or None
        Identity of what `read` would read, from parameters, base folder and name of
        the dataset.
    """

    fields: Mapping[str, Field]
    embed: Callable[[Request, Images, Transform], EmbedResult] | None = None
    read: Callable[[Request], EmbedResult] | None = None
    content_key: Callable[[Mapping[str, Any], Path, str], str] | None = None

    @property
    def needs_images(self) -> bool:
        """Whether it can only embed datasets that have images."""
        return self.embed is not None


LOADERS: Mapping[str, LoaderSpec] = {
    "pixels": LoaderSpec(pixels.FIELDS, embed=pixels.embed),
    "random": LoaderSpec(untrained.FIELDS, embed=untrained.embed),
    "embeddings": LoaderSpec(
        stored.FIELDS, read=stored.embed, content_key=stored.content_key
    ),
}
"""Encoder loaders by kind."""


def embed(
    loader: Mapping[str, Any],
    transform: Transform | None,
    samples: Samples,
    *,
    base: Path,
    batch_size: int = BATCH_SIZE,
    device: str = "cpu",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> EmbedResult:
    """Embed the samples of a dataset.

    Parameters
    ----------
    loader : mapping
        Declared loader, checked and complete, with its `kind`.
    transform : Transform or None
        Preprocessing; None for stored features.
    samples : Samples
        What to embed.
    base : Path
        Folder of the declaring file, where relative paths start.
    batch_size : int
        Images in one forward pass; part of what makes results repeatable.
    device : str
        auto, cpu, cuda, cuda:N or mps, for networks.
    threads : int
        Threads that decode images, and of the forward pass on the processor.
    progress : callable, optional
        Called with the number of samples done.

    Returns
    -------
    EmbedResult
        Finite float32 features in sample order, bit-identical for the same input,
        versions, kind of machine, device and threads.

    Raises
    ------
    ConfigError
        When the declaration cannot be followed: no such architecture, size, device.
    DataError
        When an image or a stored array cannot be used; it names the file.
    NotApplicableError
        When the encoder needs images and the dataset has none.
    MissingExtraError
        When a package that it needs is not installed.
    ComputeError
        When features come out that are not finite.
    """
    spec = LOADERS[loader["kind"]]
    request = Request(
        loader, transform, samples, base, batch_size, device, threads, progress
    )
    if spec.read is not None:
        return spec.read(request)
    if samples.images is None:
        raise NotApplicableError(
            what=f"the encoder '{loader['kind']}' needs images, and the dataset has "
            "stored features only",
            where=samples.dataset,
            mend="Declare an encoder of the kind embeddings for it.",
        )
    if transform is None or spec.embed is None:
        raise ConfigError(
            what=f"the encoder '{loader['kind']}' needs an image size",
            mend="Declare `image_size`, in pixels.",
        )
    return spec.embed(request, samples.images, transform)


def content_key(loader: Mapping[str, Any], base: Path, dataset_name: str) -> str | None:
    """Return the identity of stored features, None where they are computed.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When the file cannot be read.
    """
    spec = LOADERS[loader["kind"]]
    if spec.content_key is None:
        return None
    return spec.content_key(loader, base, dataset_name)
