"""Ingest: bring a warehouse up to what its grids declare."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zsc_wh.engine import memory
from zsc_wh.engine.declared_rows import declared_rows, failed_run, impossible_rows
from zsc_wh.engine.executor import LocalPool
from zsc_wh.engine.forecast import Forecaster
from zsc_wh.engine.graph import CLUSTER, Node
from zsc_wh.engine.heartbeat import Heartbeat, sweep_beats
from zsc_wh.engine.outbox import Outbox
from zsc_wh.engine.plan import Plan, State, make_plan
from zsc_wh.engine.recorded import read_recorded
from zsc_wh.engine.schedule import Scheduler
from zsc_wh.engine.tasks import TaskFactory
from zsc_wh.records import Outcome, Status
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zsc_wh.declare import Grid
    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Options:
    """How to run an ingest; none of it changes a result.

    Parameters
    ----------
    retry : {None, "failed", "all"}
        Which failed cells are tried again.
    limit : int or None
        Run at most so many cells.
    only : str or None
        Run only cells whose key begins so.
    jobs : int or None
        Tasks at once; None is one a core.
    memory_limit : int or None
        Bytes for all tasks together; None is a share of the machine's.
    timeout_s : float or None
        Seconds that one task may take.
    device : str
        Device of the embeddings: auto, cpu, cuda or cuda:N.
    offline : bool
        Load no weights from the network.
    shards_only : Path or None
        Leave the results as shards in this folder instead of loading them.
    """

    retry: str | None = None
    limit: int | None = None
    only: str | None = None
    jobs: int | None = None
    memory_limit: int | None = None
    timeout_s: float | None = None
    device: str = "auto"
    offline: bool = False
    shards_only: Path | None = None


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

    def planned(self, plan: Plan) -> None:
        """Take the plan that is about to run."""

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


def ingest(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    options: Options,
    reporter: Reporter,
) -> Summary:
    """Run what is missing and load it.

    A Ctrl-C ends the workers, keeps what is done and returns a summary that says so.

    Raises
    ------
    ZscError
        When the plan cannot be made or the warehouse cannot be opened; a task that
        fails is recorded instead.
    """
    store = Store(warehouse.store_path)
    target = None if options.shards_only is not None else warehouse
    if target is not None:
        target.create()
        for path, reason in target.load(on_wait=reporter.say).bad:
            reporter.say(f"shard set aside: {path}: {reason}")
    store.sweep()
    sweep_beats(warehouse.inbox)
    heartbeat = Heartbeat(warehouse.inbox, [grid.name for grid in grids])
    heartbeat.beat(0, 0, 0, ["planning"])
    try:
        return _ingest(grids, warehouse, store, target, options, reporter, heartbeat)
    finally:
        heartbeat.stop()


def _ingest(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    store: Store,
    target: Warehouse | None,
    options: Options,
    reporter: Reporter,
    heartbeat: Heartbeat,
) -> Summary:
    """Plan and run; `target` is the warehouse to load into, if any."""
    limit = options.memory_limit or memory.default_limit()
    plan = _sound_plan(grids, warehouse, store, options, limit, reporter)
    summary = Summary(plan)
    outbox = Outbox(
        target,
        options.shards_only or warehouse.inbox,
        " ".join(grid.name for grid in grids),
        reporter.say,
    )
    outbox.add(declared_rows(plan))
    outbox.add(impossible_rows(plan))
    for key in plan.cached.keys() - plan.recorded.arrays:
        # A killed ingest stored these and had no time to say so.
        stored = store.note(key)
        outbox.add(stored.rows if stored is not None else {})
    reporter.planned(plan)
    listener = _Listener(summary, reporter, outbox, heartbeat)
    try:
        outbox.write()
        if len(plan.graph):
            _run(plan, warehouse, store, options, limit, listener, outbox)
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        outbox.close()
        summary.problems += [(str(path), why) for path, why in outbox.set_aside]
    return summary


def _sound_plan(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    store: Store,
    options: Options,
    memory_limit: int,
    reporter: Reporter,
) -> Plan:
    """Plan, set damaged arrays aside and plan again until all that is read is sound."""
    recorded = read_recorded(warehouse)
    while True:
        plan = make_plan(
            grids,
            recorded,
            store,
            retry=options.retry,
            limit=options.limit,
            only=options.only,
            memory_limit=memory_limit,
        )
        damaged = [
            stored.key
            for key in sorted(plan.cached)
            if (stored := store.note(key)) is not None and not store.is_sound(stored)
        ]
        if not damaged:
            return plan
        for key in damaged:
            store.quarantine(key)
            reporter.say(
                f"stored array {store.uri(key)} is damaged: set aside, computed again"
            )


def _run(
    plan: Plan,
    warehouse: Warehouse,
    store: Store,
    options: Options,
    memory_limit: int,
    listener: _Listener,
    outbox: Outbox,
) -> None:
    cores = memory.usable_cores()
    executor = LocalPool(
        options.jobs or cores,
        store.root,
        memory_limit=memory_limit,
        timeout_s=options.timeout_s,
        import_paths=plan.import_paths,
    )
    factory = TaskFactory(
        plan,
        warehouse,
        store,
        ingest_id=secrets.token_hex(16),
        device=options.device,
        threads=cores,
        offline=options.offline,
    )
    scheduler = Scheduler(
        plan.graph,
        executor,
        factory,
        Forecaster(store),
        memory_limit=memory_limit,
        listener=listener,
        emit=outbox.add,
        failed_run=failed_run,
    )
    try:
        scheduler.run()
    finally:
        executor.close()


class _Listener:
    """Counts for the summary, keeps the shards flowing, passes all on to the user."""

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
        self._running[node.id] = f"{node.stage} {node.title}"
        self._reporter.started(node)

    def progressed(self, node: Node, done: int, total: int) -> None:
        self._reporter.progressed(node, done, total)

    def ended(self, node: Node, outcome: Outcome) -> None:
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
        self._outbox.tick()
        self._heartbeat.beat(
            self._ended,
            len(self._summary.plan.graph),
            len(self._summary.problems),
            list(self._running.values()),
        )
        self._reporter.tick()
