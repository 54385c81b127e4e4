"""A published split of a dataset that has none: scikit-learn's, in its order."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ConfigError, MissingExtraError
from zsc_wh.installed import install_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets.listing import Listing


def split_positions(listing: Listing, subset: Mapping[str, Any]) -> list[int]:
    """Return the positions of the samples of one part.

    Parameters
    ----------
    listing : Listing
        The whole dataset.
    subset : mapping
        The part of a split, as from `zsc_wh.datasets.read_subset`.

    Raises
    ------
    ConfigError
        When a part would be empty, or a class has too few samples to be in both.
    MissingExtraError
        When scikit-learn is not installed.

    Notes
    -----
    ``train_test_split(arange(n), test_size=test_fraction, random_state=seed,
    stratify=labels)``, where samples without a label are a class of their own, the
    first, as the study numbers them.
    """
    if find_spec("sklearn") is None:
        raise MissingExtraError(
            what="scikit-learn, which splits a dataset, is not installed",
            mend=f"Install it with: {install_command('ingest')}",
        )
    # takes a second to import, and only a dataset that is split needs it
    from sklearn.model_selection import train_test_split

    labels = None
    if subset["stratified"] and listing.target:
        labels = [-1 if i is None else i for i in listing.target.class_index]
    try:
        parts = train_test_split(
            np.arange(len(listing)),
            test_size=subset["test_fraction"],
            random_state=subset["seed"],
            stratify=labels,
        )
    except ValueError as error:
        raise ConfigError(
            what=f"{len(listing)} samples cannot be split by test_fraction = "
            f"{subset['test_fraction']:g}: a part would be empty, or a class has too "
            "few samples for both",
            where="subset",
            mend="Change `test_fraction`, or set stratified = false.",
        ) from error
    chosen: list[int] = parts[subset["part"] == "test"].tolist()
    return chosen
