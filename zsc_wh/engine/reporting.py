"""What an ingest tells while it runs, and what it has done in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zsc_wh.engine.graph import CLUSTER
from zsc_wh.engine.plan import State
from zsc_wh.records import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.engine.graph import Node
    from zsc_wh.engine.heartbeat import Heartbeat
    from zsc_wh.engine.outbox import Outbox
    from zsc_wh.engine.plan import Plan
    from zsc_wh.records import Outcome


@dataclass
class Summary:
    """What an ingest did.

    Parameters
    ----------
    plan : Plan
        What it set out to do.
    executed : Counter
        Tasks executed, by stage.
    cells : Counter
        Cells clustered in this ingest, by status of their run.
    problems : list of (str, str)
        Title and reason of every task that failed and every shard that was set aside.
    interrupted : bool
        Whether the user stopped it.
    """

    plan: Plan
    executed: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)
    interrupted: bool = False

    @property
    def failed(self) -> bool:
        """Whether a cell or a score failed now, or is held because it failed before."""
        return bool(self.problems) or self.plan.count(State.HELD) > 0


class Reporter(Protocol):
    """What an ingest tells the user."""

    def reading(self, title: str, done: int, total: int) -> None:
        """Take note of how many samples of a dataset are read before planning."""

    def planned(self, plan: Plan, changed: Sequence[str]) -> None:
        """Take the plan that is about to run, and what changed since the last one."""

    def say(self, line: str) -> None:
        """Show a line to the user."""

    def started(self, node: Node) -> None:
        """Take note that a task began."""

    def progressed(self, node: Node, done: int, total: int) -> None:
        """Take note of how many samples of a task are done."""

    def ended(self, node: Node, outcome: Outcome) -> None:
        """Take note that a task ended."""

    def tick(self) -> None:
        """Do what is due from time to time."""


class Listener:
    """Counts for the summary, keeps the shards flowing, passes all on to the user.

    Parameters
    ----------
    summary : Summary
        What is counted.
    reporter : Reporter
        Tells the user.
    outbox : Outbox
        Takes the rows.
    heartbeat : Heartbeat
        Tells other processes.
    """

    def __init__(
        self,
        summary: Summary,
        reporter: Reporter,
        outbox: Outbox,
        heartbeat: Heartbeat,
    ) -> None:
        self._summary = summary
        self._reporter = reporter
        self._outbox = outbox
        self._heartbeat = heartbeat
        self._ended = 0
        self._running: dict[str, str] = {}

    def started(self, node: Node) -> None:
        """Take note that a task began."""
        self._running[node.id] = f"{node.stage} {node.title}"
        self._reporter.started(node)

    def progressed(self, node: Node, done: int, total: int) -> None:
        """Pass on how many samples of a task are done."""
        self._reporter.progressed(node, done, total)

    def ended(self, node: Node, outcome: Outcome) -> None:
        """Count a task."""
        self._ended += 1
        if self._running.pop(node.id, None) is not None:
            self._summary.executed[node.stage] += 1
        if node.stage == CLUSTER:
            status = outcome.status
            if outcome.status is Status.DONE:
                status = outcome.rows["run"][0]["status"]
            self._summary.cells[status] += 1
        if outcome.status not in (Status.DONE, Status.SKIPPED):
            self._summary.problems.append((node.title, outcome.reason or ""))
        self._reporter.ended(node, outcome)

    def tick(self) -> None:
        """Do what is due from time to time."""
        self._outbox.tick()
        self._heartbeat.beat(
            self._ended,
            len(self._summary.plan.graph),
            len(self._summary.problems),
            list(self._running.values()),
        )
        self._reporter.tick()
