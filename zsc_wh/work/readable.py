"""Samples that could not be read: arrays lack them, the warehouse's lists hold NULL.

An embedding holds the rows of the readable samples, and so does all that is made of it.
Which samples it lacks is noted with it in the store. Lists that the warehouse keeps by
sample index (assignments, projections) are brought to full length, with None in the
places that were left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zsc_wh.store import Store

T = TypeVar("T")


def left_out(store: Store, embedding_key: str) -> tuple[int, ...]:
    """Return the indices of the samples that a stored embedding lacks, ascending."""
    note = store.note(embedding_key)
    rows = note.rows.get("unreadable_sample", []) if note is not None else []
    return tuple(sorted(row["sample_index"] for row in rows))


def spread(values: Iterable[T], missing: Sequence[int]) -> list[T | None]:
    """Return values by sample index, with None at the indices that are `missing`.

    Examples
    --------
    >>> spread([7, 8, 9], missing=[0, 2])
    [None, 7, None, 8, 9]
    """
    spread: list[T | None] = list(values)
    for index in sorted(missing):
        spread.insert(index, None)
    return spread
