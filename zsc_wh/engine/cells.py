"""Turn declared cells into cells with keys: look at the datasets, resolve K."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh import datasets, encoders, reducers
from zsc_wh.encoders import Transform
from zsc_wh.errors import ConfigError, ZscError
from zsc_wh.fields import nearest
from zsc_wh.identity import key_of
from zsc_wh.stages.score import TrueLabels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets import Level, Listing
    from zsc_wh.declare import Clusterer, Dataset, DeclaredCell, Encoder, Grid, Reducer

PRECISION = "float32"
"""Floating point type of the forward pass."""


@dataclass(frozen=True)
class Source:
    """A dataset as it is now.

    Parameters
    ----------
    dataset : Dataset
        Its declaration.
    listing : Listing
        Its samples and labels.
    """

    dataset: Dataset
    listing: Listing

    @cached_property
    def key(self) -> str:
        """The fingerprint, with the name where the samples are rows of an array.

        Rows have no names or sizes of their own, so that two arrays of one length
        would be taken for one dataset.
        """
        if datasets.LOADERS[self.dataset.loader["kind"]].has_images:
            return self.listing.fingerprint
        return key_of(
            "dataset", listing=self.listing.fingerprint, name=self.dataset.name
        )

    def truth(self) -> tuple[TrueLabels, ...]:
        """Return the labels of every level as arrays."""
        return tuple(
            TrueLabels(
                level.name,
                np.array(
                    [-1 if i is None else i for i in level.class_index], dtype=np.int32
                ),
            )
            for level in self.listing.levels
        )


@dataclass(frozen=True)
class Embedding:
    """An embedding that a grid needs; `impossible` says why it cannot be made."""

    key: str
    encoder: Encoder
    source: Source
    transform: Transform | None
    impossible: str | None


@dataclass(frozen=True)
class Reduction:
    """A reduction that a grid needs; `none` has the key of its embedding."""

    key: str
    embedding: Embedding
    reducer: Reducer
    seed: int
    dtype: str


@dataclass(frozen=True)
class Cell:
    """A cell with its key; `impossible` says why it cannot be run."""

    key: str
    reduction: Reduction
    clusterer: Clusterer
    seed: int
    level: str | None
    n_clusters: int | None
    impossible: str | None

    @property
    def embedding(self) -> Embedding:
        """The embedding that it starts from."""
        return self.reduction.embedding

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        parts = (
            self.embedding.encoder.name,
            self.embedding.source.dataset.name,
            self.reduction.reducer.name,
            self.clusterer.name,
        )
        return f"{' / '.join(parts)} (seed {self.seed})"


class Resolver:
    """Resolves the cells of grids; looks at each dataset and each file once."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._embeddings: dict[tuple[str, str], Embedding] = {}

    @property
    def sources(self) -> Mapping[str, Source]:
        """Datasets that were looked at, by name."""
        return self._sources

    def cells(self, grid: Grid) -> list[Cell]:
        """Return the cells of a grid.

        Raises
        ------
        DataError, ConfigError
            When a dataset cannot be listed or a level does not exist.
        """
        return [
            _cell(declared, self._embedding(declared), grid.dtype)
            for declared in grid.cells
        ]

    def _source(self, dataset: Dataset) -> Source:
        if dataset.name not in self._sources:
            loader = datasets.LOADERS[dataset.loader["kind"]]
            listing = loader.listing(dataset.loader, dataset.source.parent)
            self._sources[dataset.name] = Source(dataset, listing)
        return self._sources[dataset.name]

    def _embedding(self, declared: DeclaredCell) -> Embedding:
        encoder, dataset = declared.encoder, declared.dataset
        names = (encoder.name, dataset.name)
        if names not in self._embeddings:
            self._embeddings[names] = _embedding(encoder, self._source(dataset))
        return self._embeddings[names]


def reduction(
    embedding: Embedding, reducer: Reducer, seed: int, dtype: str
) -> Reduction:
    """Return the reduction of an embedding; seeds count only where they are used."""
    if reducer.is_identity:
        return Reduction(embedding.key, embedding, reducer, seed, dtype)
    uses_seed = reducers.METHODS[reducer.kind].uses_seed
    key = key_of(
        "reduce",
        embedding=embedding.key,
        reducer=reducer.key,
        seed=seed if uses_seed else None,
        dtype=dtype,
    )
    return Reduction(key, embedding, reducer, seed, dtype)


def _embedding(encoder: Encoder, source: Source) -> Embedding:
    loader = encoders.LOADERS[encoder.loader["kind"]]
    has_images = datasets.LOADERS[source.dataset.loader["kind"]].has_images
    content, impossible = None, None
    if loader.needs_images and not has_images:
        impossible = (
            f"the dataset '{source.dataset.name}' has no images, and the encoder "
            f"'{encoder.name}' needs them"
        )
    if not loader.needs_images:
        try:
            content = encoders.content_key(
                encoder.loader, encoder.source.parent, source.dataset.name
            )
        except ZscError as error:
            impossible = str(error)
    transform = Transform(encoder.image_size) if encoder.image_size else None
    key = key_of(
        "embed",
        encoder=encoder.key,
        dataset=source.key,
        transform=transform.declared() if transform else None,
        precision=PRECISION,
        content=content,
    )
    return Embedding(key, encoder, source, transform, impossible)


def _cell(declared: DeclaredCell, embedding: Embedding, dtype: str) -> Cell:
    level = _level(declared, embedding.source)
    clusterer = declared.clusterer
    n_clusters, impossible = clusterer.k, embedding.impossible
    if clusterer.k_source == "labels":
        n_clusters = level.n_classes if level else None
        if level is None and impossible is None:
            impossible = (
                f"'{clusterer.name}' takes K from the labels, and the dataset "
                f"'{embedding.source.dataset.name}' has none; declare a clusterer "
                "with k = NUMBER"
            )
    reduced = reduction(embedding, declared.reducer, declared.seed, dtype)
    level_name = level.name if level else None
    key = key_of(
        "cluster",
        embedding=embedding.key,
        reducer=declared.reducer.key,
        clusterer=clusterer.key,
        level=level_name,
        subset="all",
        seed=declared.seed,
        dtype=dtype,
    )
    return Cell(
        key, reduced, clusterer, declared.seed, level_name, n_clusters, impossible
    )


def _level(declared: DeclaredCell, source: Source) -> Level | None:
    if declared.level is None:
        return source.listing.target
    levels = {level.name: level for level in source.listing.levels}
    if declared.level not in levels:
        raise ConfigError(
            what=f"the dataset '{source.dataset.name}' has no label level "
            f"'{declared.level}'" + nearest(declared.level, levels),
            mend=f"Its levels: {', '.join(levels) or 'none, it has no labels'}.",
        )
    return levels[declared.level]
