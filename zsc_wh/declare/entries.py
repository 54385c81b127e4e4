"""What a catalog declares: encoders, datasets, methods, scores, probes and recipes.

Entries are complete (defaults filled in) and know their identity. Paths are kept for
loading, relative to the file that declares them, and never enter an identity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zsc_wh import clusterers, encoders, reducers
from zsc_wh.identity import key_of
from zsc_wh.preprocessing import Transform
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.fields import Field

PATH_FIELDS = frozenset({"path", "labels_path", "ids_path"})
"""Loader parameters that say where something lies, not what it is."""

PLACES = PATH_FIELDS | {"encoders"}
"""These, and the one that says under which names parts are declared."""

_OPTIONAL = frozenset({"entry", "output", "strip"})
"""Loader parameters that enter an identity only where they are declared."""

ANY = "*"
"""Row of a recipe for every encoder that has none of its own."""


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
    doc : str or None
        One line for people.
    """

    name: str
    source: Path
    tags: tuple[str, ...]
    title: str
    doc: str | None


@dataclass(frozen=True, eq=False)
class Encoder(Entry):
    """A frozen network with its weights and preprocessing, or what stands for one.

    `transform` is None where no prepared array is asked for: stored features, and code
    that takes the images as they are. `recipe` names the row that it follows.
    `dim` is the number of features, None where it is not declared: it changes nothing.
    `parts` are the encoders whose embeddings it puts together, of which most have none.
    `precision` is the floating point type of the forward pass.
    """

    loader: Mapping[str, Any]
    image_size: int | None
    transform: Transform | None
    feature: str
    backbone: str | None
    family: str
    objective: str | None
    pretrained_on: str | None
    fine_tuned: bool
    licence: str | None
    recipe: str
    dim: int | None = None
    parts: tuple[Encoder, ...] = ()
    precision: str = encoders.FLOAT32

    @property
    def runs_user_code(self) -> bool:
        """Whether code of the user's own makes its embeddings."""
        return encoders.LOADERS[self.loader["kind"]].runs_user_code

    @cached_property
    def key(self) -> str:
        """Identity of what is declared; that of stored features is their content."""
        if self.parts:
            return self.key_of_parts([part.key for part in self.parts])
        identity = encoders.LOADERS[self.loader["kind"]].identity
        given = identity(self.loader) if identity else self.loader
        loader = {
            key: value
            for key, value in given.items()
            if key not in PATH_FIELDS and not (key in _OPTIONAL and value is None)
        }
        if {self.loader.get("weights"), self.loader.get("path")} != {None}:
            loader.pop("seed", None)  # of random weights, of which there are none
        if self.loader.get("sha256") is not None:
            loader.pop("url", None)  # where the same file can be had
        parts: dict[str, Any] = {}
        if self.transform not in (None, Transform(self.image_size)):
            parts["transform"] = self.transform.declared()
        if self.precision != encoders.FLOAT32:
            parts["precision"] = self.precision
        return key_of(
            "encoder",
            loader=loader,
            feature=self.feature,
            image_size=self.image_size,
            **parts,
        )

    def key_of_parts(self, keys: Sequence[str]) -> str:
        """Identity where its parts have these; of stored features only files know."""
        loader = {"kind": self.loader["kind"], "within": self.loader["within"]}
        return key_of("encoder", loader={**loader, "parts": keys}, feature=self.feature)

    @property
    def made_of(self) -> tuple[Encoder, ...]:
        """Its parts; itself where it has none."""
        return self.parts or (self,)


@dataclass(frozen=True, eq=False)
class Dataset(Entry):
    """A named image set; its identity is its listing, which only its files know.

    `expected` holds what was published of its size, None where nothing was;
    `missing_labels` says whether samples without a label are left out of scores or make
    one class; `train` names the dataset that supplies the references of its probes;
    `subset` says how its samples are drawn from the whole.
    """

    loader: Mapping[str, Any]
    domain_group: str | None
    licence: str | None
    homepage: str | None
    expected: Mapping[str, Any]
    missing_labels: str
    train: str | None
    subset: Mapping[str, Any] | None


@dataclass(frozen=True, eq=False)
class Reducer(Entry):
    """A reducer with all its parameters."""

    kind: str
    params: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Identity: kind and parameters."""
        method = reducers.METHODS[self.kind]
        params = _identifying(self.params, method.fields, method.optional)
        return key_of("reducer", method=self.kind, params=params)

    @property
    def meaning(self) -> str:
        """What its name means."""
        return self.key

    @property
    def runs_user_code(self) -> bool:
        """Whether code of the user's own reduces."""
        return reducers.METHODS[self.kind].runs_user_code

    @property
    def is_identity(self) -> bool:
        """Whether the reduced space is the embedding itself."""
        return self.kind == "none" and not self.params["zscore"]


