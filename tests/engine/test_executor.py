from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import psutil
import pytest

from zsc_wh.engine.executor import Event, LocalPool
from zsc_wh.errors import (
    ComputeError,
    ConfigError,
    DataError,
    NotApplicableError,
    StoreError,
)
from zsc_wh.records import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zsc_wh.store import Store

GIB = 2**30


@dataclass(frozen=True)
class Act:
    """A task that does what its test asks for."""

    reads_files: ClassVar[bool] = False
    what: str

    def run(self, store: Store, progress: Callable[[int, int], None]) -> Outcome:
        """Do it."""
        del store
        if self.what == "data error":
            raise DataError(what="no such image", where="a.png")
        if self.what == "lost array":
            raise StoreError(what="it is gone", where="a.npy")
        if self.what == "wrong device":
            raise ConfigError(what="no such device")
        if self.what == "compute error":
            raise ComputeError(what="features are not finite")
        if self.what == "full disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.what == "hidden full disk":
            try:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301
            except OSError:
                message = "could not pickle the task"
                raise ValueError(message)  # noqa: B904 - as libraries do
        if self.what == "cut short":
            os.kill(os.getpid(), signal.SIGBUS)
        if self.what == "go away":
            os.chdir("/")
        if self.what == "start and sleep":
            pid = _start(_sleep)
            progress(pid, pid)
            time.sleep(60)
        if self.what == "start and die":
            pid = _start(_sleep)
            progress(pid, pid)
            os._exit(3)
        if self.what == "start an eater":
            _start(_eat)
            time.sleep(60)
        if self.what == "not applicable":
            raise NotApplicableError(what="too few samples")
        if self.what == "library error":
            message = "bad\n value"
            raise ValueError(message)
        if self.what == "no memory":
            raise MemoryError
        if self.what == "die":
            os.kill(os.getpid(), signal.SIGUSR1)
        if self.what == "exit":
            os.kill(os.getpid(), signal.SIGTERM)  # which a worker outlives
            os._exit(3)
        if self.what == "sleep":
            time.sleep(60)
        if self.what == "hold":
            time.sleep(8)
        if self.what == "eat":
            block = bytearray(400 * 2**20)
            time.sleep(60)
            del block
        if self.what == "report":
            progress(1, 2)
        threads = os.environ["OMP_NUM_THREADS"]
        seen = {"threads": threads, "folder": os.getcwd()}  # noqa: PTH109
        return Outcome(Status.DONE, rows={"seen": [seen]})


@dataclass(frozen=True)
class Large(Act):
    """A task that does not fit into a pipe."""

    content: bytes = bytes(2**24)


def _sleep() -> None:
    time.sleep(600)


def _eat() -> None:
    block = bytearray(os.urandom(2**20) * 400)
    time.sleep(60)
    del block


def _start(target: Callable[[], None]) -> int:
    """Start a process as libraries do, and return its number."""
    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    return process.pid or 0


