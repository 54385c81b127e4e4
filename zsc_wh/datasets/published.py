"""Compare what the files of a dataset hold with what was published of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.datasets.listing import Listing

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
        yield f"{n} samples, and {expected['n']} are published"
    if expected["classes"] not in (None, classes):
        yield f"{classes} classes, and {expected['classes']} are published"
    published = expected["imbalance"]
    if published and (imbalance is None or abs(imbalance - published) > _ROUNDING):
        found = "no labels" if imbalance is None else f"an imbalance of {imbalance:.2f}"
        yield f"{found}, and {published:.2f} is published"
