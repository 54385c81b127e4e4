"""What a catalog declares: encoders, datasets, reducers, clusterers and scores.

Entries are complete (defaults filled in) and know their identity. Paths are kept for
loading, relative to the file that declares them, and never enter an identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH_FIELDS = frozenset({"path", "labels_path"})
"""Loader parameters that say where something lies, not what it is."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One named entry of a catalog; a catalog holds each once, so identity is equality.

    Parameters
    ----------
    name : str
        How grids name it.
    source : Path
        The file that declares it; relative paths in it start from its folder.
    tags : tuple of str
        Selectors: ``@tag`` in a grid means every entry that has it.
    title : str
        Name for figures.
    """

    name: str
    source: Path
    tags: tuple[str, ...]
    title: str


@dataclass(frozen=True, eq=False)
class Encoder(Entry):
    """A frozen network with its weights and preprocessing, or what stands for one."""

    loader: Mapping[str, Any]
    image_size: int | None
    feature: str
    backbone: str | None
    family: str
    objective: str | None
    pretrained_on: str | None
    fine_tuned: bool

    @cached_property
    def key(self) -> str:
        """Identity of what is declared; stored embeddings are known by their name."""
        loader = {k: v for k, v in self.loader.items() if k not in PATH_FIELDS}
        if self.loader["kind"] == "embeddings":
            loader["name"] = self.name
        return key_of(
            "encoder",
            loader=loader,
            feature=self.feature,
            image_size=self.image_size,
        )


@dataclass(frozen=True, eq=False)
class Dataset(Entry):
    """A named image set; its identity is its listing, which only its files know."""

    loader: Mapping[str, Any]
    domain_group: str | None


@dataclass(frozen=True, eq=False)
class Reducer(Entry):
    """A reducer with all its parameters."""

    kind: str
    params: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Identity: kind and parameters."""
        return key_of("reducer", method=self.kind, params=dict(self.params))

    @property
    def is_identity(self) -> bool:
        """Whether the reduced space is the embedding itself."""
        return self.kind == "none" and not self.params["zscore"]


@dataclass(frozen=True, eq=False)
class Clusterer(Entry):
    """A clusterer with all its parameters, the scaling of its input and its K."""

    kind: str
    params: Mapping[str, Any]
    k: int | None
    k_source: str
    standardise: str
    dimension_correction: bool

    @cached_property
    def key(self) -> str:
        """Identity: kind, parameters, scaling and source of K."""
        return key_of(
            "clusterer",
            method=self.kind,
            params=dict(self.params),
            k=self.k,
            k_source=self.k_source,
            standardise=self.standardise,
            dimension_correction=self.dimension_correction,
        )


@dataclass(frozen=True, eq=False)
class Score(Entry):
    """A score of a clustering: which metric, in which space, over which samples.

    `space` is ``labels`` for external metrics, else where distances are measured:
    ``reduced``, ``original`` (the embedding) or ``umap`` (the array of `reducer`).
    `subset` is ``all`` (noise is one more cluster) or ``clustered`` (noise left out).
    """

    metric: str
    space: str
    subset: str
    reducer: str | None


@dataclass(frozen=True)
class Catalog:
    """All that a grid can name."""

    encoders: Mapping[str, Encoder]
    datasets: Mapping[str, Dataset]
    reducers: Mapping[str, Reducer]
    clusterers: Mapping[str, Clusterer]
    scores: Mapping[str, Score]

    def of(self, kind: str) -> Mapping[str, Entry]:
        """Return the entries of a kind, named in the singular as in TOML."""
        entries: Mapping[str, Entry] = getattr(self, f"{kind}s")
        return entries


KINDS = ("encoder", "dataset", "reducer", "clusterer", "score")
"""Tables of a catalog file, ``[KIND.NAME]``."""
