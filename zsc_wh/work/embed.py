"""Embed one dataset by one encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from zsc_wh import datasets, encoders
from zsc_wh.errors import DataError
from zsc_wh.identity import canonical_json, key_of
from zsc_wh.libraries import FOOTPRINTS
from zsc_wh.work.base import Array, Cost, forecast
from zsc_wh.work.embed_task import EmbedTask, EmbedTogether
from zsc_wh.work.missing import missing_weights
from zsc_wh.work.weights_task import WeightsTask

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from zsc_wh.datasets import Digests
    from zsc_wh.declare import Encoder
    from zsc_wh.encoders import Transform
    from zsc_wh.work.base import Task
    from zsc_wh.work.missing import Missing
    from zsc_wh.work.session import Session
    from zsc_wh.work.sizes import Sizes
    from zsc_wh.work.source import Source

_GUESSED_DIM = 1000
"""Features of an embedding that nobody has made yet; common ones have 384 to 2048."""


@dataclass(frozen=True)
class Embedding(Array):
    """An embedding that a grid needs.

    Parameters
    ----------
    key : str
        Identity.
    encoder, encoder_key, source, transform
        What is embedded, by what, after which preprocessing.
    meaning : str
        What the encoder's name means, for this dataset where features are stored.
    features_sha256 : str or None
        Identity of stored features; None where they are computed.
    missing : tuple of int
        Positions of samples that are known to be absent or without features.
    surplus : tuple of str
        Ids of stored features that belong to no sample.
    weights : Path or None
        File of the encoder's published weights on this machine, where one is named.
    dim : int or None
        Its number of features; None where only making it tells.
    impossible : str or None
        Why it cannot be made.
    """

    stage: ClassVar[str] = "embed"

    key: str
    encoder: Encoder
    encoder_key: str
    source: Source
    transform: Transform | None
    meaning: str
    features_sha256: str | None
    missing: tuple[int, ...]
    surplus: tuple[str, ...]
    weights: Path | None
    dim: int | None
    impossible: str | None

    @classmethod
    def of(
        cls, encoder: Encoder, source: Source, digests: Digests, weights: Path | None
    ) -> Embedding:
        """Return the embedding of a dataset by an encoder.

        Parameters
        ----------
        encoder, source
            By what, and of what.
        digests : Digests
            What is known of the content of files.
        weights : Path or None
            File of the encoder's published weights; no part of the identity.

        Raises
        ------
        ConfigError, DataError
            When stored features cannot be used; see `zsc_wh.encoders.match_features`.
        """
        has_images = datasets.LOADERS[source.dataset.loader["kind"]].has_images
        impossible = None
        if encoders.LOADERS[encoder.loader["kind"]].needs_images and not has_images:
            impossible = (
                f"the dataset '{source.dataset.name}' has no images, and the encoder "
                f"'{encoder.name}' needs them"
            )
        matched = None
        if source.is_here:
            matched = encoders.match_features(
                encoder.loader,
                encoder.source.parent,
                source.dataset.name,
                source.listing,
                digests,
            )
        encoder_key = meaning = encoder.key
        absent = source.listing.digests if has_images else ()
        missing = tuple(i for i, digest in enumerate(absent) if digest is None)
        if matched is not None:
            content = matched.content_sha256
            encoder_key = key_of("stored features", content=content)
            meaning = key_of(
                "stored features of", encoder=encoder_key, dataset=source.dataset.name
            )
            missing = matched.missing
        key = key_of(
            "embed",
            encoder=encoder_key,
            dataset=source.key,
            transform=encoder.transform.declared() if encoder.transform else None,
            precision=encoder.precision,
        )
        return cls(
            key,
            encoder,
            encoder_key,
            source,
            encoder.transform,
            meaning,
            features_sha256=matched.content_sha256 if matched else None,
            missing=missing,
            surplus=matched.surplus if matched else (),
            weights=weights,
            dim=matched.dim if matched else _dim(encoder, source, impossible, digests),
            impossible=impossible,
        )

    @property
    def embedding(self) -> Embedding:  # type: ignore[override]
        """The embedding itself."""
        return self

    @property
    def is_by_content(self) -> bool:
        """Whether its encoder is known by stored features, which are of one dataset."""
        return self.features_sha256 is not None

    @property
    def reads_images(self) -> bool:
        """Whether a sample whose image cannot be read has no features."""
        return self.features_sha256 is None

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        return f"{self.encoder.name} / {self.source.dataset.name}"

    @property
    def name(self) -> str:
        """Name of the encoder."""
        return self.encoder.name

    def expected_n(self, sizes: Sizes) -> int:
        """Return the samples that are not known to be missing."""
        del sizes
        return len(self.source.listing) - len(self.missing)

    def expected_dim(self, sizes: Sizes) -> int | None:
        """Return the features, where the declaration or the file tells."""
        del sizes
        return self.dim

    def guessed_dim(self, sizes: Sizes) -> int:
        """Return what is common."""
        del sizes
        if self.encoder.loader["kind"] == "pixels" and self.encoder.image_size:
            return 3 * self.encoder.image_size**2
        return _GUESSED_DIM

    def cost(self, sizes: Sizes) -> Cost:
        """Forecast it by the size of the images and the kind of the encoder."""
        return self.joint_cost([self], sizes)

    @property
    def group(self) -> Hashable:
        """The images that it reads; None where its features are stored."""
        if not self.reads_images:
            return None
        return self.source.dataset.name, self.source.key

    @classmethod
    def joint_cost(cls, works: Sequence[Self], sizes: Sizes) -> Cost:
        """Forecast embeddings of one dataset, made in one pass over its images."""
        specs = [encoders.LOADERS[each.encoder.loader["kind"]] for each in works]
        parts = [
            encoders.Part(spec, sizes.n(each), sizes.guessed_dim(each), each.transform)
            for spec, each in zip(specs, works, strict=True)
        ]
        listing = works[0].source.listing
        own_bytes, seconds = encoders.embedding_cost(
            parts, max(listing.sizes, default=0)
        )
        heaviest = max(specs, key=lambda spec: FOOTPRINTS[spec.library].bytes)
        is_network = any(spec.is_network for spec in specs)
        on_gpu = is_network and sizes.device not in ("auto", "cpu")
        return forecast(
            cls.stage,
            heaviest.library,
            works[0].encoder.loader["kind"],
            own_bytes,
            seconds,
            disk_bytes=sum(sizes.bytes(each) for each in works),
            # what decodes for a GPU shares the cores with whatever else there is to do
            cores=1 if on_gpu else sizes.cores,
            gpu=on_gpu,
        )

    @classmethod
    def joint_task(cls, works: Sequence[Self], session: Session) -> EmbedTogether:
        """Return what a worker runs for embeddings of one dataset."""
        return EmbedTogether(tuple(each.task(session) for each in works))

    def task(self, session: Session) -> EmbedTask:
        """Return what a worker runs."""
        return EmbedTask(
            key=self.key,
            encoder_key=self.encoder_key,
            features_sha256=self.features_sha256,
            encoder=self.encoder,
            dataset=self.source.dataset,
            listing=self.source.listing,
            transform=self.transform,
            device=session.device,
            threads=session.threads,
            offline=session.offline,
            weights=self.weights,
            weights_sha256=session.weights.get(self.encoder_key),
            missing=self.missing,
            unreadable=session.unreadable.get(self.key),
        )

    @classmethod
    def lacks(cls, works: Sequence[Self], digests: Digests | None) -> Iterator[Missing]:
        """Yield the weights that are not here."""
        found = {embedding.encoder: embedding.weights for embedding in works}
        for encoder, given in found.items():
            missing = missing_weights(encoder, given, digests)
            if missing is not None:
                yield missing

    @classmethod
    def trials(cls, works: Sequence[Self], *, verify: bool) -> Mapping[Task, str]:
        """Return a check of the weights of each encoder that loads some."""
        return {
            WeightsTask(
                work.encoder, work.transform, work.weights, verify
            ): f"encoder '{work.encoder.name}'"
            for work in works
            if encoders.LOADERS[work.encoder.loader["kind"]].build is not None
            and not encoders.is_untrained(work.encoder.loader)
        }

    @classmethod
    def check(cls, works: Sequence[Self], *, device: str) -> None:
        """Check that the packages that encoders need are here, and the device.

        Raises
        ------
        ConfigError
            When there is no such device.
        MissingExtraError
            When a package that an encoder needs beyond the extra ``ingest`` is missing.
        """
        for kind in {embedding.encoder.loader["kind"] for embedding in works}:
            if (require := encoders.LOADERS[kind].require) is not None:
                require()
        if works and device not in ("auto", "cpu"):
            encoders.check_device(device)


def _dim(
    encoder: Encoder, source: Source, impossible: str | None, digests: Digests
) -> int | None:
    """Return the number of features where it is known before an embedding is made.

    Images are opened once to count them: to open some formats is to read them whole.
    """
    if encoder.dim is not None:
        return encoder.dim
    dim = encoders.LOADERS[encoder.loader["kind"]].dim
    if dim is None or encoder.transform is None or impossible is not None:
        return None
    if not source.is_here:
        return None
    dataset, listing = source.dataset, source.listing
    images = datasets.LOADERS[dataset.loader["kind"]].images
    if images is None:
        return None
    opened = partial(images, dataset.loader, dataset.source.parent, listing)
    declared = canonical_json([source.key, encoder.transform.declared()])
    counted = partial(dim, encoder.transform, len(listing), opened)
    try:
        # the images decide it, which the key tells, and nothing of any file does
        known: int | None = digests.fact(Path(__file__), f"dim {declared}", counted)
    except DataError:
        return None  # no image can be read, which the embedding tells
    return known
