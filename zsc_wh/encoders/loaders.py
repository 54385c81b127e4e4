"""Kinds of encoder loaders: what each takes, and how it makes or reads features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from zsc_wh.encoders import (
    checkpoint,
    foreign,
    joined,
    open_clip_tower,
    pixels,
    pretrained,
    repositories,
    stored,
    torch_hub,
    untrained,
    vision,
    weights,
)
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from torch import nn

    from zsc_wh.datasets import Digests, Images, Listing
    from zsc_wh.encoders.request import EmbedResult, Ready, Request
    from zsc_wh.encoders.stored import Matched
    from zsc_wh.encoders.weights import WeightsStatus
    from zsc_wh.fields import Field
    from zsc_wh.preprocessing import Transform


class Build(Protocol):
    """How a network is made."""

    def __call__(
        self,
        params: Mapping[str, Any],
        image_size: int,
        base: Path,
        given: Path | None = None,
        *,
        offline: bool,
    ) -> nn.Module:
        """Return it, from (b, 3, image_size, image_size) to (b, dim).

        Parameters
        ----------
        params : mapping
            Complete parameters of the loader.
        image_size : int
            Side of its input, in pixels.
        base : Path
            Where a relative path starts.
        given : Path, optional
            File of the weights on this machine, in place of published ones.
        offline : bool
            Whether nothing may be downloaded.

        Raises
        ------
        ConfigError
            When there is no such network, or it cannot take images of this size.
        DataError
            When its weights are missing, cannot be read or do not fit.
        MissingExtraError
            When a package that it needs is not installed.
        """


@dataclass(frozen=True)
class LoaderSpec:
    """One kind of encoder loader; it has one of `build`, `ready`, `read` and `parts`.

    Parameters
    ----------
    doc : str
        One line for people.
    fields : mapping of str to Field
        Its parameters, besides `kind`.
    library : str
        What it loads, by the name in `zsc_wh.libraries.FOOTPRINTS`.
    build : callable or None
        Makes a network that has weights to load, see `Build`.
    ready : callable or None
        Builds what makes an embedding from images in another way.
    read : callable or None
        Reads one that exists.
    match : callable or None
        Which rows of stored features `read` would take for the samples of a dataset,
        from parameters, base folder, name and listing of the dataset.
    parts : callable or None
        The names of the encoders whose embeddings it puts together, from parameters.
    takes_arrays : callable or None
        Whether images are prepared for these parameters; None where they always are.
    own_transform : callable or None
        The checkpoint's own preprocessing, from parameters, base folder and the
        declared side or None; None where there is no checkpoint that has one.
    dim : callable or None
        The number of features before an embedding is made, from the transform, the
        number of images and what opens them, or None; None where only making it tells.
    check : callable or None
        Yields (key, fault) for complete parameters that do not go together.
    identity : callable or None
        The parameters that say what the encoder is, not where it lies; None where all
        of them do.
    own_keys : callable or None
        The parameters that hold the sha256 of files that only the user has; a plan
        computes those that are not declared. None where it never has any.
    own_files : callable or None
        Those files by parameter, from parameters, base folder and a file that is named
        for it, or None.
    takes_file : callable or None
        Whether its weights are one file that can be named apart from the declaration;
        None where they never are.
    require : callable or None
        Checks that packages beyond the extra ``ingest`` are installed.
    hub_code : callable or None
        Names the code of a hub that it runs, which the user has to allow; None where
        it runs none.
    is_private : callable or None
        Whether the weights are a file that only the user has and the declaration does
        not name; None where they never are.
    is_untrained : callable or None
        Whether nothing is declared that its weights come from, so that they are random;
        None where that cannot be, or is what the kind says.
    weights : callable or None
        Whether the weights are on this machine, from parameters, base folder and a file
        of published ones that is named, or None; it returns None, and is None, where
        there is nothing to download.
    runs_user_code : bool
        Whether parameters name code of the user's own, which may lie beside the
        declaration.
    """

    doc: str
    fields: Mapping[str, Field]
    library: str
    build: Build | None = None
    ready: Callable[[Request], Ready] | None = None
    read: Callable[[Request], EmbedResult] | None = None
    match: (
        Callable[[Mapping[str, Any], Path, str, Listing, Digests], Matched] | None
    ) = None
    parts: Callable[[Mapping[str, Any]], Sequence[str]] | None = None
    takes_arrays: Callable[[Mapping[str, Any]], bool] | None = None
    own_transform: Callable[[Mapping[str, Any], Path, int | None], Transform] | None = (
        None
    )
    weights: (
        Callable[[Mapping[str, Any], Path, Path | None], WeightsStatus | None] | None
    ) = None
    runs_user_code: bool = False
    dim: Callable[[Transform, int, Callable[[], Images]], int | None] | None = None
    check: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] | None = None
    identity: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    own_keys: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    own_files: (
        Callable[[Mapping[str, Any], Path, Path | None], Mapping[str, Path]] | None
    ) = None
    takes_file: Callable[[Mapping[str, Any]], bool] | None = None
    require: Callable[[], None] | None = None
    hub_code: Callable[[Mapping[str, Any]], str] | None = None
    is_private: Callable[[Mapping[str, Any]], bool] | None = None
    is_untrained: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def is_network(self) -> bool:
        """Whether it computes on a device rather than on the processor alone."""
        return self.library != "numpy"

    @property
    def needs_images(self) -> bool:
        """Whether it can only embed datasets that have images."""
        return self.build is not None or self.ready is not None

    def needs_transform(self, params: Mapping[str, Any]) -> bool:
        """Whether images are prepared for it: an image size, or a checkpoint's own."""
        if self.takes_arrays is not None:
            return self.takes_arrays(params)
        return self.needs_images

    def prepared(
        self, params: Mapping[str, Any], transform: Transform | None, base: Path
    ) -> Transform | None:
        """Return the preprocessing to use, a checkpoint's own one looked up.

        Raises
        ------
        ConfigError, DataError
            When there is none, or it cannot be used.
        """
        if transform is None or not self.needs_transform(params):
            return None
        if not transform.own:
            return transform
        if self.own_transform is None:
            raise ConfigError(
                what=f"the encoder '{params['kind']}' has no checkpoint that would "
                "bring a preprocessing of its own",
                hint="Declare image_size, and mean, std, interpolation and "
                "crop_fraction if need be.",
            )
        return self.own_transform(params, base, transform.image_size)


