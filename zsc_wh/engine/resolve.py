"""Give declared cells and probes their keys: look at the datasets, resolve K."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from zsc_wh import datasets, encoders, probes
from zsc_wh.engine.sources import Sources
from zsc_wh.engine.wanted import Wanted
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest
from zsc_wh.words import counted
from zsc_wh.work import Cell, Concatenation, Embedding, Probing, Reduction
from zsc_wh.work.missing import missing_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
    from pathlib import Path

    from zsc_wh.datasets import Digests, Level
    from zsc_wh.declare import Dataset, DeclaredCell, Encoder, Grid, Probe
    from zsc_wh.work import Sizes, Source
    from zsc_wh.work.missing import Missing


class Resolver:
    """Resolves what grids declare; looks at each dataset and each file once.

    Parameters
    ----------
    digests : Digests
        What is known of the content of files.
    sizes : Sizes
        What is known of the sizes of arrays.
    """

    def __init__(self, digests: Digests, sizes: Sizes) -> None:
        self._digests = digests
        self._sizes = sizes
        self._looked = Sources(digests)
        self._embeddings: dict[tuple[str, str], Embedding] = {}
        self._unpredictable: dict[tuple[str, str, str, str], str | None] = {}
        self._n_classes: dict[tuple[str, str], int] = {}
        self._given: dict[str, Path] = {}
        self._unsized: set[str] = set()
        self._unplanned: dict[Encoder, Path | None] = {}

    @property
    def sources(self) -> Mapping[str, Source]:
        """Datasets that were looked at, by name."""
        return self._looked.by_name

    @property
    def embeddings(self) -> Mapping[tuple[str, str], Embedding]:
        """Embeddings that are wanted, by names of encoder and dataset."""
        return self._embeddings

    @property
    def missing(self) -> Sequence[Missing]:
        """Datasets, and weights of one's own, that are not on this machine."""
        return self._looked.missing

    @property
    def unsized(self) -> Set[str]:
        """Datasets that are not here and of which no size was published."""
        return self._unsized

    @property
    def unplanned(self) -> Mapping[Encoder, Path | None]:
        """Encoders that would embed these, with the files named for their weights."""
        return self._unplanned

    def look(self, grids: Iterable[Grid]) -> None:
        """Look at every dataset and every file of stored features.

        A dataset that is not here has its published size, or is `unsized` if it can be
        had somewhere; weights that are not here are taken for those that are declared.
        All are `missing` then.

        Raises
        ------
        ConfigError
            Listing every one that cannot be used.
        """
        faults: list[DataError | ConfigError] = []
        for grid in grids:
            faults += self._give(grid)
            # parts before what is made of them: each has faults of its own
            pairs = [
                (encoder, cell.dataset)
                for cell in grid.cells
                for encoder in dict.fromkeys((*cell.encoder.parts, cell.encoder))
            ]
            pairs += [
                (encoder, grid.train_sets[dataset.name])
                for encoder, dataset in pairs
                if dataset.name in grid.train_sets and grid.probes
            ]
            tests = {cell.dataset.name for cell in grid.cells}
            trains = {train.name for train in grid.train_sets.values()} - tests
            broken: set[str] = set()
            for encoder, dataset in dict.fromkeys(pairs):
                if dataset.name in self._unsized:
                    self._leave_out(encoder, dataset)
                if dataset.name in broken:
                    continue
                try:
                    self._looked.source(dataset)
                except (DataError, ConfigError) as error:
                    broken.add(dataset.name)
                    # the place of a folder of one's own may be misspelt
                    is_published = dataset.homepage is not None
                    can_wait = is_published or dataset.name in trains
                    if can_wait and self._looked.is_missing(dataset):
                        self._unsized.add(dataset.name)
                        self._leave_out(encoder, dataset)
                    else:
                        faults.append(error)
                    continue
                try:
                    self._embedding(encoder, dataset)
                except (DataError, ConfigError) as error:
                    faults.append(error)
        _raise(faults, self.missing)

    def _give(self, grid: Grid) -> Iterator[ConfigError]:
        """Take the files of published weights that a grid names; yield contradictions.

        Which of two files was loaded must not depend on the order of the grids.
        """
        for name, file in grid.weights.items():
            other = self._given.setdefault(name, file)
            if other != file:
                yield ConfigError(
                    what=f"another grid of this call names {other}",
                    where=f"{grid.source}: weights.{name}",
                    hint="Name the same file in both, or run them one after another.",
                )

    def wanted(self, grid: Grid) -> list[Wanted]:
        """Return the cells of a grid under their names, each once.

        Raises
        ------
        ConfigError
            When a level does not exist.
        """
        found = {}
        for declared in self._sized(grid):
            embedding = self._embedding(declared.encoder, declared.dataset)
            level = _level(declared, embedding.source)
            cell = self._cell(declared, embedding, level, grid.dtype)
            wanted = Wanted(declared, embedding, cell, level)
            found[cell.key, wanted.names] = wanted
        return list(found.values())

    def probings(self, grid: Grid) -> list[Probing]:
        """Return the probes of a grid: where a dataset has a train set and labels.

        The level is that of the cells; a probe that draws uses the least seed.

        Raises
        ------
        ConfigError
            As `wanted`.
        """
        found: dict[tuple[str, str, str, str], Probing] = {}
        seed = min((declared.seed for declared in grid.cells), default=0)
        for declared in self._sized(grid):
            test = self._embedding(declared.encoder, declared.dataset)
            level = _level(declared, test.source)
            train = grid.train_sets.get(declared.dataset.name)
            if train is None or level is None or train.name in self._unsized:
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
                        self._not_applicable(
                            probe, embedded.source, test.source, level
                        ),
                    )
        return list(found.values())

    def _leave_out(self, encoder: Encoder, dataset: Dataset) -> None:
        """Take note of what an encoder needs for a dataset of unknown size."""
        if not encoder.parts:
            self._unplanned[encoder] = self._file_of(encoder)
            self._looked.look_for_features(encoder, dataset)

    def _sized(self, grid: Grid) -> Iterator[DeclaredCell]:
        """Yield the cells of a grid whose datasets have a size."""
        return (one for one in grid.cells if one.dataset.name not in self._unsized)

    def _not_applicable(
        self, probe: Probe, train: Source, test: Source, level: Level
    ) -> str | None:
        """Say why the labels of `test` cannot be predicted; once for all encoders."""
        if not (train.is_here and test.is_here):
            return None
        names = (probe.key, train.dataset.name, test.dataset.name, level.name)
        if names not in self._unpredictable:
            self._unpredictable[names] = _not_applicable(probe, train, level)
        return self._unpredictable[names]

    def _embedding(self, encoder: Encoder, dataset: Dataset) -> Embedding:
        names = (encoder.name, dataset.name)
        if names not in self._embeddings:
            self._embeddings[names] = self._made(encoder, dataset)
        return self._embeddings[names]

    def _made(self, encoder: Encoder, dataset: Dataset) -> Embedding:
        if encoder.parts:
            parts = tuple(self._embedding(part, dataset) for part in encoder.parts)
            return Concatenation.of_parts(encoder, parts)
        source, given = self._looked.source(dataset), self._file_of(encoder)
        if not source.is_here:
            self._looked.look_for_features(encoder, dataset)
        known = self._looked.pinned(encoder, given)
        return Embedding.of(known, source, self._digests, given)

    def _file_of(self, encoder: Encoder) -> Path | None:
        """Return the file of weights that is named for an encoder, apart from it."""
        given = self._given.get(encoder.name)
        if given is None and encoders.takes_file(encoder.loader):
            given = encoders.in_folders(encoder.name)
        return given

    def _cell(
        self,
        declared: DeclaredCell,
        embedding: Embedding,
        level: Level | None,
        dtype: str,
    ) -> Cell:
        clusterer = declared.clusterer
        k, impossible = clusterer.k, embedding.impossible
        if clusterer.k_source == "labels":
            k = self._classes(embedding, level) if level else None
            if level is None and impossible is None:
                impossible = (
                    f"'{clusterer.name}' takes K from the labels, and the dataset "
                    f"'{embedding.source.dataset.name}' has none; declare a clusterer "
                    "with k = NUMBER"
                )
        reduced = Reduction.of(
            embedding, declared.reducer, declared.seed, dtype, self._sizes
        )
        return Cell.of(
            reduced, clusterer, declared.seed, k, self._sizes, impossible=impossible
        )

    def _classes(self, embedding: Embedding, level: Level) -> int:
        """Return the number of classes that have a sample which can be embedded."""
        key = (embedding.key, level.key)
        if key not in self._n_classes:
            missing = set(embedding.missing)
            present = {
                index
                for position, index in enumerate(level.class_index)
                if position not in missing
            }
            if embedding.reads_images and embedding.source.is_here:
                present -= self._unsound(embedding.source, level)
            self._n_classes[key] = len(present - {None})
        return self._n_classes[key]

    def _unsound(self, source: Source, level: Level) -> frozenset[int]:
        """Return the classes of which no image can be decoded."""
        dataset, listing = source.dataset, source.listing
        spec = datasets.LOADERS[dataset.loader["kind"]]
        if spec.images is None:
            return frozenset()
        opened = partial(spec.images, dataset.loader, dataset.source.parent, listing)
        return datasets.unsound_classes(listing, level, opened, self._digests)