@pytest.fixture
def make_pool(tmp_path: Path) -> Iterator[Callable[..., LocalPool]]:
    """Make pools that are closed at the end."""
    pools: list[LocalPool] = []

    def make(
        *,
        slots: int = 1,
        memory_limit: int = 8 * GIB,
        timeout_s: float | None = None,
    ) -> LocalPool:
        pools.append(
            LocalPool(slots, tmp_path, memory_limit=memory_limit, timeout_s=timeout_s)
        )
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def _outcome(pool: LocalPool) -> Outcome:
    """Wait for the one task that runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for event in pool.gather(0.2):
            if event.outcome is not None:
                return event.outcome
    pytest.fail("no outcome in a minute")


@pytest.mark.parametrize(
    ("what", "status", "reason"),
    [
        ("data error", Status.FAILED, "a.png: no such image"),
        ("lost array", Status.BLOCKED, "a.npy: it is gone"),
        ("wrong device", Status.BLOCKED, "no such device"),
        ("compute error", Status.FAILED, "features are not finite"),
        ("full disk", Status.BLOCKED, "No space left on device"),
        ("hidden full disk", Status.BLOCKED, "No space left on device"),
        ("cut short", Status.BLOCKED, "was cut short, or the disk is full"),
        ("not applicable", Status.SKIPPED, "too few samples"),
        ("library error", Status.FAILED, "ValueError: bad value"),
        ("no memory", Status.OOM, "out of memory"),
        ("die", Status.KILLED, "the worker was ended by SIGUSR1"),
        ("exit", Status.KILLED, "the worker ended with exit code 3"),
    ],
)
def test_whatever_happens_becomes_an_outcome(
    make_pool: Callable[..., LocalPool], what: str, status: Status, reason: str
) -> None:
    """A task that fails, or takes its worker along, is told with a reason."""
    pool = make_pool()
    pool.submit("t", Act(what))
    outcome = _outcome(pool)
    assert outcome.status is status
    assert outcome.reason is not None
    assert reason in outcome.reason


@pytest.mark.parametrize("what", ["full disk", "hidden full disk"])
def test_a_full_disk_is_told_from_other_faults(
    make_pool: Callable[..., LocalPool], what: str
) -> None:
    """The scheduler stops at it, as every other task would be blocked too."""
    pool = make_pool()
    pool.submit("t", Act(what))
    assert _outcome(pool).disk_is_full
    pool.submit("t", Act("lost array"))
    assert not _outcome(pool).disk_is_full


def test_the_pool_goes_on_after_a_death(make_pool: Callable[..., LocalPool]) -> None:
    """The next task gets a new worker."""
    pool = make_pool()
    pool.submit("t", Act("exit"))
    _outcome(pool)
    pool.submit("u", Act("work"))
    assert _outcome(pool).status is Status.DONE


def test_workers_compute_with_one_thread(make_pool: Callable[..., LocalPool]) -> None:
    """Threads are fixed for a worker, and the environment here stays as it was."""
    before = os.environ.get("OMP_NUM_THREADS")
    pool = make_pool()
    pool.submit("t", Act("work"))
    assert _outcome(pool).rows["seen"][0]["threads"] == "1"
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_time_and_memory_of_a_task_are_measured(
    make_pool: Callable[..., LocalPool],
) -> None:
    """Every outcome of a living worker has its cost."""
    pool = make_pool()
    pool.submit("t", Act("work"))
    outcome = _outcome(pool)
    assert outcome.wall_s is not None
    assert outcome.peak_bytes is not None
    assert outcome.peak_bytes > 10 * 2**20


def test_progress_arrives(make_pool: Callable[..., LocalPool]) -> None:
    """What a task reports on the way is passed on."""
    pool = make_pool()
    pool.submit("t", Act("report"))
    seen: list[Event] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(e.outcome for e in seen):
        seen += pool.gather(0.2)
    assert [event.progress for event in seen if event.progress] == [(1, 2)]


def test_a_task_over_time_is_ended(make_pool: Callable[..., LocalPool]) -> None:
    """The limit holds for one task, and the reason names it."""
    pool = make_pool(timeout_s=1)
    pool.submit("t", Act("sleep"))
    outcome = _outcome(pool)
    assert outcome.status is Status.TIMEOUT
    assert outcome.reason == "took longer than the limit of 1 s"


def test_a_task_over_memory_is_ended(make_pool: Callable[..., LocalPool]) -> None:
    """A worker that holds more than the limit costs its own task."""
    pool = make_pool(memory_limit=300 * 2**20)
    pool.submit("t", Act("eat"))
    outcome = _outcome(pool)
    assert outcome.status is Status.OOM
    assert outcome.reason is not None
    assert "the memory limit of 300 MiB" in outcome.reason


def test_the_largest_worker_is_ended(make_pool: Callable[..., LocalPool]) -> None:
    """What holds little goes on, whichever of them began first."""
    pool = make_pool(slots=3, memory_limit=500 * 2**20)
    for task_id, what in (("a", "hold"), ("b", "eat"), ("c", "hold")):
        pool.submit(task_id, Act(what))
    ended: dict[str, Status] = {}
    deadline = time.monotonic() + 60
    while len(ended) < 3 and time.monotonic() < deadline:
        for event in pool.gather(0.05):
            if event.outcome is not None:
                ended[event.task_id] = event.outcome.status
    assert ended == {"a": Status.DONE, "b": Status.OOM, "c": Status.DONE}


def _events(pool: LocalPool) -> list[Event]:
    """Gather until the one task that runs has ended."""
    events: list[Event] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(e.outcome for e in events):
        events += pool.gather(0.2)
    return events


def _is_running(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("what", "status"),
    [("start and sleep", Status.TIMEOUT), ("start and die", Status.KILLED)],
)
def test_a_worker_takes_what_it_started_along(
    make_pool: Callable[..., LocalPool], what: str, status: Status
) -> None:
    """However it ends; processes of joblib would go on computing otherwise."""
    pool = make_pool(timeout_s=5)
    pool.submit("t", Act(what))
    events = _events(pool)
    assert events[-1].outcome is not None
    assert events[-1].outcome.status is status
    (pid,) = [event.progress[0] for event in events if event.progress is not None]
    deadline = time.monotonic() + 60
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_running(pid)


def test_a_pool_that_is_closed_leaves_nothing_running(
    make_pool: Callable[..., LocalPool],
) -> None:
    """As on Ctrl-C."""
    pool = make_pool()
    pool.submit("t", Act("start and sleep"))
    events: list[Event] = []
    while not events:
        events += pool.gather(0.2)
    pool.close()
    (event,) = events
    assert event.progress is not None
    deadline = time.monotonic() + 60
    while _is_running(event.progress[0]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_running(event.progress[0])


def test_what_a_worker_started_counts_as_its_memory(
    make_pool: Callable[..., LocalPool],
) -> None:
    """A method that computes in processes of its own is held to the limit too."""
    pool = make_pool(memory_limit=400 * 2**20)
    pool.submit("t", Act("start an eater"))
    assert _outcome(pool).status is Status.OOM


def test_a_stuck_worker_does_not_hold_up_the_others(
    make_pool: Callable[..., LocalPool],
) -> None:
    """A task that is too large for the pipe waits for its worker, the pool does not."""
    others = multiprocessing.active_children()
    pool = make_pool(timeout_s=10)
    pool.submit("t", Act("work"))
    _outcome(pool)
    (worker,) = [p for p in multiprocessing.active_children() if p not in others]
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    pool.submit("u", Large("work"))
    assert _outcome(pool).status is Status.TIMEOUT


def test_each_task_begins_in_the_folder_of_the_ingest(
    make_pool: Callable[..., LocalPool],
) -> None:
    """Code of a declaration may change it."""
    pool = make_pool()
    pool.submit("t", Act("go away"))
    _outcome(pool)
    pool.submit("u", Act("work"))
    assert _outcome(pool).rows["seen"][0]["folder"] == os.getcwd()  # noqa: PTH109
