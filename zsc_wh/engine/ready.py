"""Works that could start, in the order in which they should."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from zsc_wh.work import Cost, Work

_STEPS = 4
"""Works count as of about one size within this part of a power of two."""


@dataclass(frozen=True, order=True)
class Ready:
    """A work that could start; the smallest is the first that should."""

    lowest: int
    longest_first: float
    position: int
    work: Work = field(compare=False)
    cost: Cost = field(compare=False)


class ReadyWorks:
    """Works that could start, kept by what they need: finding the next is quick.

    One queue holds those that need the same for themselves and about as much memory, so
    that of works that do not fit the first alone is looked at.
    """

    def __init__(self) -> None:
        self._queues: dict[tuple[frozenset[str], int], list[Ready]] = {}

    def __bool__(self) -> bool:
        return any(self._queues.values())

    def __iter__(self) -> Iterator[Ready]:
        """Yield all, in no order."""
        for queue in self._queues.values():
            yield from queue

    def add(self, ready: Ready) -> None:
        """Take up a work."""
        cost = ready.cost
        alike = (cost.alone, round(_STEPS * math.log2(cost.peak_bytes)))
        heapq.heappush(self._queues.setdefault(alike, []), ready)

    def take(
        self, taken: Collection[str], fits: Callable[[Cost], bool]
    ) -> Ready | None:
        """Take out the first work that fits and needs nothing that is taken, if any."""
        heads = sorted(
            (queue[0], queue)
            for (alone, _), queue in self._queues.items()
            if queue and alone.isdisjoint(taken)
        )
        for first, queue in heads:
            if fits(first.cost):
                return heapq.heappop(queue)
        return None

    def remove(self, works: Collection[Ready]) -> None:
        """Take out these."""
        for queue in self._queues.values():
            kept = [each for each in queue if each not in works]
            if len(kept) < len(queue):
                queue[:] = kept
                heapq.heapify(queue)

    def clear(self) -> None:
        """Take out all."""
        self._queues.clear()
