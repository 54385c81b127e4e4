"""Who may write, and waiting for one's turn.

One process writes at a time: it holds an exclusive ``flock`` on ``<warehouse>.lock``
while it has the file open. Trying again on DuckDB's own lock is not enough, since a
closing writer and an opening one can lose rows between them. The kernel drops the lock
when its holder dies, however it dies.

The lock must stand for the file, whatever name leads to it: links are resolved, and a
lock on a lock file that was removed meanwhile does not count.
"""

from __future__ import annotations

import logging
import math
import os
import platform
import random
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh.errors import LockedError, SchemaError
from zsc_wh.files import FULL_DISK, is_current
from zsc_wh.processes import is_pid
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

READER_PAUSE_S = 0.2
"""Longest pause of a reader between two tries, in seconds."""

WRITER_PAUSE_S = 0.02
"""Longest pause of a writer, in seconds; short, so that it gets in between readers."""

POLITE_S = 0.5
"""How long a reader steps back for a writer, in seconds; a load takes about as long."""

_LONGEST_COMMAND = 100
"""Characters of the command line of another process that are shown."""

NOTICE_S = 1.0
"""After how long a wait that nobody was told of is reported, in seconds."""

_FIRST_PAUSE_S = 0.002

_HELD: dict[Path, IO[str]] = {}
"""Lock files that this process holds, by their paths."""

_LOG = logging.getLogger(__name__)


class Patience:
    """Wait with growing, jittered pauses up to a deadline, and say so once.

    Parameters
    ----------
    wait_s : float
        How long to wait in all, in seconds; 0 tries once.
    longest_s : float
        Longest single pause, in seconds.
    on_wait : callable, optional
        Told whom it waits for when the waiting begins. Without it that is logged as a
        warning after `NOTICE_S` seconds; Python writes that to standard error.
    doing : str, optional
        What the holder does; by default, that it holds the file.
    """

    def __init__(
        self,
        wait_s: float,
        longest_s: float,
        on_wait: Callable[[str], None] | None = None,
        doing: str = "",
    ) -> None:
        self._doing = doing
        self._deadline = time.monotonic() + wait_s
        self._longest_s = longest_s
        self._pause_s = _FIRST_PAUSE_S
        self._on_wait = on_wait
        self._noticed_at = time.monotonic() + NOTICE_S if on_wait is None else math.inf

    def _line(self, holder: str, path: Path) -> str:
        return f"waiting for {holder}, which {self._doing or f'holds {path}'}"

    def left_s(self) -> float:
        """Return the seconds left, at least 0."""
        return max(0.0, self._deadline - time.monotonic())

    def pause(self, path: Path, holder: str, cause: Exception | None = None) -> None:
        """Sleep a little.

        Raises
        ------
        LockedError
            When the time is up; names `holder`.
        """
        if self.left_s() == 0:
            raise LockedError(
                what=f"{holder} holds the warehouse",
                where=str(path),
                hint="Wait until it has finished, or end it, and try again.",
            ) from cause
        if self._on_wait is not None:
            self._on_wait(self._line(holder, path))
            self._on_wait = None
        if time.monotonic() >= self._noticed_at:
            _LOG.warning("%s", self._line(holder, path))
            self._noticed_at = math.inf
        # jitter keeps waiting processes from trying in step
        time.sleep(min(self.left_s(), self._pause_s * random.uniform(0.5, 1.5)))  # noqa: S311
        self._pause_s = min(self._longest_s, self._pause_s * 1.5)


@contextmanager
def in_process(path: Path, patience: Patience) -> Iterator[None]:
    """Let one thread of this process have the file at a time.

    DuckDB shares one instance a file within a process and refuses to open it a second
    time with another configuration, as a reader beside a writer would.
    """
    with _GUARD:
        mutex = _MUTEXES.setdefault(path.resolve(), threading.RLock())
    while not mutex.acquire(timeout=min(patience.left_s(), NOTICE_S)):
        patience.pause(path, "another thread of this process")
    try:
        yield
    finally:
        mutex.release()


_GUARD = threading.Lock()
_MUTEXES: dict[Path, threading.RLock] = {}


