"""A worker process: runs one stage task after another and ends with its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import (
    ComputeError,
    DataError,
    NotApplicableError,
    StoreError,
    ZscError,
)
from zsc_wh.files import FULL_DISK, MACHINE_FAULTS
from zsc_wh.records import Outcome, Status
from zsc_wh.store import Store
from zsc_wh.words import error_line
from zsc_wh.work import JointTask, provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from zsc_wh.work import Task

SINGLE_THREADED = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Environment of every worker: one thread a task, tasks side by side.

The number of threads changes the last bits of PCA and the order in which K-Means adds
its centres up, so it must not depend on what happens to be free. A task that gains from
threads, such as an embedding, raises the number itself.
"""

QUIET = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait for each other sleep instead of spinning: on a busy machine an
embedding by two threads took five times as long with spinning as without."""

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def work(
    connection: Connection, store_root: str, parent: int, import_paths: tuple[str, ...]
) -> None:
    """Serve tasks from `connection` until it closes.

    Parameters
    ----------
    connection : Connection
        Receives tasks; sends ``("progress", (done, total))`` and ``("outcome", ...)``.
    store_root : str
        Folder of the array store.
    parent : int
        Process id of the parent.
    import_paths : tuple of str
        Folders with modules that declarations name, searched last.
    """
    # A group of its own takes what libraries start along when the worker is ended, and
    # Ctrl-C does not reach it: the parent alone decides what that means.
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Slurm sends it to all processes of a job; it is the parent that ends its workers.
    _outlive_sigterm()
    _end_with_parent(parent)
    if "fork" in multiprocessing.get_all_start_methods():
        # Locks that libraries make on import (tqdm) would otherwise have names, which a
        # worker that is killed leaves behind. Nothing is forked here.
        multiprocessing.set_start_method("fork", force=True)
    sys.path.extend(import_paths)
    store = Store(Path(store_root))
    folder = os.open(os.curdir, os.O_RDONLY)
    while True:
        try:
            task: Task | JointTask | None = connection.recv()
        except EOFError:
            return
        if task is None:
            return
        os.fchdir(folder)  # code of a declaration may have gone elsewhere
        connection.send(("outcome", execute(task, store, Progress(connection))))


def execute(
    task: Task | JointTask, store: Store, progress: Callable[[int, int], None]
) -> Outcome:
    """Run one task; whatever it raises becomes an outcome with a reason."""
    provenance.reset_peak()
    seconds: list[float] = []

    def together(task: JointTask) -> Outcome:
        parts = task.run_all(store, progress)
        seconds.extend(part.seconds for part in parts)
        ended = tuple(_outcome(task, part.finish) for part in parts)
        return Outcome(Status.DONE, parts=ended)

    with provenance.Measurement() as measured:
        if isinstance(task, JointTask):
            outcome = _outcome(task, partial(together, task))
        else:
            outcome = _outcome(task, partial(task.run, store, progress))
    peak = provenance.peak_bytes()
    parts = tuple(
        replace(part, peak_bytes=peak, **columns)
        for part, columns in zip(outcome.parts, measured.shares(seconds), strict=True)
    )
    return replace(outcome, peak_bytes=peak, parts=parts, **measured.columns())


def _outcome(task: Task | JointTask, run: Callable[[], Outcome]) -> Outcome:
    try:
        return run()
    except NotApplicableError as error:
        return Outcome(Status.SKIPPED, str(error), not_applicable=True)
    except MemoryError as error:
        return Outcome(Status.OOM, f"out of memory ({error or 'MemoryError'})")
    except Exception as error:  # noqa: BLE001 - a library's error costs its own cell
        return _failure(task, error)


def _failure(task: Task | JointTask, error: Exception) -> Outcome:
    """Tell what follows from the declaration from what the machine is to blame for."""
    fault = machine_fault(error)
    if fault is not None:
        reason = error_line(fault)
        if not isinstance(error, OSError):
            text = str(error) if isinstance(error, ZscError) else error_line(error)
            reason = f"{text} ({reason})"
        is_full = fault.errno in FULL_DISK
        return Outcome(Status.BLOCKED, reason, disk_is_full=is_full)
    if isinstance(error, OSError):
        return Outcome(Status.BLOCKED, error_line(error))
    if isinstance(error, ZscError):
        status = Status.FAILED if _is_result(task, error) else Status.BLOCKED
        return Outcome(status, str(error))
    if "out of memory" in str(error).lower():
        return Outcome(Status.OOM, error_line(error))
    return Outcome(Status.FAILED, error_line(error))


def machine_fault(error: BaseException | None) -> OSError | None:
    """Return the fault of the machine that an error comes from, if any.

    Libraries wrap a full disk in errors of their own, as joblib and torch do.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in MACHINE_FAULTS:
            return error
        error = error.__cause__ or (
            None if error.__suppress_context__ else error.__context__
        )
    return None


def _is_result(task: Task | JointTask, error: ZscError) -> bool:
    """Whether an error follows from what the key of a task holds, and would come again.

    Declarations, files, packages and stored arrays can be mended, and the key stays.
    """
    if isinstance(error, DataError):
        return not task.reads_files and not isinstance(error, StoreError)
    return isinstance(error, ComputeError)


PROGRESS_EVERY_S = 0.3
"""Seconds between reports of a task: more would fill the pipe and the display."""


class Progress:
    """Sends how far a task is, now and then."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Take note of samples done and samples in all."""
        now = time.monotonic()
        if now - self._last > PROGRESS_EVERY_S:
            self._last = now
            self._connection.send(("progress", (done, total)))


def _outlive_sigterm() -> None:
    """Ignore SIGTERM, which still ends what this process starts."""
    worker = os.getpid()

    def handle(number: int, _frame: object) -> None:
        if os.getpid() != worker:  # forked; a program that is started forgets this
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, handle)


def _end_with_parent(parent: int) -> None:
    """Make sure that this process does not outlive its parent."""
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may be gone already, and other systems have no such signal.
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
