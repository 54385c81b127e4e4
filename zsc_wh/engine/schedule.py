"""Run the graph of a plan on an executor: what is ready, what fits, what follows."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from zsc_wh.engine.cells import Cell
from zsc_wh.engine.graph import CLUSTER, EMBED, SCORE, STAGES, Graph, Node
from zsc_wh.records import Outcome, Rows, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.engine.executor import Event, Executor
    from zsc_wh.engine.forecast import Forecast
    from zsc_wh.engine.worker import Task

POLL_S = 0.25
"""How long to wait for workers before limits, shards and the display are seen to."""


class Listener(Protocol):
    """What the scheduler tells while it runs."""

    def started(self, node: Node) -> None:
        """Take note that a task began."""

    def progressed(self, node: Node, done: int, total: int) -> None:
        """Take note of how many samples of a task are done."""

    def ended(self, node: Node, outcome: Outcome) -> None:
        """Take note that a task ended."""

    def tick(self) -> None:
        """Do what is due from time to time."""


class Factory(Protocol):
    """What makes tasks and rows; see `zsc_wh.engine.tasks.TaskFactory`."""

    def task(self, node: Node) -> Task:
        """Return what a worker runs."""

    def has_items(self, node: Node) -> bool:
        """Whether a score task has an assignment to judge."""

    def keep_assignment(self, cell: Cell, rows: Rows) -> None:
        """Keep what a cluster task found."""

    def undefined_scores(self, node: Node, reason: str) -> Rows:
        """Return rows for scores that cannot exist."""

    def task_row(self, node: Node, outcome: Outcome) -> dict[str, Any]:
        """Return the row of the table `task`."""


class Forecasts(Protocol):
    """What forecasts tasks; see `zsc_wh.engine.forecast.Forecaster`."""

    def of(self, node: Node) -> Forecast:
        """Return the forecast of a task whose inputs are made."""


@dataclass(frozen=True, order=True)
class _Ready:
    """A task that could start, in the order in which it should."""

    stage: int
    longest_first: float
    position: int
    node: Node = field(compare=False)
    forecast: Forecast = field(compare=False)


@dataclass
class _Running:
    node: Node
    bytes: int


class Scheduler:
    """Runs every task of a graph once, in an order that keeps the slots busy.

    Parameters
    ----------
    graph : Graph
        The tasks.
    executor : Executor
        Where they run.
    factory : Factory
        Makes the payload of a task when it starts.
    forecasts : Forecasts
        Peak memory and time of a task.
    memory_limit : int
        Bytes that running tasks may take together by forecast.
    listener : Listener
        Is told what happens.
    emit : callable
        Takes warehouse rows.
    failed_run : callable
        From a cell and its outcome to the row of a run that made nothing.

    Notes
    -----
    Each task is looked at when what it waits for has ended, and when it starts: the
    time for a graph grows as its edges, and as n log n for the order of its tasks.
    """

    def __init__(
        self,
        graph: Graph,
        executor: Executor,
        factory: Factory,
        forecasts: Forecasts,
        *,
        memory_limit: int,
        listener: Listener,
        emit: Callable[[Rows], None],
        failed_run: Callable[[Cell, Outcome], dict[str, Any]],
    ) -> None:
        self._graph = graph
        self._executor = executor
        self._factory = factory
        self._forecasts = forecasts
        self._memory_limit = memory_limit
        self._listener = listener
        self._emit = emit
        self._failed_run = failed_run
        self._followers: dict[str, list[Node]] = {}
        self._open: dict[str, int] = {}
        self._position = {node.id: i for i, node in enumerate(graph)}
        for node in graph:
            predecessors = {*node.needs, *node.after}
            self._open[node.id] = len(predecessors)
            for other in predecessors:
                self._followers.setdefault(other, []).append(node)
        self._ready: list[_Ready] = []
        self._running: dict[str, _Running] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._causes: dict[str, str] = {}
        self._worker_bytes = 0
        self._stop: Outcome | None = None

    def run(self) -> None:
        """Run until every task has ended; on a full disk, what runs and no more."""
        self._open_up([node for node in self._graph if not self._open[node.id]])
        while self._ready or self._running:
            self._dispatch()
            for event in self._executor.gather(POLL_S) if self._running else ():
                self._handle(event)
            self._listener.tick()

    def _open_up(self, nodes: list[Node]) -> None:
        """Queue tasks that wait for nothing more; end those that cannot run."""
        opened = deque(nodes)
        while opened:
            node = opened.popleft()
            outcome = self._why_not(node)
            if outcome is not None:
                opened.extend(self._end(node, outcome, ran=False))
                continue
            forecast = self._forecasts.of(node)
            place = (STAGES.index(node.stage), -forecast.seconds)
            position = self._position[node.id]
            heapq.heappush(self._ready, _Ready(*place, position, node, forecast))

    def _why_not(self, node: Node) -> Outcome | None:
        """Return the outcome of a task that cannot run, None where it can."""
        if self._stop is not None:
            return self._stop
        if node.impossible is not None:
            return Outcome(Status.SKIPPED, node.impossible, not_applicable=True)
        for need in node.needs:
            outcome = self._outcomes[need]
            if outcome.status is not Status.DONE:
                self._causes[node.id] = cause = self._cause(need)
                return replace(outcome, reason=cause, rows={})
        if node.stage == SCORE and node.due and not self._factory.has_items(node):
            return Outcome(Status.DONE)  # every clustering that it waited for failed
        return None

    def _cause(self, node_id: str) -> str:
        """Return what a task that cannot run blames: the first one that failed."""
        node = self._graph[node_id]
        own = f"{node.stage} {node.title}: {self._outcomes[node_id].reason}"
        return self._causes.get(node_id, own)

    def _dispatch(self) -> None:
        """Start what is ready and fits: opening stages first, then long tasks."""
        left: list[_Ready] = []
        while self._ready and len(self._running) < self._executor.slots:
            first = heapq.heappop(self._ready)
            if self._must_wait(first.node):
                left.append(first)
                break
            size = first.forecast.peak_bytes
            if size > self._memory_limit:
                outcome = _too_large(size, self._memory_limit)
                self._open_up(self._end(first.node, outcome, ran=False))
            elif self._fits(first.forecast):
                self._start(first)
            else:
                left.append(first)
        for one in left:
            heapq.heappush(self._ready, one)

    def _must_wait(self, node: Node) -> bool:
        """Whether a task must wait although a slot is free.

        An embedding uses every core, so it runs alone.
        """
        embedding = any(r.node.stage == EMBED for r in self._running.values())
        return embedding or (node.stage == EMBED and bool(self._running))

    def _fits(self, forecast: Forecast) -> bool:
        """Whether a task fits beside those that run."""
        planned = sum(running.bytes for running in self._running.values())
        return not planned or planned + self._share(forecast) <= self._memory_limit

    def _share(self, forecast: Forecast) -> int:
        """Return what a task may take in a worker that has done others before.

        A worker keeps the libraries that earlier tasks have loaded.
        """
        grown = max(self._worker_bytes - forecast.worker_bytes, 0)
        return forecast.peak_bytes + grown

    def _start(self, ready: _Ready) -> None:
        node, forecast = ready.node, ready.forecast
        self._worker_bytes = max(self._worker_bytes, forecast.worker_bytes)
        self._running[node.id] = _Running(node, self._share(forecast))
        self._listener.started(node)
        self._executor.submit(node.id, self._factory.task(node))

    def _handle(self, event: Event) -> None:
        running = self._running[event.task_id]
        if event.progress is not None:
            self._listener.progressed(running.node, *event.progress)
        if event.outcome is not None:
            del self._running[event.task_id]
            opened = self._end(running.node, event.outcome)
            if event.outcome.disk_is_full and self._stop is None:
                self._stop = _not_begun(self._cause(running.node.id))
                opened += [ready.node for ready in self._ready]
                self._ready = []
            self._open_up(opened)

    def _end(self, node: Node, outcome: Outcome, *, ran: bool = True) -> list[Node]:
        """Record how a task ended; return those that wait for nothing more."""
        self._outcomes[node.id] = outcome
        self._emit(outcome.rows)
        if ran:
            self._emit({"task": [self._factory.task_row(node, outcome)]})
        if node.stage == CLUSTER and isinstance(node.subject, Cell):
            if outcome.status is Status.DONE:
                self._factory.keep_assignment(node.subject, outcome.rows)
            elif outcome.status is not Status.BLOCKED:
                self._emit({"run": [self._failed_run(node.subject, outcome)]})
        if node.stage == SCORE and outcome.not_applicable:
            # The space cannot exist, so its scores are undefined, and that is final.
            self._emit(self._factory.undefined_scores(node, outcome.reason or ""))
        self._listener.ended(node, outcome)
        opened = []
        for follower in self._followers.get(node.id, ()):
            self._open[follower.id] -= 1
            if not self._open[follower.id]:
                opened.append(follower)
        return opened


def _not_begun(cause: str) -> Outcome:
    # it would be computed for nothing: no result could be kept
    return Outcome(Status.BLOCKED, f"not begun, as the disk is full: {cause}")


def _too_large(size: int, limit: int) -> Outcome:
    return Outcome(
        Status.SKIPPED,
        f"forecast of {size / 2**30:.2f} GiB is over the memory limit of "
        f"{limit / 2**30:.2f} GiB",
        over_limit_bytes=limit,
    )
