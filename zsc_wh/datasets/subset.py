"""A sample subset: fewer samples of a dataset, the same ones on every machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.split import split_positions
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, complete
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Level, Listing

SUBSET: Mapping[str, Field] = {
    "n": Field(int, default=None, minimum=1, doc="number of samples to draw"),
    "test_fraction": Field(
        float,
        default=None,
        minimum=0,
        maximum=1,
        doc="in place of n: cut the dataset in two, as `way` says",
    ),
    "way": Field(
        str,
        default="random",
        choices=("random", "spaced"),
        doc="how it is cut: as scikit-learn's train_test_split does, in its order; or "
        "at even distances in the order of the classes of the target level, as the "
        "study cuts UTKFace",
    ),
    "part": Field(
        str, default="test", choices=("train", "test"), doc="which of the two parts"
    ),
    "seed": Field(int, default=0, minimum=0, doc="seed of the draw"),
    "stratified": Field(
        bool,
        default=True,
        doc="draw from every class of the target level in proportion to its size",
    ),
}
"""What a dataset's entry can say of its subset."""


def read_subset(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return complete parameters of what is declared: a draw, or a part of a split.

    None where it is neither or both.
    """
    subset = complete(SUBSET, given)
    if (subset["n"] is None) == (subset["test_fraction"] is None):
        return None
    drawn, split = ("n",), ("test_fraction", "way", "part")
    for key in drawn if subset["n"] is None else split:
        del subset[key]
    return subset


def subset_listing(
    listing: Listing, subset: Mapping[str, Any], known: Digests | None = None
) -> Listing:
    """Draw samples without replacement, or take a part of a split.

    Parameters
    ----------
    listing : Listing
        The whole dataset.
    subset : mapping
        As from `read_subset`.
    known : Digests, optional
        Keeps how a dataset was split.

    Returns
    -------
    Listing
        The drawn samples in the order of the whole; a part of a split in the order in
        which it is cut. Levels keep their classes, also
        those of which no sample was drawn; a level without any label left is dropped
        unless it is the target.

    Raises
    ------
    ConfigError
        When the dataset has fewer than `n` samples, or is labelled at the target level
        and none of the drawn ones is, or when it cannot be split.
    MissingExtraError
        For a split, when scikit-learn is not installed.

    Notes
    -----
    Every sample gets a random number of 64 bits, and the lowest are drawn. The numbers
    are the raw output of PCG64, which NumPy promises never to change; for the methods
    of its Generator it does not (NEP 19). A larger subset that is not stratified holds
    the smaller ones of the same seed.

    Stratified, a class of c out of N samples gives n c / N, rounded by the largest
    remainder, ties to the earlier class; samples without a label are a class of their
    own, the last. Without labels the draw is plain.

    A split is cut as others published it; see `zsc_wh.datasets.split`.
    """
    if "test_fraction" in subset:
        return _taken(listing, split_positions(listing, subset, known))
    return _taken(listing, _drawn(listing, subset))


def _drawn(listing: Listing, subset: Mapping[str, Any]) -> list[int]:
    """Return the positions of the samples that are drawn, in their order."""
    total, n = len(listing), subset["n"]
    if n > total:
        raise ConfigError(
            what=f"a subset of {counted(n, 'sample')} cannot be drawn from {total}",
            where="subset",
            hint=f"Set `n` to at most {total}, or drop the subset.",
        )
    lots = np.random.PCG64(subset["seed"]).random_raw(total)
    strata = [np.arange(total)]
    if subset["stratified"] and listing.target:
        strata = _strata(listing.target.class_index)
    quotas = _quotas([len(members) for members in strata], n)
    chosen: list[int] = np.sort(
        np.concatenate(
            [
                members[np.argsort(lots[members], kind="stable")[:quota]]
                for members, quota in zip(strata, quotas, strict=True)
            ]
        )
    ).tolist()
    return chosen


def _taken(listing: Listing, chosen: Sequence[int]) -> Listing:
    """Return the samples at some positions, in their order."""
    names = {listing.sample_ids[i] for i in chosen} if listing.absent else frozenset()
    return replace(
        listing,
        sample_ids=tuple(listing.sample_ids[i] for i in chosen),
        sizes=tuple(listing.sizes[i] for i in chosen),
        absent=tuple(name for name in listing.absent if name in names),
        levels=tuple(_levels_left(listing.levels, chosen)),
        positions=tuple(chosen),
        digests=(),
        n_whole=len(listing),
    )


def _levels_left(levels: Sequence[Level], chosen: Sequence[int]) -> Iterator[Level]:
    """Yield the levels at which a chosen sample has a label."""
    for level in levels:
        left = replace(level, class_index=tuple(level.class_index[i] for i in chosen))
        if left.counts:
            yield left
        elif level.is_target:
            raise ConfigError(
                what=f"no sample of the subset has a label at the target level "
                f"'{level.name}'",
                where="subset",
                hint="Raise `n`, or change `seed`.",
            )


def _strata(class_index: Sequence[int | None]) -> list[NDArray[np.intp]]:
    """Return the positions of the samples of every class, the unlabelled last."""
    numbers = np.array([-1 if index is None else index for index in class_index])
    classes = np.unique(numbers[numbers >= 0]).tolist()
    return [np.flatnonzero(numbers == index) for index in [*classes, -1]]


def _quotas(sizes: Sequence[int], n: int) -> list[int]:
    """Share `n` out in proportion to `sizes`, by the largest remainder."""
    total = sum(sizes)
    quotas = [n * size // total for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda i: -(n * sizes[i] % total))
    for i in by_remainder[: n - sum(quotas)]:
        quotas[i] += 1
    return quotas
