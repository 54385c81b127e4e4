"""Kinds of encoder loaders: what each takes, and how it makes or reads features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders import (
    checkpoint,
    foreign,
    pixels,
    pretrained,
    stored,
    untrained,
    vision,
)
from zsc_wh.encoders.weights import check as check_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from zsc_wh.datasets import Digests, Images, Listing
    from zsc_wh.encoders.request import EmbedResult, Request
    from zsc_wh.encoders.stored import Matched
    from zsc_wh.encoders.weights import WeightsStatus
    from zsc_wh.fields import Field
    from zsc_wh.preprocessing import Transform


@dataclass(frozen=True)
class LoaderSpec:
    """One kind of encoder loader; it has exactly one of `embed` and `read`.

    Parameters
    ----------
    doc : str
        One line for people.
    fields : mapping of str to Field
        Its parameters, besides `kind`.
    library : str
        What it loads, by the name in `zsc_wh.libraries.FOOTPRINTS`.
    embed : callable or None
        Makes an embedding from images.
    read : callable or None
        Reads one that exists.
    match : callable or None
        Which rows of stored features `read` would take for the samples of a dataset,
        from parameters, base folder, name and listing of the dataset.
    takes_arrays : callable or None
        Whether images are prepared for these parameters; None where they always are.
    own_transform : callable or None
        The checkpoint's own preprocessing, from parameters and the declared side or
        None; None where there is no checkpoint that has one.
    dim : callable or None
        The number of features before an embedding is made, from the transform, the
        number of images and what opens them, or None; None where only making it tells.
    check : callable or None
        Yields (key, fault) for complete parameters that do not go together.
    is_private : callable or None
        Whether the weights are a file that only the user has and the declaration does
        not name; None where they never are.
    weights : callable or None
        Whether the weights are on this machine, from parameters, base folder and a file
        of published ones that is named, or None; it returns None, and is None, where
        there is nothing to download.
    """

    doc: str
    fields: Mapping[str, Field]
    library: str
    embed: Callable[[Request, Images], EmbedResult] | None = None
    read: Callable[[Request], EmbedResult] | None = None
    match: (
        Callable[[Mapping[str, Any], Path, str, Listing, Digests], Matched] | None
    ) = None
    takes_arrays: Callable[[Mapping[str, Any]], bool] | None = None
    own_transform: Callable[[Mapping[str, Any], int | None], Transform] | None = None
    weights: (
        Callable[[Mapping[str, Any], Path, Path | None], WeightsStatus | None] | None
    ) = None
    dim: Callable[[Transform, int, Callable[[], Images]], int | None] | None = None
    check: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] | None = None
    is_private: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def is_network(self) -> bool:
        """Whether it computes on a device rather than on the processor alone."""
        return self.library != "numpy"

    @property
    def needs_images(self) -> bool:
        """Whether it can only embed datasets that have images."""
        return self.embed is not None

    def needs_transform(self, params: Mapping[str, Any]) -> bool:
        """Whether images are prepared for it: an image size, or a checkpoint's own."""
        if self.takes_arrays is not None:
            return self.takes_arrays(params)
        return self.needs_images


LOADERS: Mapping[str, LoaderSpec] = {
    "pixels": LoaderSpec(
        "the prepared pixels themselves",
        pixels.FIELDS,
        "numpy",
        embed=pixels.embed,
        dim=pixels.dim,
    ),
    "random": LoaderSpec(
        "network of timm at random initialisation",
        untrained.FIELDS,
        "timm",
        embed=untrained.embed,
    ),
    "timm": LoaderSpec(
        "network of timm with published or own weights",
        pretrained.FIELDS,
        "timm",
        embed=pretrained.embed,
        own_transform=pretrained.own_transform,
        weights=pretrained.status,
        check=check_weights,
    ),
    "torchvision": LoaderSpec(
        "classifier of torchvision with published, own or random weights",
        vision.FIELDS,
        "torchvision",
        embed=vision.embed,
        own_transform=vision.own_transform,
        weights=vision.status,
        check=check_weights,
    ),
    "checkpoint": LoaderSpec(
        "file of weights and the rules by which they fit a network",
        checkpoint.FIELDS,
        "timm",
        embed=checkpoint.embed,
        weights=checkpoint.status,
        check=checkpoint.check,
        is_private=checkpoint.is_private,
    ),
    "python": LoaderSpec(
        "callable or torch module of your own",
        foreign.FIELDS,
        "torch",
        embed=foreign.embed,
        takes_arrays=foreign.takes_arrays,
    ),
    "embeddings": LoaderSpec(
        "features that you have already",
        stored.FIELDS,
        "numpy",
        read=stored.embed,
        match=stored.match,
    ),
}
"""Encoder loaders by kind."""
