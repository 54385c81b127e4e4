"""Run the works of a plan on an executor: what is ready, what fits, what follows."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.words import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zsc_wh.engine.executor import Event, Executor
    from zsc_wh.engine.graph import Graph
    from zsc_wh.work import Cost, Session, Sizes, Work

POLL_S = 0.25
"""How long to wait for workers before limits, shards and the display are seen to."""


_STEPS = 4
"""Works count as of about one size within this part of a power of two."""


class Listener(Protocol):
    """What the scheduler tells while it runs."""

    def started(self, work: Work) -> None:
        """Take note that a task began."""

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Take note of how many samples of a task are done."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Take note that a work ended."""

    def tick(self) -> None:
        """Do what is due from time to time."""


@dataclass(frozen=True, order=True)
class _Ready:
    """A work that could start, in the order in which it should."""

    lowest: int
    longest_first: float
    position: int
    work: Work = field(compare=False)
    cost: Cost = field(compare=False)


@dataclass
class _Running:
    work: Work
    cost: Cost
    bytes: int


class Scheduler:
    """Runs every work of a graph once, in an order that keeps the slots busy.

    What most others wait for goes first, one after another, and among equals what takes
    longest. Works that need something for themselves, such as the GPU, run beside all
    that do not need it.

    Parameters
    ----------
    graph : Graph
        The works.
    executor : Executor
        Where they run.
    session : Session
        What they share.
    sizes : Sizes
        What their costs follow from.
    memory_limit : int
        Bytes that running tasks may take together by forecast.
    listener : Listener
        Is told what happens.
    emit : callable
        Takes warehouse rows.

    Notes
    -----
    Each work is looked at when what it waits for has ended, and when it starts: the
    time for a graph grows as its edges, and as n log n for the order of its works.
    """

    def __init__(
        self,
        graph: Graph,
        executor: Executor,
        session: Session,
        sizes: Sizes,
        *,
        memory_limit: int,
        listener: Listener,
        emit: Callable[[Rows], None],
    ) -> None:
        self._graph = graph
        self._executor = executor
        self._session = session
        self._sizes = sizes
        self._memory_limit = memory_limit
        self._listener = listener
        self._emit = emit
        self._heights = graph.heights()
        self._followers: dict[str, list[Work]] = {}
        self._open: dict[str, int] = {}
        self._position = {work.id: i for i, work in enumerate(graph)}
        for work in graph:
            predecessors = graph.waits_for(work.id)
            self._open[work.id] = len(predecessors)
            for other in predecessors:
                self._followers.setdefault(other, []).append(work)
        # by what they need for themselves, and by about how much memory
        self._ready: dict[tuple[frozenset[str], int], list[_Ready]] = {}
        self._running: dict[str, _Running] = {}
        self._taken: set[str] = set()
        self._outcomes: dict[str, Outcome] = {}
        self._causes: dict[str, str] = {}
        self._worker_bytes = 0
        self._stop: Outcome | None = None

    def run(self) -> None:
        """Run until every work has ended; on a full disk, what runs and no more."""
        self._open_up([work for work in self._graph if not self._open[work.id]])
        while any(self._ready.values()) or self._running:
            self._dispatch()
            for event in self._executor.gather(POLL_S) if self._running else ():
                self._handle(event)
            self._listener.tick()

    def _open_up(self, works: list[Work]) -> None:
        """Queue works that wait for nothing more; end those that cannot run."""
        opened = deque(works)
        while opened:
            work = opened.popleft()
            outcome = self._why_not(work)
            if outcome is not None:
                opened.extend(self._end(work, outcome))
                continue
            cost = work.cost(self._sizes)
            place = (-self._heights[work.id], -cost.seconds, self._position[work.id])
            alike = (cost.alone, round(_STEPS * math.log2(cost.peak_bytes)))
            queue = self._ready.setdefault(alike, [])
            heapq.heappush(queue, _Ready(*place, work, cost))

    def _why_not(self, work: Work) -> Outcome | None:
        """Return the outcome of a work that cannot run, None where it can."""
        if self._stop is not None:
            return self._stop
        if work.impossible is not None:
            return Outcome(Status.SKIPPED, work.impossible, not_applicable=True)
        for need in self._graph.needs(work.id):
            outcome = self._outcomes[need]
            if outcome.status is not Status.DONE:
                self._causes[work.id] = cause = self._cause(need)
                return replace(outcome, reason=cause, rows={}, unreadable={})
        return Outcome(Status.DONE) if work.is_idle(self._session) else None

    def _cause(self, work_id: str) -> str:
        """Return what a work that cannot run blames: the first one that failed."""
        work = self._graph[work_id]
        own = f"{work.stage} {work.title}: {self._outcomes[work_id].reason}"
        return self._causes.get(work_id, own)

    def _dispatch(self) -> None:
        """Start what is ready and fits."""
        while len(self._running) < self._executor.slots:
            first = self._take()
            if first is None:
                return
            size = first.cost.peak_bytes
            if size > self._memory_limit:
                outcome = _too_large(size, self._memory_limit)
                self._open_up(self._end(first.work, outcome))
            else:
                self._start(first)

    def _take(self) -> _Ready | None:
        """Take the first work that fits beside what runs, if any.

        Where it does not fit, others of about its size are not tried.
        """
        heads = sorted(
            (queue[0], queue)
            for (alone, _), queue in self._ready.items()
            if queue and not alone & self._taken
        )
        for first, queue in heads:
            if first.cost.peak_bytes > self._memory_limit or self._fits(first.cost):
                return heapq.heappop(queue)
        return None

    def _fits(self, cost: Cost) -> bool:
        """Whether a work fits beside those that run."""
        planned = sum(running.bytes for running in self._running.values())
        return not planned or planned + self._share(cost) <= self._memory_limit

    def _share(self, cost: Cost) -> int:
        """Return what a task may take in a worker that has done others before.

        A worker keeps the libraries that earlier tasks have loaded.
        """
        grown = max(self._worker_bytes - cost.worker_bytes, 0)
        return cost.peak_bytes + grown

    def _start(self, ready: _Ready) -> None:
        work, cost = ready.work, ready.cost
        self._worker_bytes = max(self._worker_bytes, cost.worker_bytes)
        self._running[work.id] = _Running(work, cost, self._share(cost))
        self._taken |= cost.alone
        self._listener.started(work)
        self._executor.submit(work.id, work.task(self._session))

    def _handle(self, event: Event) -> None:
        running = self._running[event.task_id]
        if event.progress is not None:
            self._listener.progressed(running.work, *event.progress)
        if event.outcome is not None:
            del self._running[event.task_id]
            self._taken -= running.cost.alone
            opened = self._end(running.work, event.outcome, cores=running.cost.cores)
            if event.outcome.disk_is_full and self._stop is None:
                self._stop = _not_begun(self._cause(running.work.id))
                opened += self._waiting()
                self._ready = {}
            self._open_up(opened)

    def _waiting(self) -> Iterator[Work]:
        queues = [ready for queue in self._ready.values() for ready in queue]
        return (ready.work for ready in sorted(queues))

    def _end(
        self, work: Work, outcome: Outcome, *, cores: int | None = None
    ) -> list[Work]:
        """Record how a work ended; return those that wait for nothing more.

        `cores` is how many its task used, None where it had none.
        """
        self._outcomes[work.id] = outcome
        self._emit(outcome.rows)
        if cores is not None:
            self._emit({"task": [self._session.task_row(work, outcome, cores)]})
        self._emit(work.conclude(outcome, self._session))
        self._listener.ended(work, outcome)
        opened = []
        for follower in self._followers.get(work.id, ()):
            self._open[follower.id] -= 1
            if not self._open[follower.id]:
                opened.append(follower)
        return opened


def _not_begun(cause: str) -> Outcome:
    # it would be computed for nothing: no result could be kept
    return Outcome(Status.BLOCKED, f"not begun, as the disk is full: {cause}")


def _too_large(forecast: int, limit: int) -> Outcome:
    return Outcome(
        Status.SKIPPED,
        f"forecast of {format_bytes(forecast)} is over the memory limit of "
        f"{format_bytes(limit)}",
        over_limit_bytes=limit,
    )
