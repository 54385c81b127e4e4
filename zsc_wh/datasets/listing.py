"""What a dataset holds, known without decoding an image: samples, sizes, labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest
from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_LABEL = "(no label)"
"""Name of the class that samples without a label make where a dataset says so."""

Labels = Sequence[str | int | None]
"""A label for every sample of one level: texts, or whole numbers; None is missing."""


@dataclass(frozen=True)
class Level:
    """The labels of one level of the label hierarchy.

    Parameters
    ----------
    name : str
        Such as ``species``.
    depth : int
        Depth in the hierarchy, 0 coarsest.
    is_target : bool
        Whether clusterings are judged by this level unless a grid says otherwise.
    class_names : tuple of str
        Names of the classes, by class index.
    class_index : tuple of int or None
        Class of every sample, in sample order; None where the label is missing.
    """

    name: str
    depth: int
    is_target: bool
    class_names: tuple[str, ...]
    class_index: tuple[int | None, ...]

    @cached_property
    def key(self) -> str:
        """Identity of the labels: class names and class of every sample."""
        return key_of(
            "label", class_names=self.class_names, class_index=self.class_index
        )

    @cached_property
    def counts(self) -> dict[int, int]:
        """Number of samples of every class that occurs, by class index."""
        return dict(Counter(i for i in self.class_index if i is not None))

    @property
    def n_classes(self) -> int:
        """Number of classes that occur."""
        return len(self.counts)

    @property
    def n_missing(self) -> int:
        """Number of samples without a label."""
        return len(self.class_index) - sum(self.counts.values())

    def with_missing_as_class(self) -> Level:
        """Return the level with the samples without a label as one more class.

        Raises
        ------
        DataError
            When a class has the name of that class.
        """
        if not self.n_missing:
            return self
        if NO_LABEL in self.class_names:
            raise DataError(
                what=f"a class of the level '{self.name}' is called '{NO_LABEL}', as "
                "samples without a label would be",
                hint="Rename the class, or leave such samples out: "
                'missing_labels = "left out".',
            )
        last = len(self.class_names)
        return replace(
            self,
            class_names=(*self.class_names, NO_LABEL),
            class_index=tuple(last if i is None else i for i in self.class_index),
        )

    @property
    def imbalance(self) -> float:
        """Size of the largest class over that of the smallest that occurs, from 1."""
        return max(self.counts.values()) / min(self.counts.values())


@dataclass(frozen=True)
class Listing:
    r"""The samples of a dataset in their stable order.

    Parameters
    ----------
    sample_ids : tuple of str
        Distinct names of the samples; for files, the path inside the dataset.
    sizes : tuple of int
        Bytes of every sample's file, 0 where a sample is not a file of its own.
    levels : tuple of Level
        Coarse to fine; empty without labels.
    ignored : tuple of str
        Paths that were left out: files that are images neither by name nor by content,
        links back to a folder above; no word of hidden ones and of what desktops leave
        (`Thumbs.db`). A path that is not UTF-8 is
        written with ``\x``.
    absent : tuple of str
        Samples whose file is not there; they stay samples, which cannot be read.
    absent_hint : str
        Why some of those may be absent, as one sentence; empty when nothing is known.
    facts : mapping
        What else decides which pixels are seen, such as the shape of images that are
        stored as bare pixels.
    positions : tuple of int or None
        In a subset, the position of every sample in the whole dataset; None in a
        whole one.
    n_whole : int or None
        Number of samples of the whole dataset where this is a subset.
    digests : tuple of str or None
        sha256 of the bytes of every sample, None for one that cannot be read; empty
        until they are asked for.
    """

    sample_ids: tuple[str, ...]
    sizes: tuple[int, ...]
    levels: tuple[Level, ...] = ()
    ignored: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    absent_hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    positions: tuple[int, ...] | None = None
    n_whole: int | None = None
    digests: tuple[str | None, ...] = ()

    def __len__(self) -> int:
        return len(self.sample_ids)

    @property
    def rows(self) -> Sequence[int]:
        """Position of every sample in the whole dataset."""
        return range(len(self)) if self.positions is None else self.positions

    @property
    def target(self) -> Level | None:
        """The level by which clusterings are judged, None without labels."""
        return next((level for level in self.levels if level.is_target), None)

    @property
    def n_classes(self) -> int | None:
        """Number of classes that occur at the target level, None without labels."""
        return self.target.n_classes if self.target else None

    @property
    def imbalance(self) -> float | None:
        """Largest over smallest class at the target level, None without labels."""
        return self.target.imbalance if self.target else None

    @cached_property
    def content_sha256(self) -> str:
        """Identity of the bytes of all samples in order; see `content_of`."""
        return content_of(self.digests)

    @cached_property
    def key(self) -> str:
        """Identity of the images: their bytes in order, and the facts.

        Neither names nor labels are in it: what is computed of images alone stays what
        it is when a folder is renamed or a label corrected.
        """
        return key_of("dataset", content=self.content_sha256, facts=self.facts)

    @cached_property
    def labelling_key(self) -> str:
        """Identity of the labels at all levels, and of which is the target."""
        levels = [
            [level.name, level.depth, level.is_target, level.key]
            for level in self.levels
        ]
        return key_of("labelling", levels=levels)

    @cached_property
    def listing_key(self) -> str:
        """Identity of the names of the samples."""
        return key_of("listing", sample_ids=self.sample_ids)

    @cached_property
    def meaning(self) -> str:
        """What a name that stands for this dataset means: its images and labels."""
        return key_of("dataset meaning", dataset=self.key, labelling=self.labelling_key)


def content_of(digests: Sequence[str | None]) -> str:
    """Return the sha256 over the digests of samples, a line each.

    The line of a sample that cannot be read is empty. An audit of the warehouse
    computes the same in SQL.
    """
    lines = "\n".join(digest or "" for digest in digests)
    return hashlib.sha256(lines.encode()).hexdigest()


def levels_of(
    names: Sequence[str],
    columns: Sequence[Labels],
    where: str,
    target: str | None = None,
) -> tuple[Level, ...]:
    """Make the levels of a dataset from the label of every sample at every level.

    Parameters
    ----------
    names : sequence of str
        Names of the levels, coarse to fine.
    columns : sequence of Labels
        One a level, each in sample order.
    where : str
        What the labels were read from, for messages.
    target : str, optional
        Name of the target level; the finest if not given.

    Returns
    -------
    tuple of Level
        Classes are numbered in the order of their labels, numbers by value and texts
        by code point. Empty without names.

    Raises
    ------
    ConfigError
        When a name occurs twice, or `target` is none of them.
    DataError
        When a level has no labels.
    """
    check_levels(names, where, target)
    levels = tuple(
        _level(name, depth, name == (target or names[-1]), labels)
        for depth, (name, labels) in enumerate(zip(names, columns, strict=True))
    )
    empty = [level.name for level in levels if not level.class_names]
    if empty:
        raise DataError(
            what="no sample has a label at the level "
            + " or ".join(f"'{name}'" for name in empty),
            where=where,
            hint="Leave it out of `levels`, or mend its labels; embeddings may say "
            'labels = "none".',
        )
    return levels


def check_levels(names: Sequence[str], where: str, target: str | None) -> None:
    """Check that every level is named once and that the target is one of them.

    Raises
    ------
    ConfigError
        When it is not so.
    """
    if len(set(names)) < len(names):
        raise ConfigError(
            what=f"the level '{Counter(names).most_common(1)[0][0]}' is named twice",
            where=where,
            hint="Name every level once, coarse to fine.",
        )
    if target is not None and target not in names:
        raise ConfigError(
            what=f"the target level '{target}' is not one of the levels"
            + nearest(target, list(names)),
            where=where,
            hint=f"The levels are: {', '.join(names) or 'none'}.",
        )


def _level(name: str, depth: int, is_target: bool, labels: Labels) -> Level:
    classes: list[Any] = sorted({label for label in labels if label is not None})
    index = {label: position for position, label in enumerate(classes)}
    return Level(
        name=name,
        depth=depth,
        is_target=is_target,
        class_names=tuple(str(label) for label in classes),
        class_index=tuple(None if label is None else index[label] for label in labels),
    )
