"""What a dataset holds, known without decoding an image: samples, sizes, labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import nearest
from zsc_wh.identity import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    def counts(self) -> dict[int, int]:
        """Number of samples of every class that occurs, by class index."""
        return dict(Counter(i for i in self.class_index if i is not None))

    @property
    def n_classes(self) -> int:
        """Number of classes that occur."""
        return len(self.counts)

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
        Bytes of every sample's file, 0 where a sample is no file of its own.
    levels : tuple of Level
        Coarse to fine; empty without labels.
    ignored : tuple of str
        Paths that were left out: hidden ones, files that are images neither by name
        nor by content, links back to a folder above. A path that is not UTF-8 is
        written with ``\x``.
    facts : mapping
        What else decides which pixels are read, such as the sha256 of a file that
        holds all images.
    positions : tuple of int or None
        In a subset, the position of every sample in the whole dataset; None in a
        whole one.
    n_whole : int or None
        Number of samples of the whole dataset where this is a subset.
    """

    sample_ids: tuple[str, ...]
    sizes: tuple[int, ...]
    levels: tuple[Level, ...] = ()
    ignored: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    positions: tuple[int, ...] | None = None
    n_whole: int | None = None

    def __len__(self) -> int:
        return len(self.sample_ids)

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
    def fingerprint(self) -> str:
        """Identity of the dataset: ids, sizes, labels and facts, 64 hexadecimal digits.

        Takes 0.1 s for 100,000 samples.
        """
        levels = [
            {
                "name": level.name,
                "depth": level.depth,
                "is_target": level.is_target,
                "class_names": level.class_names,
                "class_index": level.class_index,
            }
            for level in self.levels
        ]
        # Most datasets have no facts, and keep the fingerprint they always had.
        facts = {"facts": self.facts} if self.facts else {}
        return key_of(
            "dataset",
            sample_ids=self.sample_ids,
            sizes=self.sizes,
            levels=levels,
            **facts,
        )


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
    if len(set(names)) < len(names):
        raise ConfigError(
            what=f"the level '{Counter(names).most_common(1)[0][0]}' is named twice",
            where=where,
            mend="Name every level once, coarse to fine.",
        )
    if target is not None and target not in names:
        raise ConfigError(
            what=f"the target level '{target}' is not one of the levels"
            + nearest(target, list(names)),
            where=where,
            mend=f"The levels are: {', '.join(names) or 'none'}.",
        )
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
            mend="Leave it out of `levels`, or mend its labels; embeddings may say "
            'labels = "none".',
        )
    return levels


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
