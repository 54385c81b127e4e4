"""Run the graph of a plan on an executor: what is ready, what fits, what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from zsc_wh.engine.cells import Cell
from zsc_wh.engine.forecast import WORKER_BYTES, Forecaster
from zsc_wh.engine.graph import CLUSTER, EMBED, SCORE, STAGES, Graph, Node
from zsc_wh.records import Outcome, Rows, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.engine.executor import Event, Executor
    from zsc_wh.engine.tasks import TaskFactory

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
    factory : TaskFactory
        Makes the payload of a task when it starts.
    forecaster : Forecaster
        Peak memory and time of a task.
    memory_limit : int
        Bytes that running tasks may take together by forecast.
    listener : Listener
        Is told what happens.
    emit : callable
        Takes warehouse rows.
    failed_run : callable
        From a cell and its outcome to the row of a run that made nothing.
    """

    def __init__(
        self,
        graph: Graph,
        executor: Executor,
        factory: TaskFactory,
        forecaster: Forecaster,
        *,
        memory_limit: int,
        listener: Listener,
        emit: Callable[[Rows], None],
        failed_run: Callable[[Cell, Outcome], dict[str, Any]],
    ) -> None:
        self._graph = graph
        self._executor = executor
        self._factory = factory
        self._forecaster = forecaster
        self._memory_limit = memory_limit
        self._listener = listener
        self._emit = emit
        self._failed_run = failed_run
        self._waiting = {node.id: node for node in graph}
        self._running: dict[str, _Running] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._causes: dict[str, str] = {}

    def run(self) -> None:
        """Run until every task has ended."""
        while self._waiting or self._running:
            self._drop_impossible()
            self._dispatch()
            for event in self._executor.gather(POLL_S) if self._running else ():
                self._handle(event)
            self._listener.tick()

    def _dispatch(self) -> None:
        """Start what is ready and fits: opening stages first, then long tasks."""
        ready = [n for n in self._waiting.values() if self._is_ready(n)]
        ready.sort(key=lambda n: (STAGES.index(n.stage), -self._forecaster.seconds(n)))
        for node in ready:
            if node.stage == SCORE and node.due and not self._factory.items(node):
                # Every clustering that it waited for has failed.
                self._end(node, Outcome(Status.DONE), ran=False)
                continue
            if len(self._running) >= self._executor.slots or self._must_wait(node):
                return
            size = self._forecaster.peak_bytes(node) + WORKER_BYTES
            if size > self._memory_limit:
                self._end(node, _too_large(size, self._memory_limit), ran=False)
            elif self._planned_bytes() + size <= self._memory_limit:
                del self._waiting[node.id]
                self._running[node.id] = _Running(node, size)
                self._listener.started(node)
                self._executor.submit(node.id, self._factory.task(node))

    def _must_wait(self, node: Node) -> bool:
        """Whether a task must wait although a slot is free.

        An embedding uses every core, so it runs alone.
        """
        embedding = any(r.node.stage == EMBED for r in self._running.values())
        return embedding or (node.stage == EMBED and bool(self._running))

    def _planned_bytes(self) -> int:
        return sum(running.bytes for running in self._running.values())

    def _is_ready(self, node: Node) -> bool:
        return all(other in self._outcomes for other in (*node.needs, *node.after))

    def _drop_impossible(self) -> None:
        """End the tasks whose input could not be made, and all that follow them."""
        for node in list(self._waiting.values()):
            if not self._is_ready(node):
                continue
            for need in node.needs:
                outcome = self._outcomes[need]
                if outcome.status is not Status.DONE:
                    self._causes[node.id] = cause = self._cause(need)
                    self._end(node, replace(outcome, reason=cause, rows={}), ran=False)
                    break

    def _cause(self, node_id: str) -> str:
        """Return what a task that cannot run blames: the first one that failed."""
        node = self._graph[node_id]
        own = f"{node.stage} {node.title}: {self._outcomes[node_id].reason}"
        return self._causes.get(node_id, own)

    def _handle(self, event: Event) -> None:
        running = self._running[event.task_id]
        if event.progress is not None:
            self._listener.progressed(running.node, *event.progress)
        if event.outcome is not None:
            del self._running[event.task_id]
            self._end(running.node, event.outcome)

    def _end(self, node: Node, outcome: Outcome, *, ran: bool = True) -> None:
        self._waiting.pop(node.id, None)
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


def _too_large(size: int, limit: int) -> Outcome:
    return Outcome(
        Status.SKIPPED,
        f"forecast of {size / 2**30:.2f} GiB is over the memory limit of "
        f"{limit / 2**30:.2f} GiB",
        over_limit_bytes=limit,
    )
