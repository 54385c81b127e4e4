"""What a grid needs, with keys: sources, embeddings, reductions, cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.datasets import Level, Listing
    from zsc_wh.declare import Clusterer, Dataset, DeclaredCell, Encoder, Reducer
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
        Its samples, with their digests, and labels.
    """

    dataset: Dataset
    listing: Listing

    @property
    def key(self) -> str:
        """Identity of the images."""
        return self.listing.key

    def level(self, name: str | None) -> Level | None:
        """Return the level of this name, or None."""
        return next((each for each in self.listing.levels if each.name == name), None)


@dataclass(frozen=True)
class Embedding:
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

    key: str
    encoder: Encoder
    encoder_key: str
    source: Source
    transform: Transform | None
    meaning: str
    features_sha256: str | None = None
    missing: tuple[int, ...] = ()
    surplus: tuple[str, ...] = ()
    weights: Path | None = None
    dim: int | None = None
    impossible: str | None = None

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
    """A cell with its key.

    `n_clusters` is the number asked for, None where the clusterer finds it;
    `impossible` says why the cell cannot be run.
    """

    key: str
    reduction: Reduction
    clusterer: Clusterer
    seed: int
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


@dataclass(frozen=True)
class Wanted:
    """A cell under the names of one grid; several can share it.

    Parameters
    ----------
    declared : DeclaredCell
        The names.
    embedding : Embedding
        What they start from.
    cell : Cell
        What they mean.
    level : Level or None
        Labels that judge it; None without labels.
    """

    declared: DeclaredCell
    embedding: Embedding
    cell: Cell
    level: Level | None

    @property
    def names(self) -> tuple[str, str, str, str, str]:
        """Encoder, dataset, reducer, clusterer and level as the grid calls them."""
        declared = self.declared
        return (
            declared.encoder.name,
            declared.dataset.name,
            declared.reducer.name,
            declared.clusterer.name,
            self.level.name if self.level else "",
        )