@dataclass(frozen=True, eq=False)
class Clusterer(Entry):
    """A clusterer with all its parameters, the scaling of its input and its K.

    `slot` is the place that it takes in a recipe; it changes no result.
    """

    kind: str
    params: Mapping[str, Any]
    k: int | None
    k_source: str
    standardise: str
    dimension_correction: bool
    slot: str

    @cached_property
    def key(self) -> str:
        """Identity: kind, parameters and scaling; K enters a cell as a number."""
        method = clusterers.METHODS[self.kind]
        return key_of(
            "clusterer",
            method=self.kind,
            params=_identifying(self.params, method.fields, method.optional),
            standardise=self.standardise,
            dimension_correction=self.dimension_correction,
        )

    @property
    def runs_user_code(self) -> bool:
        """Whether code of the user's own clusters."""
        return clusterers.METHODS[self.kind].runs_user_code

    @cached_property
    def meaning(self) -> str:
        """What its name means: the method and where K comes from."""
        return key_of(
            "clusterer meaning", clusterer=self.key, k_source=self.k_source, k=self.k
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


@dataclass(frozen=True, eq=False)
class Probe(Entry):
    """A probe of an embedding with all its parameters."""

    kind: str
    params: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Identity: kind and parameters."""
        return key_of("probe_method", method=self.kind, params=dict(self.params))


@dataclass(frozen=True)
class Step:
    """What a recipe puts in one slot: names of a reducer and of a clusterer."""

    reducer: str
    clusterer: str


@dataclass(frozen=True)
class Exchange:
    """Clusterers that a recipe replaces for some datasets.

    Parameters
    ----------
    datasets : tuple of str
        Names, in which capitals, spaces, ``-`` and ``_`` do not count, or ``@tag``.
    clusterers : mapping of str to str
        From the name of a clusterer to the one that takes its place.
    """

    datasets: tuple[str, ...]
    clusterers: Mapping[str, str]

    def concerns(self, dataset: Dataset) -> bool:
        """Whether it replaces clusterers for a dataset."""
        known = {_spelt(dataset.name), *(f"@{tag}" for tag in dataset.tags)}
        return any(
            (name if name.startswith("@") else _spelt(name)) in known
            for name in self.datasets
        )


@dataclass(frozen=True, eq=False)
class Recipe(Entry):
    """For each encoder, the reducer and the clusterer that take each slot.

    `rows` go from the name of an encoder, or `ANY`, to slot and `Step`.
    """

    rows: Mapping[str, Mapping[str, Step]]
    exchanges: tuple[Exchange, ...]

    def row(self, encoder: Encoder) -> Mapping[str, Step] | None:
        """Return the steps of an encoder by slot, None where it has no row.

        The row that it declares counts, else that of its own name, else `ANY`.
        """
        names = (encoder.recipe, encoder.name, ANY)
        return next((self.rows[name] for name in names if name in self.rows), None)

    def clusterer(self, step: Step, dataset: Dataset) -> str:
        """Return the name of the clusterer that a step means for a dataset."""
        for exchange in self.exchanges:
            if step.clusterer in exchange.clusterers and exchange.concerns(dataset):
                return exchange.clusterers[step.clusterer]
        return step.clusterer


@dataclass(frozen=True)
class Catalog:
    """All that a grid can name."""

    encoders: Mapping[str, Encoder]
    datasets: Mapping[str, Dataset]
    reducers: Mapping[str, Reducer]
    clusterers: Mapping[str, Clusterer]
    scores: Mapping[str, Score]
    probes: Mapping[str, Probe]
    recipes: Mapping[str, Recipe]

    def of(self, kind: str) -> Mapping[str, Entry]:
        """Return the entries of a kind, named in the singular as in TOML."""
        entries: Mapping[str, Entry] = getattr(self, f"{kind}s")
        return entries


KINDS = (*CELL_NAMES, "score", "probe", "recipe")
"""Tables of a catalog file, ``[KIND.NAME]``."""


def _spelt(name: str) -> str:
    """Return the name of a dataset in the one spelling by which the study knows it."""
    return re.sub(r"[-_ ]", "", name.lower())


def _identifying(
    params: Mapping[str, Any],
    fields: Mapping[str, Field],
    optional: frozenset[str],
) -> dict[str, Any]:
    """Return the parameters that enter a key.

    An `optional` one came after keys had been made: at its default, which is what was
    done before it, it stays out, so that those keys still hold.
    """
    return {
        name: value
        for name, value in params.items()
        if name not in optional or value != fields[name].default
    }
