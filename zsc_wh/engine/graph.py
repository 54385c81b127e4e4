"""The works of an ingest, each once, and what they wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zsc_wh.work import Work

W = TypeVar("W", bound="Work")


def with_needs(work: Work) -> Iterator[Work]:
    """Yield all that a work needs, what that needs before it, and the work itself."""
    for need in work.needs():
        yield from with_needs(need)
    yield work


class Graph:
    """Works in an order in which each comes after those that it waits for.

    Parameters
    ----------
    is_made : callable
        Whether the result of a work is there already.
    """

    def __init__(self, is_made: Callable[[Work], bool] = lambda _work: False) -> None:
        self._is_made = is_made
        self._works: dict[str, Work] = {}
        self._needs: dict[str, tuple[str, ...]] = {}
        self._after: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._works)

    def __iter__(self) -> Iterator[Work]:
        return iter(self._works.values())

    def __contains__(self, work_id: str) -> bool:
        return work_id in self._works

    def __getitem__(self, work_id: str) -> Work:
        return self._works[work_id]

    def want(self, work: Work) -> None:
        """Add a work and all that it needs, unless it is made or there already.

        What cannot be done needs nothing: it is there to say why.
        """
        if work.id in self._works or self._is_made(work):
            return
        needed = work.needs() if work.impossible is None else ()
        for need in needed:
            self.want(need)
        self._works[work.id] = work
        self._needs[work.id] = self._there(need.id for need in needed)
        self._after[work.id] = self._there(work.after())

    def needs(self, work_id: str) -> tuple[str, ...]:
        """Return the works that must have done well before this one starts."""
        return self._needs[work_id]

    def waits_for(self, work_id: str) -> frozenset[str]:
        """Return the works that must have ended before this one starts."""
        return frozenset((*self._needs[work_id], *self._after[work_id]))

    def heights(self) -> dict[str, int]:
        """Return how many works wait for each, one after another, at most."""
        heights = dict.fromkeys(self._works, 0)
        for work_id in reversed(self._works):
            for other in self.waits_for(work_id):
                heights[other] = max(heights[other], heights[work_id] + 1)
        return heights

    def of(self, kind: type[W]) -> list[W]:
        """Return the works of a kind."""
        return [work for work in self if isinstance(work, kind)]

    def count(self, stage: str) -> int:
        """Return the number of works of a stage."""
        return sum(work.stage == stage for work in self)

    def _there(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(work_id for work_id in ids if work_id in self._works)
