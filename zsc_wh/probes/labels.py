"""Labels of two datasets in one numbering: a probe compares them class by class.

Each dataset numbers its own classes. Renumbering both by first appearance, as the
study's code did at first, compares unlike classes wherever the two orders differ; so
classes are matched by name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsc_wh.errors import DataError
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

IntArray = NDArray[np.integer[Any]]

MISSING = -1
"""Label of a sample that has none."""


def union_labels(
    train_names: Sequence[str],
    train_index: Sequence[int | None],
    test_names: Sequence[str],
    test_index: Sequence[int | None],
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Renumber the classes of two datasets by the sorted union of their names.

    Parameters
    ----------
    train_names, test_names : sequence of str
        Distinct names of the classes of each dataset, by its own class index.
    train_index, test_index : sequence of int or None
        Class of every sample in that numbering; None where the label is missing.

    Returns
    -------
    y_train, y_test : ndarray of int64, shape (n_train,) and (n_test,)
        Class of every sample in the common numbering; -1 where the label is missing.
    classes : tuple of str
        Names of the classes that occur in either dataset, sorted by code point.

    Raises
    ------
    DataError
        When two classes of one dataset have the same name.

    Examples
    --------
    >>> union_labels(("cat", "ant"), (0, 1), ("bee", "cat"), (1, None, 0))
    (array([2, 0]), array([ 2, -1,  1]), ('ant', 'bee', 'cat'))
    """
    train = _named(train_names, train_index, "train")
    test = _named(test_names, test_index, "test")
    classes = tuple(sorted({name for name in train + test if name is not None}))
    number = {name: position for position, name in enumerate(classes)}
    y_train, y_test = (
        np.array(
            [MISSING if name is None else number[name] for name in names],
            dtype=np.int64,
        )
        for names in (train, test)
    )
    return y_train, y_test, classes


def not_applicable(y_train: IntArray, y_test: IntArray) -> str | None:
    """Say why no probe can be made with these labels, or None.

    Parameters
    ----------
    y_train, y_test : ndarray of int, shape (n_train,) and (n_test,)
        In a common numbering; -1 where the label is missing.

    Examples
    --------
    >>> not_applicable(np.array([0, 1]), np.array([2, 3, -1]))
    'cannot be probed: none of 2 test classes occurs in train'
    >>> not_applicable(np.array([0, 0]), np.array([0, 1]))
    'cannot be probed: all train samples are of one class'
    >>> not_applicable(np.array([0, 1]), np.array([1, 2]))
    """
    for labels, name in ((y_train, "train"), (y_test, "test")):
        if not (labels >= 0).any():
            return f"no {name} sample has a label"
    asked = np.unique(y_test[y_test >= 0])
    if not np.isin(asked, y_train).any():
        return (
            "cannot be probed: none of "
            f"{counted(len(asked), 'test class', 'test classes')} occurs in train"
        )
    if len(np.unique(y_train[y_train >= 0])) == 1:
        return "cannot be probed: all train samples are of one class"
    return None


def _named(
    names: Sequence[str], index: Sequence[int | None], split: str
) -> list[str | None]:
    """Return the name of every sample's class."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            what=f"{len(twice)} class names stand for several classes of the {split} "
            f"dataset, the first is '{twice[0]}'",
            hint="Classes are matched by name: give each its own.",
        )
    return [None if position is None else names[position] for position in index]
