"""Run the command line: in this process, or in one of its own with workers.

A process of its own costs seconds, most of them for imports. It is what a test needs
that is about processes: limits, signals, faults of workers, several ingests at once.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import threadpoolctl

from zsc_wh.__main__ import run
from zsc_wh.engine.executor import Event
from zsc_wh.engine.worker import execute
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zsc_wh.work import JointTask, Task

    Command = Callable[..., subprocess.CompletedProcess[str]]


def command_here(folder: Path) -> Command:
    """Return a function that runs the command line in this process, in `folder`.

    Tasks run here too, one after another. The exit code is held to `code`, if any;
    other keywords are variables of the environment.
    """

    def command(
        *args: str | Path, code: int | None = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with (
            _as_if_alone(folder),
            mock.patch.dict(os.environ, variables),
            mock.patch("sys.argv", ["zscwh", *map(str, args)]),
            mock.patch("zsc_wh.engine.ingest.LocalPool", _Here),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            found = run()
        return _checked(["zscwh", *map(str, args)], found, _text(out), _text(err), code)

    return command


def command_process(folder: Path) -> Command:
    """Return a function that runs the command line as a user does, in `folder`."""

    def command(
        *args: str | Path, code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "zsc_wh", *map(str, args)],
            cwd=folder,
            env=os.environ | {"PYTHONWARNINGS": "error"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return _checked(done.args, done.returncode, done.stdout, done.stderr, code)

    return command


def _checked(
    args: list[str], found: int, out: str, err: str, code: int | None
) -> subprocess.CompletedProcess[str]:
    assert code in (None, found), err
    return subprocess.CompletedProcess(args, found, out, err)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


class _Here:
    """An executor that runs each task at once, as a worker does but in this process."""

    def __init__(
        self,
        slots: int,
        store_root: Path,
        *,
        memory_limit: int,
        import_paths: tuple[str, ...],
        **_: object,
    ) -> None:
        self.slots = slots
        self.memory_limit = memory_limit
        self._store = Store(store_root)
        self._events: list[Event] = []
        sys.path.extend(import_paths)

    def submit(self, task_id: str, task: Task | JointTask) -> None:
        sent = pickle.loads(ForkingPickler.dumps(task))  # noqa: S301 - our own bytes
        folder = Path.cwd()
        with threadpoolctl.threadpool_limits(1):
            outcome = execute(sent, self._store, lambda _done, _total: None)
        os.chdir(folder)
        self._events.append(Event(task_id, outcome=outcome))

    def gather(self, timeout_s: float) -> list[Event]:
        del timeout_s
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        self._events.clear()


@contextmanager
def _as_if_alone(folder: Path) -> Iterator[None]:
    """Work in `folder`, and undo what a process would take along when it ends."""
    before = Path.cwd()
    environment, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    terminated = signal.getsignal(signal.SIGTERM)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGTERM, terminated)
        ours = [Path(each).resolve() for each in sys.path if each not in path]
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and any(Path(file).is_relative_to(each) for each in ours):
                del sys.modules[name]