def _raise(faults: list[DataError | ConfigError], missing: Sequence[Missing]) -> None:
    """Raise what was found as one fault of the declarations, or return."""
    if not faults:
        return
    if len(faults) == 1 and not missing:
        fault = faults[0]
        raise ConfigError(fault.what, where=fault.where, hint=fault.hint) from fault
    lines = dict.fromkeys(map(str, faults))
    head = f"{counted(len(lines), 'fault')} in what the grids name"
    parts = ["\n  ".join([head, *lines]), *([missing_text(missing)] if missing else [])]
    raise ConfigError(what="\n".join(parts))


def _not_applicable(probe: Probe, train: Source, level: Level) -> str | None:
    known = train.level(level.name)
    if known is None:
        name = train.dataset.name
        return f"the train set '{name}' has no label level '{level.name}'"
    y_train, y_test, _ = probes.union_labels(
        known.class_names, known.class_index, level.class_names, level.class_index
    )
    return probes.METHODS[probe.kind].limit(y_train, y_test, probe.params)


def _level(declared: DeclaredCell, source: Source) -> Level | None:
    if declared.level is None or not source.is_here:
        return source.listing.target
    level = source.level(declared.level)
    if level is None:
        levels = [level.name for level in source.listing.levels]
        raise ConfigError(
            what=f"the dataset '{source.dataset.name}' has no label level "
            f"'{declared.level}'" + nearest(declared.level, levels),
            hint=f"Its levels: {', '.join(levels) or 'none, it has no labels'}.",
        )
    return level
