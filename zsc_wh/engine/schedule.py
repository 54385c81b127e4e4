"""Run the works of a plan on an executor: what is ready, what fits, what follows."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from zsc_wh.engine.history import History
from zsc_wh.engine.ready import Ready, ReadyWorks
from zsc_wh.records import Outcome, Rows, Status
from zsc_wh.words import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zsc_wh.engine.executor import Event, Executor
    from zsc_wh.engine.graph import Graph
    from zsc_wh.work import Cost, Session, Sizes, Work

POLL_S = 0.25
"""How long to wait for workers before limits, shards and the display are seen to."""

MOST_TOGETHER = 8
"""Works that one task does at most. What they share is saved seven times in eight by
then, and what needs the first of them waits for the last."""


class Listener(Protocol):
    """What the scheduler tells while it runs."""

    def started(self, works: Sequence[Work]) -> None:
        """Take note that a task began, for one work or for several together."""

    def returned(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Take note that works of a task that did several will be tried alone."""

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Take note of how many samples of a task are done."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Take note that a work ended."""

    def tick(self) -> None:
        """Do what is due from time to time."""


@dataclass
class _Running:
    """A running task: the works that it does, and what they take together.

    `forecast` has columns of the table ``task``: what was forecast for a single work.
    """

    ready: tuple[Ready, ...]
    cost: Cost
    bytes: int
    forecast: dict[str, Any]

    @property
    def works(self) -> tuple[Work, ...]:
        return tuple(each.work for each in self.ready)


class Scheduler:
    """Runs every work of a graph once, in an order that keeps the slots busy.

    What most others wait for goes first, one after another, and among equals what takes
    longest. Works that need something for themselves, such as the GPU, run beside all
    that do not need it. Works of one group that wait together are done by one task, as
    many as fit; whatever ends the task before they have ended, or leaves one without
    memory, they are tried again one by one, which lays the blame where it belongs.

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
    history : History, optional
        Sets right the times that the order of the works follows.

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
        history: History | None = None,
    ) -> None:
        self._graph = graph
        self._executor = executor
        self._session = session
        self._sizes = sizes
        self._memory_limit = memory_limit
        self._listener = listener
        self._emit = emit
        self._history = history or History()
        self._begun: Counter[str] = Counter()
        self._heights = graph.heights()
        self._followers: dict[str, list[Work]] = {}
        self._open: dict[str, int] = {}
        self._position = {work.id: i for i, work in enumerate(graph)}
        for work in graph:
            predecessors = graph.waits_for(work.id)
            self._open[work.id] = len(predecessors)
            for other in predecessors:
                self._followers.setdefault(other, []).append(work)
        self._ready = ReadyWorks()
        self._running: dict[str, _Running] = {}
        self._taken: set[str] = set()
        self._outcomes: dict[str, Outcome] = {}
        self._causes: dict[str, str] = {}
        self._singly: set[str] = set()
        self._worker_bytes = 0
        self._stop: Outcome | None = None

    def run(self) -> None:
        """Run until every work has ended; on a full disk, what runs and no more."""
        self._open_up([work for work in self._graph if not self._open[work.id]])
        while self._ready or self._running:
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
            cost = self._history.calibrated(work.cost(self._sizes))
            place = (-self._heights[work.id], -cost.seconds, self._position[work.id])
            self._ready.add(Ready(*place, work, cost))

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
            first = self._ready.take(self._taken, self._fits_or_never)
            if first is None:
                return
            size = first.cost.peak_bytes
            if size > self._memory_limit:
                outcome = _too_large(size, self._memory_limit)
                self._open_up(self._end(first.work, outcome))
            else:
                self._start(first)

    def _fits_or_never(self, cost: Cost) -> bool:
        return cost.peak_bytes > self._memory_limit or self._fits(cost)

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

    def _start(self, first: Ready) -> None:
        ready, cost = self._joined(first)
        works = tuple(each.work for each in ready)
        task = (
            first.work.task(self._session)
            if len(works) == 1
            else first.work.joint_task(works, self._session)
        )
        self._worker_bytes = max(self._worker_bytes, cost.worker_bytes)
        share = self._share(cost)
        forecast = self._forecast(cost, share) if len(works) == 1 else {}
        self._running[first.work.id] = _Running(ready, cost, share, forecast)
        self._taken |= cost.alone
        self._listener.started(works)
        self._executor.submit(first.work.id, task)

    def _forecast(self, cost: Cost, share: int) -> dict[str, Any]:
        """Return what is forecast for a task that starts; each worker loads once."""
        is_cold = self._begun[cost.kind] < self._executor.slots
        self._begun[cost.kind] += 1
        return {
            "kind": cost.kind,
            "forecast_s": cost.seconds + (cost.warm_up_s if is_cold else 0.0),
            "forecast_factor": self._history.factor(cost.kind),
            "forecast_peak_bytes": share,
        }

    def _joined(self, first: Ready) -> tuple[tuple[Ready, ...], Cost]:
        """Take what can be done together with a work; return all, and their cost."""
        joined: tuple[Ready, ...] = (first,)
        cost = first.cost
        if not self._can_join(first.work):
            return joined, cost
        group = first.work.group
        waiting = sorted(
            each
            for each in self._ready
            if self._can_join(each.work) and each.work.group == group
        )
        for each in waiting:
            works = [one.work for one in (*joined, each)]
            joint = first.work.joint_cost(works, self._sizes)
            fits = joint.peak_bytes <= self._memory_limit and self._fits(joint)
            if fits and not joint.alone & self._taken:
                joined, cost = (*joined, each), joint
            if len(joined) == MOST_TOGETHER:
                break
        self._ready.remove(joined)
        return joined, cost

    def _can_join(self, work: Work) -> bool:
        return work.group is not None and work.id not in self._singly

    def _handle(self, event: Event) -> None:
        running = self._running[event.task_id]
        if event.progress is not None:
            for work in running.works:
                self._listener.progressed(work, *event.progress)
        if event.outcome is not None:
            del self._running[event.task_id]
            self._taken -= running.cost.alone
            if len(running.works) == 1:
                self._conclude(running.works[0], event.outcome, running)
            else:
                self._divide(running, event.outcome)

    def _divide(self, running: _Running, outcome: Outcome) -> None:
        """End the works of a task that did several; queue what is tried alone."""
        lost = list(running.works)
        if outcome.parts:
            lost.clear()
            for work, each in zip(running.works, outcome.parts, strict=True):
                if each.status is Status.OOM:
                    lost.append(work)
                    outcome = each
                else:
                    self._conclude(work, each, running)
        if lost:
            self._singly |= {work.id for work in lost}
            self._listener.returned(lost, outcome)
            self._open_up(lost)

    def _conclude(self, work: Work, outcome: Outcome, running: _Running) -> None:
        """End a work that has run, and what that opens."""
        opened = self._end(work, outcome, running)
        if outcome.disk_is_full and self._stop is None:
            self._stop = _not_begun(self._cause(work.id))
            opened += [ready.work for ready in sorted(self._ready)]
            self._ready.clear()
        self._open_up(opened)

    def _end(
        self, work: Work, outcome: Outcome, running: _Running | None = None
    ) -> list[Work]:
        """Record how a work ended; return those that wait for nothing more.

        `running` is the task that did it, None where none did.
        """
        self._outcomes[work.id] = outcome
        self._emit(outcome.rows)
        if running is not None:
            row = self._session.task_row(work, outcome, running.cost.cores)
            self._emit({"task": [row | running.forecast]})
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
