"""Look at datasets and weights, each once; note which are not on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zsc_wh import datasets, encoders
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.work import Source
from zsc_wh.work.missing import (
    DATASET,
    FEATURES,
    WEIGHTS,
    missing_dataset,
    missing_features,
    missing_weights,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets import Digests, Listing
    from zsc_wh.declare import Dataset, Encoder
    from zsc_wh.work.missing import Missing


class Sources:
    """Datasets and weights as they are now.

    Parameters
    ----------
    digests : Digests
        What is known of the content of files.
    """

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self._sources: dict[str, Source] = {}
        self._own: dict[Encoder, Encoder] = {}
        self._missing: dict[tuple[str, str], Missing] = {}

    @property
    def by_name(self) -> Mapping[str, Source]:
        """Datasets that were looked at."""
        return self._sources

    @property
    def missing(self) -> Sequence[Missing]:
        """Datasets, and weights of one's own, that are not on this machine."""
        return tuple(self._missing.values())

    def source(self, dataset: Dataset) -> Source:
        """Return a dataset, with its published size where it is not here.

        Raises
        ------
        ConfigError, DataError
            When it cannot be used, or is not here and no size of it was published.
        """
        if dataset.name not in self._sources:
            try:
                source = Source(dataset, self._listing(dataset))
            except (ConfigError, DataError):
                listing = datasets.published_listing(dataset.name, dataset.expected)
                if listing is None or not self.is_missing(dataset):
                    raise
                source = Source(dataset, listing, is_here=False)
            self._sources[dataset.name] = source
        return self._sources[dataset.name]

    def is_missing(self, dataset: Dataset) -> bool:
        """Whether nothing is at the place of a dataset; takes note of it."""
        missing = missing_dataset(dataset)
        if missing is not None:
            self._missing[DATASET, dataset.name] = missing
        return missing is not None

    def look_for_features(self, encoder: Encoder, dataset: Dataset) -> None:
        """Take note of stored features that are not at their place."""
        missing = missing_features(encoder, dataset)
        if missing is not None:
            self._missing[FEATURES, missing.name] = missing

    def pinned(self, encoder: Encoder, given: Path | None) -> Encoder:
        """Return an encoder with the sha256 of own weights, which tells them apart.

        Parameters
        ----------
        encoder : Encoder
            Its declaration.
        given : Path or None
            File of its weights that a grid or a folder of weights names.
        """
        unpinned = encoders.unpinned_keys(encoder.loader)
        if not unpinned:
            return encoder
        if encoder not in self._own:
            missing = missing_weights(encoder, given, self._digests)
            if missing is None:
                base, name = encoder.source.parent, encoder.name
                known = encoders.pinned(
                    encoder.loader, base, given, name, self._digests
                )
                loader = known or encoder.loader
            else:
                self._missing[WEIGHTS, encoder.name] = missing
                # stands for what is not known
                unknown = dict.fromkeys(unpinned, f"of {encoder.name}")
                loader = {**encoder.loader, **unknown}
            self._own[encoder] = replace(encoder, loader=loader)
        return self._own[encoder]

    def _listing(self, dataset: Dataset) -> Listing:
        listing = datasets.list_samples(
            dataset.loader,
            dataset.source.parent,
            dataset.subset,
            self._digests,
            dataset.name,
        )
        if dataset.missing_labels == "one class":
            levels = [level.with_missing_as_class() for level in listing.levels]
            listing = replace(listing, levels=tuple(levels))
        return listing