@contextmanager
def writer_lock(path: Path, patience: Patience) -> Iterator[None]:
    """Hold the right to write to the warehouse at `path`.

    Raises
    ------
    LockedError
        When another process holds it for too long; names the process.
    SchemaError
        When the lock file cannot be made, or where the system has no ``flock``.
    """
    if sys.platform == "win32":
        raise SchemaError(
            what="a warehouse cannot be written on Windows, which has no flock",
            where=str(path),
            hint="Use Linux, macOS or the Windows Subsystem for Linux.",
        )
    import fcntl

    lock_path = _lock_path(path)
    with _locked(path, lock_path, patience) as file:
        try:
            _sign(file)
            _HELD[lock_path] = file
            yield
        finally:
            _HELD.pop(lock_path, None)
            file.truncate(0)
            # by hand: a forked child may still have the file open
            fcntl.flock(file, fcntl.LOCK_UN)


def _locked(path: Path, lock_path: Path, patience: Patience) -> IO[str]:
    """Open and lock the lock file that is there now, and return it."""
    while True:
        file = _open_lock(lock_path)
        try:
            while not _try_lock(file, lock_path):
                patience.pause(path, _holder_of(file))
            if is_current(file, lock_path):
                return file
        except BaseException:
            file.close()
            raise
        # removed while we waited: whoever comes next locks the new one
        file.close()


def _open_lock(lock_path: Path) -> IO[str]:
    try:
        return lock_path.open("a+", encoding="utf-8")
    except OSError as error:
        raise SchemaError(
            what=f"the warehouse cannot be locked for writing ({error.strerror})",
            where=str(lock_path),
            hint="Check that its folder exists and can be written.",
        ) from error


def require_turn(path: Path) -> None:
    """Check that the turn to write, which this process has, is still its own.

    The holder of a lock file that was removed is not alone: whoever comes next locks
    the one in its place.

    Raises
    ------
    LockedError
        When the lock file was removed or replaced.
    """
    lock_path = _lock_path(path)
    file = _HELD.get(lock_path)
    if file is not None and not is_current(file, lock_path):
        raise LockedError(
            what="the lock file was removed while this process was writing, so that "
            "another one can write too",
            where=str(lock_path),
            hint="Never remove it by hand, it holds nobody up by itself; run the "
            "command again: nothing that waits in the inbox is lost.",
        )


def _sign(file: IO[str]) -> None:
    """Say in the lock file who holds it.

    On a full disk it stays unsigned: the lock holds all the same, and what frees space
    needs it.
    """
    file.truncate(0)
    try:
        os.write(file.fileno(), f"{os.getpid()} {platform.node()}".encode())
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise


def step_back(path: Path, patience: Patience) -> None:
    """Hold a reader back for a moment while another process has the turn to write.

    Otherwise readers that come one after the other keep a writer out for good: four
    that read without a break made a load of 0.3 s take 8 s in the median.
    """
    until = time.monotonic() + min(POLITE_S, patience.left_s())
    while _is_writing(path) and time.monotonic() < until:
        time.sleep(WRITER_PAUSE_S)


def _is_writing(path: Path) -> bool:
    """Whether a living process other than this one wrote itself into the lock file."""
    try:
        pid, host = _parsed(_lock_path(path).read_text(encoding="utf-8"))
    except OSError:  # nobody ever wrote, or it is not ours to see
        return False
    if host != platform.node():
        return bool(pid)
    return pid != os.getpid() and is_pid(pid)


def _lock_path(path: Path) -> Path:
    """Return the one lock file of a warehouse, by whichever link it is named."""
    # unlike pathlib, this does not raise for a path that cannot be looked at
    return Path(f"{os.path.realpath(path)}.lock")


def _parsed(text: str) -> tuple[int, str]:
    """Return process and machine of the holder; 0 when there is none."""
    pid, _, host = text.partition(" ")
    return (int(pid), host) if pid.isdigit() else (0, "")


def _try_lock(file: IO[str], path: Path) -> bool:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SchemaError(
            what=f"the file system does not lock files ({error.strerror})",
            where=str(path),
            hint="Keep the warehouse on a local disk.",
        ) from error
    return True


def _holder_of(file: IO[str]) -> str:
    """Name the process that wrote itself into the lock file."""
    file.seek(0)
    pid, host = _parsed(file.read())
    if not pid:
        return "another process"
    if host != platform.node():
        return f"process {pid} on {host}"
    return describe_process(pid)


def describe_process(pid: int) -> str:
    """Return ``process 12 (python -m zsc_wh ...)``, as far as it can be found out."""
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # gone, or a system without /proc
        return f"process {pid}"
    # a command may hold a whole program, over many lines
    command = one_line(
        content.replace(b"\0", b" ").decode(errors="replace"), _LONGEST_COMMAND
    )
    return f"process {pid} ({command})" if command else f"process {pid}"