LOADERS: Mapping[str, LoaderSpec] = {
    "pixels": LoaderSpec(
        "the prepared pixels themselves",
        pixels.FIELDS,
        "numpy",
        ready=pixels.ready,
        dim=pixels.dim,
    ),
    "random": LoaderSpec(
        "network of timm at random initialisation",
        untrained.FIELDS,
        "timm",
        ready=untrained.ready,
    ),
    "timm": LoaderSpec(
        "network of timm with published or own weights",
        pretrained.FIELDS,
        "timm",
        build=pretrained.build,
        own_transform=pretrained.own_transform,
        weights=pretrained.status,
        check=pretrained.check,
        identity=repositories.identity,
        own_keys=pretrained.own_keys,
        own_files=pretrained.own_files,
        takes_file=pretrained.takes_file,
    ),
    "torchvision": LoaderSpec(
        "classifier of torchvision with published, own or random weights",
        vision.FIELDS,
        "torchvision",
        build=vision.build,
        own_transform=vision.own_transform,
        weights=vision.status,
        check=weights.check,
        own_keys=weights.own_keys,
        own_files=weights.own_files,
        takes_file=vision.takes_file,
        is_untrained=vision.is_untrained,
    ),
    "checkpoint": LoaderSpec(
        "file of weights and the rules by which they fit a network",
        checkpoint.FIELDS,
        "timm",
        build=checkpoint.build,
        weights=checkpoint.status,
        check=checkpoint.check,
        own_keys=checkpoint.own_keys,
        own_files=weights.own_files,
        takes_file=checkpoint.takes_file,
        is_private=checkpoint.is_private,
    ),
    "open_clip": LoaderSpec(
        "image tower of a CLIP that open_clip published, such as BioCLIP",
        open_clip_tower.FIELDS,
        "open_clip",
        build=open_clip_tower.build,
        own_transform=open_clip_tower.own_transform,
        weights=open_clip_tower.status,
        check=open_clip_tower.check,
        identity=repositories.identity,
        own_keys=repositories.own_keys,
        own_files=open_clip_tower.own_files,
        require=open_clip_tower.require_package,
    ),
    "python": LoaderSpec(
        "callable or torch module of your own",
        foreign.FIELDS,
        "torch",
        ready=foreign.ready,
        takes_arrays=foreign.takes_arrays,
        runs_user_code=True,
    ),
    "torch-hub": LoaderSpec(
        "network that the code of a repository for torch.hub builds; see "
        "--allow-hub-code",
        torch_hub.FIELDS,
        "torch",
        ready=torch_hub.ready,
        weights=torch_hub.status,
        check=torch_hub.check,
        identity=torch_hub.identity,
        own_keys=torch_hub.own_keys,
        own_files=torch_hub.own_files,
        hub_code=torch_hub.code,
    ),
    "embeddings": LoaderSpec(
        "features that you have already",
        stored.FIELDS,
        "numpy",
        read=stored.embed,
        match=stored.match,
    ),
    "concat": LoaderSpec(
        "embeddings of other encoders side by side, each z-scored",
        joined.FIELDS,
        "numpy",
        parts=lambda params: params["encoders"],
        check=joined.check,
    ),
}
"""Encoder loaders by kind."""
