"""What a grid needs, with keys: sources, embeddings, reductions, cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zsc_wh import datasets
from zsc_wh.identity import key_of
from zsc_wh.stages.score import TrueLabels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.datasets import Level, Listing
    from zsc_wh.declare import Clusterer, Dataset, Encoder, Reducer
    from zsc_wh.encoders import Transform

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

    def level(self, name: str | None) -> Level | None:
        """Return the level of this name, or None."""
        return next((each for each in self.listing.levels if each.name == name), None)

    def truth(self, left_out: Sequence[int] = ()) -> tuple[TrueLabels, ...]:
        """Return the labels of every level as arrays, without the samples left out."""
        return tuple(
            TrueLabels(
                level.name,
                np.delete(
                    np.array(
                        [-1 if i is None else i for i in level.class_index],
                        dtype=np.int32,
                    ),
                    left_out,
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

    @property
    def title(self) -> str:
        """Names of all that it is made of."""
        return f"{self.encoder.name} / {self.source.dataset.name}"


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
