"""What was published of a dataset: compared with its files, and in place of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.listing import Level, Listing
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROUNDING = 0.0051  # published with two digits after the point


def size_faults(listing: Listing, expected: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the files hold something else, with both numbers.

    Parameters
    ----------
    listing : Listing
        What is there.
    expected : mapping
        `n`, `classes` and `imbalance` as published, None where nothing was.
    """
    n, classes, imbalance = len(listing), listing.n_classes, listing.imbalance
    if expected["n"] not in (None, n):
        yield f"{counted(n, 'sample')}, published with {expected['n']:,}"
    if expected["classes"] not in (None, classes):
        found = "no labels" if classes is None else counted(classes, "class", "classes")
        yield f"{found}, published with {expected['classes']:,}"
    published = expected["imbalance"]
    if published and (imbalance is None or abs(imbalance - published) > _ROUNDING):
        found = "no labels" if imbalance is None else f"an imbalance of {imbalance:.2f}"
        yield f"{found}, and {published:.2f} is published"


@dataclass(frozen=True)
class PublishedListing(Listing):
    """Stands for the listing of a dataset that is not here; it has no sample.

    Parameters
    ----------
    n : int
        Number of samples as published, which is its length.
    """

    n: int = 0

    def __len__(self) -> int:
        return self.n


def published_listing(name: str, expected: Mapping[str, Any]) -> Listing | None:
    """Return a listing of the published size, None where none was published.

    Parameters
    ----------
    name : str
        Name of the dataset, which stands for the identity of its images.
    expected : mapping
        `n` and `classes` as published.

    Returns
    -------
    Listing or None
        Its one level has as many classes as were published, with a sample each.
    """
    n, classes = expected["n"], expected["classes"]
    if n is None or classes is None:
        return None
    names = tuple(f"{name} {index}" for index in range(classes))
    level = Level("class", 0, True, names, tuple(range(classes)))
    return PublishedListing((), (), (level,), facts={"published": name}, n=n)
