"""Loader ``digits``: the 1,797 handwritten digits that come with scikit-learn.

They need no download, so the quick start and the tests run on them. The file is found
and read without importing scikit-learn, which takes seconds.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.images import (
    ArrayImages,
    Images,
    pixel_digests,
    shape_facts,
)
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.errors import DataError
from zsc_wh.installed import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.fields import Field

FIELDS: Mapping[str, Field] = {}

SIDE = 8  # pixels
_BRIGHTEST = 16  # grey values are 0..16


def list_samples(_params: Mapping[str, Any], _base: Path, _known: Digests) -> Listing:
    """List the digits ``0000`` to ``1796`` with the level ``digit``."""
    labels: list[int | None] = [int(label) for label in _table()[:, -1]]
    return Listing(
        sample_ids=tuple(f"{index:04d}" for index in range(len(labels))),
        sizes=(0,) * len(labels),
        levels=levels_of(["digit"], [labels], "digits"),
        facts=shape_facts(SIDE, SIDE),
    )


def digests(
    _params: Mapping[str, Any],
    _base: Path,
    listing: Listing,
    _known: Digests,
    _title: str,
) -> tuple[str, ...]:
    """Return the sha256 of the pixels of every listed digit."""
    found = pixel_digests(_grey())
    return tuple(found[row] for row in listing.rows)


def open_images(_params: Mapping[str, Any], _base: Path, listing: Listing) -> Images:
    """Return the digits as grey images of 8 x 8 pixels."""
    return ArrayImages(_grey(), listing, "digits")


def _grey() -> NDArray[np.uint8]:
    """Return all digits; 0..16 is spread over 0..255."""
    grey = np.rint(_table()[:, :-1] * (255 / _BRIGHTEST))
    result: NDArray[np.uint8] = grey.reshape(-1, SIDE, SIDE).astype(np.uint8)
    return result


def _table() -> NDArray[np.uint8]:
    """Read scikit-learn's file: 64 grey values and the label in every row."""
    library = require("sklearn", "scikit-learn, which holds the digits")
    folder = next(iter(library.submodule_search_locations or ()), "")
    path = Path(folder) / "datasets" / "data" / "digits.csv.gz"
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            return np.loadtxt(file, delimiter=",", dtype=np.float64).astype(np.uint8)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(
            what="scikit-learn's digits cannot be read",
            where=str(path),
            hint="Install scikit-learn again.",
        ) from error
