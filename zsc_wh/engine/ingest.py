"""Ingest: bring a warehouse up to what its grids declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh import encoders
from zsc_wh.compiling import code_kept
from zsc_wh.datasets import Digests
from zsc_wh.engine import memory
from zsc_wh.engine.changes import changes
from zsc_wh.engine.declared_rows import declared_rows, impossible_rows
from zsc_wh.engine.executor import LocalPool
from zsc_wh.engine.forecast import costs
from zsc_wh.engine.heartbeat import Heartbeat, sweep_beats
from zsc_wh.engine.outbox import Outbox
from zsc_wh.engine.plan import State, make_plan
from zsc_wh.engine.preflight import (
    check_code,
    check_plan,
    check_weights,
    missing_things,
)
from zsc_wh.engine.recorded import read_assignments, read_recorded
from zsc_wh.engine.remaining import TimeLeft
from zsc_wh.engine.reporting import Listener, Summary, skipped_before
from zsc_wh.engine.schedule import Scheduler
from zsc_wh.engine.shards_read import with_shards
from zsc_wh.engine.sound import sound_plan
from zsc_wh.engine.store_use import shared_use
from zsc_wh.errors import ConfigError
from zsc_wh.store import Store
from zsc_wh.work import Session, Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zsc_wh.declare import Grid
    from zsc_wh.engine.plan import Plan
    from zsc_wh.engine.reporting import Reporter
    from zsc_wh.engine.slices import Slice
    from zsc_wh.warehouse import Warehouse


@dataclass(frozen=True)
class Options:
    """How to run an ingest; none of it changes a result.

    Parameters
    ----------
    retry : {None, "failed", "all"}
        Which failed cells are tried again.
    limit : int or None
        Run at most this many cells.
    only : str or None
        Run only the cells that are called so; see `zsc_wh.engine.names.called`.
    jobs : int or None
        Tasks at once; None is one a core.
    memory_limit : int or None
        Bytes for all tasks together; None is a share of the machine's.
    timeout_s : float or None
        Seconds that one task may take.
    device : str
        Device of the embeddings, and of kernels of our own that take long: auto, cpu,
        cuda or cuda:N.
    offline : bool
        Load no weights from the network.
    allow_hub_code : bool
        Run code of repositories that encoders name.
    verify : bool
        Read all samples again, whatever is known of them.
    shards_only : Path or None
        Leave the results as shards in this folder instead of loading them; what shards
        in it hold is done already.
    part : Slice or None
        Run only what falls into this slice; needs `shards_only`.
    """

    retry: str | None = None
    limit: int | None = None
    only: str | None = None
    jobs: int | None = None
    memory_limit: int | None = None
    timeout_s: float | None = None
    device: str = "auto"
    offline: bool = False
    allow_hub_code: bool = False
    verify: bool = False
    shards_only: Path | None = None
    part: Slice | None = None


def ingest(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    options: Options,
    reporter: Reporter,
) -> Summary:
    """Run what is missing and load it.

    A Ctrl-C ends the workers, keeps what is done and returns a summary that says so.
    While another ingest of this machine fills the warehouse, this one waits: what both
    want is computed once.

    Raises
    ------
    ConfigError
        When a slice is to fill the warehouse.
    ZscError
        When the plan cannot be made or the warehouse cannot be opened; a task that
        fails is recorded instead.
    """
    if options.part is not None and options.shards_only is None:
        raise ConfigError(
            what="a slice needs --shards-only DIR",
            where="--slice",
            hint="One ingest at a time fills a warehouse: slices would wait for each "
            "other; `zscwh load DIR` brings in what they leave.",
        )
    check_code(grids, allowed=options.allow_hub_code)
    target = None if options.shards_only is not None else warehouse
    if target is None:
        return _ingest_alone(grids, warehouse, None, options, reporter)
    target.create()
    with warehouse.ingest_turn(
        lambda line: reporter.say(f"{line}, so that nothing is computed twice")
    ):
        return _ingest_alone(grids, warehouse, target, options, reporter)


def _ingest_alone(
    grids: Sequence[Grid],
    warehouse: Warehouse,
    target: Warehouse | None,
    options: Options,
    reporter: Reporter,
) -> Summary:
    """Bring in what waits, sweep, and ingest; `target` is what to load into, if any."""
    # absolute: code of a declaration may change the working folder of a worker
    store = Store(warehouse.store_path.absolute())
    if target is not None:
        report = target.load(on_wait=reporter.say)
        for path, reason in report.bad:
            reporter.say(f"shard set aside: {path}: {reason}")
        for line in report.left_out_lines:
            reporter.say(line)
    with shared_use(store.root, warehouse.path):
        store.sweep()
        sweep_beats(warehouse.inbox)
        heartbeat = Heartbeat(warehouse.inbox, [grid.name for grid in grids])
        heartbeat.beat(0, 0, 0, ["planning"])
        try:
            with with_shards(warehouse, options.shards_only, reporter.say) as known:
                return _ingest(
                    grids, known, store, target, options, reporter, heartbeat
                )
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
    """Plan, check and run."""
    limit = options.memory_limit or memory.default_limit()
    recorded = read_recorded(warehouse)
    digests = Digests(store.root, verify=options.verify, progress=reporter.reading)
    plan = sound_plan(
        lambda: make_plan(
            grids,
            recorded,
            store,
            digests=digests,
            retry=options.retry,
            limit=options.limit,
            only=options.only,
            memory_limit=limit,
            part=options.part,
        ),
        store,
        reporter.say,
    )
    missing = missing_things(plan, digests if options.offline else None)
    check_plan(plan, missing, device=options.device, offline=options.offline)

    def checking(title: str, done: int, total: int) -> None:
        heartbeat.beat(0, 0, 0, [f"checking {title}"])
        reporter.checking(title, done, total)

    with code_kept(reporter.say) as environment:
        executor = LocalPool(
            options.jobs or memory.usable_cores(),
            store.root,
            memory_limit=limit,
            timeout_s=options.timeout_s,
            import_paths=plan.import_paths,
            environment=environment,
        )
        try:
            check_weights(plan, executor, verify=options.verify, progress=checking)
            return _compute(
                plan, warehouse, store, target, options, executor, reporter, heartbeat
            )
        finally:
            executor.close()


def _compute(
    plan: Plan,
    warehouse: Warehouse,
    store: Store,
    target: Warehouse | None,
    options: Options,
    executor: LocalPool,
    reporter: Reporter,
    heartbeat: Heartbeat,
) -> Summary:
    """Say what is declared, run and load."""
    summary = Summary(plan, too_large=skipped_before(plan))
    outbox = Outbox(
        target,
        options.shards_only or warehouse.inbox,
        " ".join(plan.wanted),
        reporter.say,
    )
    outbox.add(declared_rows(plan))
    outbox.add(impossible_rows(plan))
    for key in plan.cached.keys() - plan.recorded.arrays:
        # A killed ingest stored these and had no time to say so.
        stored = store.note(key)
        outbox.add(stored.rows if stored is not None else {})
    reporter.planned(plan, changes(plan, warehouse))
    cores = memory.usable_cores()
    device = encoders.expected_device(options.device)
    sizes = Sizes(store, cores=cores, device=device)
    time_left = TimeLeft(costs(plan, sizes), executor.slots)
    listener = Listener(summary, reporter, outbox, heartbeat, time_left)
    try:
        outbox.write()
        if len(plan.graph):
            session = _session(plan, warehouse, store, options, device)
            grown = Sizes(
                store,
                grows=True,
                clusters=session.n_clusters,
                cores=cores,
                device=device,
            )
            _run(plan, session, grown, executor, listener, outbox)
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        outbox.close()
        summary.set_aside = len(outbox.set_aside)
    return summary


def _run(
    plan: Plan,
    session: Session,
    sizes: Sizes,
    executor: LocalPool,
    listener: Listener,
    outbox: Outbox,
) -> None:
    scheduler = Scheduler(
        plan.graph,
        executor,
        session,
        sizes,
        memory_limit=executor.memory_limit,
        listener=listener,
        emit=outbox.add,
        history=plan.recorded.history,
    )
    try:
        scheduler.run()
    finally:
        executor.close()  # before what is done is loaded, which may take long


def _session(
    plan: Plan, warehouse: Warehouse, store: Store, options: Options, device: str
) -> Session:
    """Return what the works of a plan share, with the assignments made before."""
    recorded = plan.recorded
    session = Session(
        store,
        plan.levels,
        unreadable={
            key: tuple(recorded.unreadable.get(key, ())) for key in recorded.arrays
        },
        weights=recorded.weights,
        device=options.device,
        kernel_device=device,
        threads=memory.usable_cores(),
        offline=options.offline,
    )
    cells = {
        recorded.closed[key]: key
        for key, state in plan.states.items()
        if state is State.SCORE
    }
    if cells:
        for run_key, labels in read_assignments(warehouse, cells).items():
            session.assignments[cells[run_key]] = (run_key, labels)
    return session
