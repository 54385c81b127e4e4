"""One row of a table for every value of a column: which one, a seed decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.datasets.tables import Table

DISTINCT: Mapping[str, Field] = {
    "column": Field(
        str, doc="column of which no value occurs twice, such as a barcode"
    ),
    "sort": Field(
        str, doc="column by which rows are sorted before they are shuffled, such as ids"
    ),
    "length": Field(
        int, default=None, minimum=1, doc="characters of a value that are compared"
    ),
    "strip": Field(
        str, default="", doc="characters that do not count at the end of a value"
    ),
    "seed": Field(int, default=0, minimum=0, doc="seed of the shuffle"),
}
"""What can be said of rows of which one is kept."""


def keep_distinct(table: Table, spec: Mapping[str, Any]) -> None:
    """Keep one row for every value; those that stay keep their order.

    Parameters
    ----------
    table : Table
        Changed in place.
    spec : mapping
        A complete table of `DISTINCT`.

    Raises
    ------
    DataError
        When there is no such column.

    Notes
    -----
    The rows are sorted by the text in `sort`, stably, and shuffled as pandas'
    ``DataFrame.sample(frac=1, random_state=seed)`` does; the first of each value stays.
    Rows without a value count as one.
    """
    values = [
        None if text is None else text[: spec["length"]].rstrip(spec["strip"])
        for text in table.as_texts(spec["column"])
    ]
    ids = [text or "" for text in table.as_texts(spec["sort"])]
    by_id = sorted(range(len(ids)), key=ids.__getitem__)
    # the legacy generator, whose permutations NumPy keeps as they are
    shuffled = np.random.RandomState(spec["seed"]).permutation(len(ids))
    first: dict[str | None, int] = {}
    for position in shuffled.tolist():
        first.setdefault(values[by_id[position]], by_id[position])
    chosen = set(first.values())
    table.choose([row in chosen for row in range(len(ids))])
