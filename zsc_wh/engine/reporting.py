"""What an ingest tells while it runs, and what it has done in the end."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zsc_wh.engine.plan import State
from zsc_wh.records import Status
from zsc_wh.words import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.engine.heartbeat import Heartbeat
    from zsc_wh.engine.outbox import Outbox
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.remaining import TimeLeft
    from zsc_wh.records import Outcome
    from zsc_wh.work import Work

CANCELLED = "cancelled"
"""What a cell is whose embedding or reduction failed in this ingest."""


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
        Cells of this ingest, by status of their run; `CANCELLED` where what they start
        from failed. Where it was blocked, they are blocked, too.
    remarks : Counter
        Why cells have a result and yet no sound clustering: status and reason, each
        with the number of cells.
    unreadable : dict
        Samples that could not be read, by dataset; those that were known to be absent
        or without features are not among them.
    failed_tasks : int
        Tasks that were executed and failed.
    cancelled_tasks : int
        Tasks that were not executed, as one that they need failed.
    too_large : Counter
        Forecasts of memory for which tasks were not executed, each with the number of
        tasks, those that needed one of them included.
    set_aside : int
        Shards that could not be loaded.
    interrupted : bool
        Whether the user stopped it.
    """

    plan: Plan
    executed: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    remarks: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: dict[str, dict[int, str]] = field(default_factory=dict)
    failed_tasks: int = 0
    cancelled_tasks: int = 0
    too_large: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    interrupted: bool = False

    @property
    def missed(self) -> bool:
        """Whether a cell or a score failed now, or failed before and is held.

        What cannot be applied has its result: the reason why.
        """
        missed = self.failed_tasks + self.cancelled_tasks + self.set_aside
        return missed > 0 or self.plan.count(State.HELD) > 0

    @property
    def failed(self) -> bool:
        """Whether one failed or was skipped for want of memory."""
        return self.missed or bool(self.too_large)


def skipped_before(plan: Plan) -> Counter[str]:
    """Return the forecasts for which cells do not run, as they did not before."""
    last = plan.recorded.last
    return Counter(
        _forecast(plan.reason(key))
        for key, state in plan.states.items()
        if state is State.IMPOSSIBLE
        and key in last
        and last[key].over_limit_bytes is not None
    )


def _forecast(reason: str | None) -> str:
    """Return the forecast in a reason; what needed it is named in front of it."""
    return (reason or "").rpartition(": ")[2]


class Reporter(Protocol):
    """What an ingest tells the user."""

    def reading(self, title: str, done: int, total: int) -> None:
        """Take note of how many samples of a dataset are read before planning."""

    def checking(self, title: str, done: int, total: int) -> None:
        """Take note of which encoder is checked before any work."""

    def planned(self, plan: Plan, changed: Sequence[str]) -> None:
        """Take the plan that is about to run, and what changed since the last one."""

    def say(self, line: str) -> None:
        """Show a line to the user."""

    def started(self, work: Work) -> None:
        """Take note that a task began."""

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Take note of how many samples of a task are done."""

    def returned(self, work: Work) -> None:
        """Take note that a task that began waits again."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Take note that a task ended."""

    def tick(self, summary: Summary, left_s: float) -> None:
        """Do what is due from time to time.

        Parameters
        ----------
        summary : Summary
            What was done so far.
        left_s : float
            Forecast of the seconds that are left.
        """


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
    time_left : TimeLeft
        Keeps account of the time that is left.
    """

    def __init__(
        self,
        summary: Summary,
        reporter: Reporter,
        outbox: Outbox,
        heartbeat: Heartbeat,
        time_left: TimeLeft,
    ) -> None:
        self._summary = summary
        self._reporter = reporter
        self._outbox = outbox
        self._heartbeat = heartbeat
        self._time_left = time_left
        self._ended = 0
        self._running: dict[str, str] = {}

    def started(self, works: Sequence[Work]) -> None:
        """Take note that a task began."""
        self._time_left.started([work.id for work in works], time.monotonic())
        for work in works:
            self._running[work.id] = f"{work.stage} {work.title}"
            self._reporter.started(work)

    def returned(self, works: Sequence[Work], outcome: Outcome) -> None:
        """Say that works which ran together are tried alone."""
        names = "; ".join(f"{work.stage} {work.title}" for work in works)
        self._reporter.say(
            f"{names}: {outcome.reason}; "
            f"{plural(len(works), 'it ran', 'they ran')} together with others and "
            f"{plural(len(works), 'is', 'are')} tried again alone"
        )
        for work in works:
            self._running.pop(work.id)
            self._time_left.returned(work.id)
            self._reporter.returned(work)

    def progressed(self, work: Work, done: int, total: int) -> None:
        """Pass on how many samples of a task are done."""
        self._time_left.progressed(work.id, done / total, time.monotonic())
        self._reporter.progressed(work, done, total)

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Count a task."""
        self._ended += 1
        self._time_left.ended(work.id, time.monotonic(), outcome.wall_s)
        summary = self._summary
        executed = self._running.pop(work.id, None) is not None
        failed = outcome.status not in (Status.DONE, Status.SKIPPED)
        if executed:
            summary.executed[work.stage] += 1
            summary.failed_tasks += failed
        else:
            summary.cancelled_tasks += failed
        if outcome.over_limit_bytes is not None:
            summary.too_large[_forecast(outcome.reason)] += 1
        if outcome.unreadable:
            name = work.source.dataset.name
            summary.unreadable.setdefault(name, {}).update(outcome.unreadable)
        if work.is_cell:
            status: str = outcome.status
            if outcome.status is Status.DONE:
                run = outcome.rows["run"][0]
                status = run["status"]
                if status != Status.DONE:
                    summary.remarks[status, run["reason"]] += 1
            elif failed and not executed and outcome.status is not Status.BLOCKED:
                status = CANCELLED
            summary.cells[status] += 1
        self._reporter.ended(work, outcome)

    def tick(self) -> None:
        """Do what is due from time to time."""
        self._outbox.tick()
        self._heartbeat.beat(
            self._ended,
            len(self._summary.plan.graph),
            self._summary.failed_tasks,
            list(self._running.values()),
        )
        left_s = self._time_left.seconds(time.monotonic())
        self._reporter.tick(self._summary, left_s)
