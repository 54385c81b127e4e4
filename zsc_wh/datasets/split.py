"""Published ways to cut a dataset that has no split: at random, or evenly spaced."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ConfigError
from zsc_wh.identity import key_of
from zsc_wh.installed import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Listing

_EDGE = 2  # samples at either end that are never in the test part


def split_positions(
    listing: Listing, subset: Mapping[str, Any], known: Digests | None = None
) -> list[int]:
    """Return the positions of the samples of one part.

    Parameters
    ----------
    listing : Listing
        The whole dataset.
    subset : mapping
        The part of a split, as from `zsc_wh.datasets.read_subset`.
    known : Digests, optional
        Keeps what scikit-learn answered, which takes a second to import.

    Raises
    ------
    ConfigError
        When a part would be empty, or a class has too few samples to be in both.
    MissingExtraError
        When scikit-learn is not installed.

    Notes
    -----
    At random: ``train_test_split(arange(n), test_size=test_fraction,
    random_state=seed, stratify=labels)``, where samples without a label are a class of
    their own, the first, as the study numbers them.

    Spaced: the samples sorted by class, stably; the test part are those at the
    positions ``round(linspace(2, n - 3, int(test_fraction * n)))``, and the train part
    the others. The first sample of a class that is left without any in the train part
    moves there. Both parts stay sorted by class.
    """
    if subset["way"] == "spaced":
        return _spaced(listing, subset)
    return _at_random(listing, subset, known)


def _spaced(listing: Listing, subset: Mapping[str, Any]) -> list[int]:
    target = listing.target
    if target is None or target.n_missing:
        raise ConfigError(
            what='way = "spaced" needs a label of every sample at the target level',
            where="subset",
            hint="Leave samples without a label out, or choose another target.",
        )
    n, fraction = len(listing), subset["test_fraction"]
    classes = np.array(target.class_index)
    by_class = np.argsort(classes, kind="stable")
    spots = np.round(np.linspace(_EDGE, n - 1 - _EDGE, int(fraction * n))).astype(int)
    is_test = np.zeros(n, dtype=bool)
    if len(spots) and 0 <= spots[0] <= spots[-1] < n:
        is_test[spots] = True
    if is_test.sum() in (0, n) or is_test.sum() < len(spots):
        raise _impossible(n, fraction, "a part would be empty")
    _give_back(is_test, classes[by_class])
    chosen: list[int] = by_class[is_test == (subset["part"] == "test")].tolist()
    return chosen


def _give_back(is_test: NDArray[np.bool_], classes: NDArray[np.intp]) -> None:
    """Move the first sample of each class that has no other out of the test part."""
    _, first, counts = np.unique(classes, return_index=True, return_counts=True)
    in_test = np.add.reduceat(is_test, first, dtype=np.intp)
    is_test[first[in_test == counts]] = False


def _at_random(
    listing: Listing, subset: Mapping[str, Any], known: Digests | None
) -> list[int]:
    library = require("sklearn", "scikit-learn, which splits a dataset")
    labels = None
    if subset["stratified"] and listing.target:
        found = [-1 if i is None else i for i in listing.target.class_index]
        labels = np.array(found, dtype=np.int64)
    cut = partial(_cut, listing, subset, labels)
    if known is None or library.origin is None:
        return cut()
    strata = None if labels is None else hashlib.sha256(labels.tobytes()).hexdigest()
    asked = key_of("split", n=len(listing), subset=subset, strata=strata)
    # the version of the library decides, and its file tells that it is another one
    positions: list[int] = known.fact(Path(library.origin), f"split {asked}", cut)
    return positions


def _cut(
    listing: Listing, subset: Mapping[str, Any], labels: NDArray[np.int64] | None
) -> list[int]:
    # takes a second to import, and only a dataset that is split needs it
    from sklearn.model_selection import train_test_split

    try:
        parts = train_test_split(
            np.arange(len(listing)),
            test_size=subset["test_fraction"],
            random_state=subset["seed"],
            stratify=labels,
        )
    except ValueError as error:
        raise _impossible(
            len(listing),
            subset["test_fraction"],
            "a part would be empty, or a class has too few samples for both",
        ) from error
    chosen: list[int] = parts[subset["part"] == "test"].tolist()
    return chosen


def _impossible(n: int, fraction: float, why: str) -> ConfigError:
    return ConfigError(
        what=f"{n} samples cannot be split by test_fraction = {fraction:g}: {why}",
        where="subset",
        hint="Change `test_fraction`, or set stratified = false.",
    )
