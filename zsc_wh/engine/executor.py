"""Executors run stage tasks elsewhere and tell how they ended.

`Executor` is what the engine needs of one; `LocalPool` runs tasks in processes of this
machine. A process that dies costs its own task alone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Protocol

from zsc_wh.engine.groups import end_group, group_bytes
from zsc_wh.engine.memory import oom_kills
from zsc_wh.engine.worker import QUIET, SINGLE_THREADED, work
from zsc_wh.records import Outcome, Status
from zsc_wh.words import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from zsc_wh.work import JointTask, Task


@dataclass(frozen=True)
class Event:
    """Something that a running task reported: progress, or its outcome."""

    task_id: str
    outcome: Outcome | None = None
    progress: tuple[int, int] | None = None


class Executor(Protocol):
    """Where stage tasks run."""

    slots: int
    """How many tasks can run at once."""

    def submit(self, task_id: str, task: Task | JointTask) -> None:
        """Start a task; the caller has made sure that a slot is free."""

    def gather(self, timeout_s: float) -> list[Event]:
        """Wait at most `timeout_s` for tasks to report."""

    def close(self) -> None:
        """End at once; running tasks are lost."""


_SENDER_S = 5.0
"""How long to wait for the thread that sends to a worker that is gone."""


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    task_id: str | None = None
    started: float = 0.0
    sender: threading.Thread | None = None

    @property
    def pid(self) -> int:
        return self.process.pid or 0  # it has one once it was started

    def send(self, task: Task | JointTask) -> None:
        """Send a task without waiting for the worker, which may be stuck."""
        payload = ForkingPickler.dumps(task)
        self.sender = threading.Thread(
            target=self._send, args=(payload,), name="zscwh-sender", daemon=True
        )
        self.sender.start()

    def _send(self, payload: memoryview) -> None:
        with suppress(OSError):  # it is gone: whoever gathers will see it
            self.connection.send_bytes(payload)

    def kill(self) -> None:
        """End it with all that it started, such as the processes of joblib."""
        self.process.kill()  # also one that has no group of its own yet
        end_group(self.pid)

    def close(self) -> None:
        """Wait until it is gone, and let go of what belonged to it."""
        self.process.join()
        if self.sender is not None:
            self.sender.join(_SENDER_S)
        self.connection.close()


class LocalPool:
    """A pool of processes on this machine.

    Parameters
    ----------
    slots : int
        Number of processes; each starts with the first task that needs it.
    store_root : Path
        Folder of the array store.
    memory_limit : int
        Bytes that all workers together may hold; beyond it the largest is ended and
        its task is out of memory.
    timeout_s : float or None
        Seconds that one task may take.
    import_paths : tuple of str
        Folders with modules that declarations name.
    environment : mapping, optional
        More variables for every process.
    """

    def __init__(
        self,
        slots: int,
        store_root: Path,
        *,
        memory_limit: int,
        timeout_s: float | None = None,
        import_paths: tuple[str, ...] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.slots = slots
        self._environment = {**SINGLE_THREADED, **QUIET, **environment}
        self._import_paths = import_paths
        self._store_root = store_root
        self.memory_limit = memory_limit
        self._timeout_s = timeout_s
        self._workers: list[_Worker] = []
        self._oom_kills = oom_kills()

    def submit(self, task_id: str, task: Task | JointTask) -> None:
        """Start a task on an idle worker, or on a new one."""
        for worker in [w for w in self._workers if w.task_id is None]:
            if not worker.process.is_alive():
                self._bury(worker, Status.KILLED, "ended while idle")
        idle = [worker for worker in self._workers if worker.task_id is None]
        worker = idle[0] if idle else self._start()
        worker.task_id, worker.started = task_id, time.monotonic()
        worker.send(task)

    def gather(self, timeout_s: float) -> list[Event]:
        """Return what happened within `timeout_s`, enforcing the limits."""
        busy = [worker for worker in self._workers if worker.task_id is not None]
        wait([worker.connection for worker in busy], timeout_s)
        events = [event for worker in busy for event in self._read(worker)]
        events += self._enforce_limits()
        return events

    def close(self) -> None:
        """Kill every worker and wait for it to be gone."""
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work,
            args=(theirs, str(self._store_root), os.getpid(), self._import_paths),
            name="zscwh-worker",
        )
        with _environment(self._environment), _no_script():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _read(self, worker: _Worker) -> Iterator[Event]:
        task_id = worker.task_id
        if task_id is None:
            return
        # before reading: what it sent last must not be missed
        is_dead = not worker.process.is_alive()
        try:
            while worker.connection.poll():
                kind, content = worker.connection.recv()
                if kind == "outcome":
                    worker.task_id = None
                    yield Event(task_id, outcome=content)
                else:
                    yield Event(task_id, progress=content)
        except (EOFError, OSError):
            # The other end of the pipe is gone, and the worker with it.
            is_dead = True
        # a child of a dead worker may hold its end of the pipe open
        if is_dead and worker.task_id is not None:
            yield self._bury(worker, *self._cause_of_death(worker))

    def _cause_of_death(self, worker: _Worker) -> tuple[Status, str]:
        worker.process.join(5)
        code = worker.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            if code == -signal.SIGBUS:
                return (
                    Status.BLOCKED,
                    f"the worker was ended by {name}: a file that it had mapped, such "
                    "as a stored array, was cut short, or the disk is full or faulty",
                )
            if code == -signal.SIGKILL and oom_kills() > self._oom_kills:
                self._oom_kills = oom_kills()
                return Status.OOM, "the system ended the worker for want of memory"
            return Status.KILLED, f"the worker was ended by {name}"
        return Status.KILLED, f"the worker ended with exit code {code}"

    def _bury(self, worker: _Worker, status: Status, reason: str) -> Event:
        """Remove a worker and tell how its task ended."""
        worker.kill()
        worker.close()
        self._workers.remove(worker)
        return Event(
            worker.task_id or "",
            outcome=Outcome(status, reason, wall_s=time.monotonic() - worker.started),
        )

    def _enforce_limits(self) -> Iterator[Event]:
        now = time.monotonic()
        for worker in [w for w in self._workers if w.task_id is not None]:
            if self._timeout_s is not None and now - worker.started > self._timeout_s:
                reason = f"took longer than the limit of {self._timeout_s:g} s"
                yield self._bury(worker, Status.TIMEOUT, reason)
        sizes = group_bytes(worker.pid for worker in self._workers)
        busy = [worker for worker in self._workers if worker.task_id is not None]
        if sum(sizes.values()) > self.memory_limit and busy:
            worker = max(busy, key=lambda each: sizes[each.pid])
            reason = (
                f"the worker held {format_bytes(sizes[worker.pid])} when all workers "
                f"were over the memory limit of {format_bytes(self.memory_limit)}"
            )
            yield self._bury(worker, Status.OOM, reason)


@contextmanager
def _no_script() -> Iterator[None]:
    """Hide the running script from the processes started inside.

    A process that is spawned runs the script again, for what it defines. Workers need
    nothing of it, and a script that calls an ingest outside ``if __name__ ==
    "__main__"`` would start another one in each of them.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the processes started inside."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
