"""Give declared cells and probes their keys: look at the datasets, resolve K."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh import datasets, encoders, probes, reducers
from zsc_wh.engine.cells import PRECISION, Cell, Embedding, Reduction, Source
from zsc_wh.engine.probing import Probing
from zsc_wh.errors import ConfigError, ZscError
from zsc_wh.fields import nearest
from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets import Level
    from zsc_wh.declare import Dataset, DeclaredCell, Encoder, Grid, Reducer


class Resolver:
    """Resolves what grids declare; looks at each dataset and each file once."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._embeddings: dict[tuple[str, str], Embedding] = {}
        self._unpredictable: dict[tuple[str, str, str], str | None] = {}

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
        embeddings = (self._embedding(d.encoder, d.dataset) for d in grid.cells)
        return [
            _cell(declared, embedding, grid.dtype)
            for declared, embedding in zip(grid.cells, embeddings, strict=True)
        ]

    def probings(self, grid: Grid) -> list[Probing]:
        """Return the probes of a grid: where a dataset has a train set and labels.

        The level is that of the cells; a probe that draws uses the least seed.

        Raises
        ------
        DataError, ConfigError
            As `cells`.
        """
        found: dict[tuple[str, str, str, str], Probing] = {}
        seed = min((declared.seed for declared in grid.cells), default=0)
        for declared in grid.cells:
            test = self._embedding(declared.encoder, declared.dataset)
            level = _level(declared, test.source)
            train = grid.train_sets.get(declared.dataset.name)
            if train is None or level is None:
                continue
            for probe in grid.probes:
                names = (
                    declared.encoder.name,
                    declared.dataset.name,
                    level.name,
                    probe.name,
                )
                if names not in found:
                    embedded = self._embedding(declared.encoder, train)
                    found[names] = Probing(
                        probe,
                        embedded,
                        test,
                        embedded.source.level(level.name),
                        level,
                        seed,
                        self._not_applicable(embedded.source, test.source, level),
                    )
        return list(found.values())

    def _not_applicable(self, train: Source, test: Source, level: Level) -> str | None:
        """Say why the labels of `test` cannot be predicted; once for all encoders."""
        names = (train.dataset.name, test.dataset.name, level.name)
        if names not in self._unpredictable:
            self._unpredictable[names] = _not_applicable(train, level)
        return self._unpredictable[names]

    def _source(self, dataset: Dataset) -> Source:
        if dataset.name not in self._sources:
            listing = datasets.list_samples(
                dataset.loader, dataset.source.parent, dataset.subset
            )
            self._sources[dataset.name] = Source(dataset, listing)
        return self._sources[dataset.name]

    def _embedding(self, encoder: Encoder, dataset: Dataset) -> Embedding:
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
    transform = encoder.transform
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


def _not_applicable(train: Source, level: Level) -> str | None:
    known = train.level(level.name)
    if known is None:
        name = train.dataset.name
        return f"the train set '{name}' has no label level '{level.name}'"
    y_train, y_test, _ = probes.union_labels(
        known.class_names, known.class_index, level.class_names, level.class_index
    )
    return probes.not_applicable(y_train, y_test)


def _level(declared: DeclaredCell, source: Source) -> Level | None:
    if declared.level is None:
        return source.listing.target
    level = source.level(declared.level)
    if level is None:
        levels = [level.name for level in source.listing.levels]
        raise ConfigError(
            what=f"the dataset '{source.dataset.name}' has no label level "
            f"'{declared.level}'" + nearest(declared.level, levels),
            mend=f"Its levels: {', '.join(levels) or 'none, it has no labels'}.",
        )
    return level
