"""The heartbeat of a running ingest: a small file in the inbox that `status` reads."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from zsc_wh.files import Replacement, entries
from zsc_wh.processes import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY_S = 2.0
"""Seconds between beats."""
LOST_AFTER_S = 60.0
"""An ingest elsewhere, as in a container, that is silent for so long has ended."""


@dataclass(frozen=True)
class Beat:
    """State of a running ingest.

    Times are seconds since the epoch; `running` holds the titles of running tasks, and
    `life` tells its process from another of the same number.
    """

    pid: int
    host: str
    grids: list[str]
    started_at: float
    beaten_at: float
    done: int
    total: int
    failed: int
    running: list[str]
    life: str = ""


class Heartbeat:
    """Writes the beats of this process."""

    def __init__(self, inbox: Path, grids: list[str]) -> None:
        self._path = inbox / f"ingest-{platform.node()}-{os.getpid()}.heartbeat"
        self._grids = grids
        self._started = time.time()
        self._last = 0.0

    def beat(self, done: int, total: int, failed: int, running: list[str]) -> None:
        """Write the state, unless the last beat was just now."""
        now = time.time()
        if now - self._last < EVERY_S:
            return
        self._last = now
        beat = Beat(
            os.getpid(),
            platform.node(),
            self._grids,
            self._started,
            now,
            done,
            total,
            failed,
            running,
            Process.this().life,
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with Replacement(self._path) as file:
            file.write(json.dumps(asdict(beat)).encode())

    def stop(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


def running_ingests(inbox: Path) -> Iterator[Beat]:
    """Yield the ingests that are running; writes nothing."""
    for _, beat, is_running in _beats(inbox):
        if is_running:
            yield beat


def sweep_beats(inbox: Path) -> None:
    """Remove the files of ingests that are gone."""
    for path, _, is_running in _beats(inbox):
        if not is_running:
            path.unlink(missing_ok=True)


def _beats(inbox: Path) -> Iterator[tuple[Path, Beat, bool]]:
    """Yield every beat with its file, and whether its ingest is running.

    A file that is damaged, or that another version wrote, tells by its name and its
    age: an advisory file must not stop anybody.
    """
    for path in entries(inbox):
        if not (path.name.startswith("ingest-") and path.suffix == ".heartbeat"):
            continue
        try:
            beat = _parsed(path.read_bytes()) or _by_name(path)
        except FileNotFoundError:
            continue
        is_alive = Process(beat.pid, beat.host, beat.life).is_alive()
        if is_alive is None:  # of another machine or container
            is_alive = time.time() - beat.beaten_at <= LOST_AFTER_S
        yield path, beat, is_alive


def _parsed(content: bytes) -> Beat | None:
    """Return what a file says, whatever else is in it; None when it is damaged."""
    try:
        said = json.loads(content)
        return Beat(
            pid=int(said["pid"]),
            host=str(said["host"]),
            grids=[str(name) for name in said["grids"]],
            started_at=float(said["started_at"]),
            beaten_at=float(said["beaten_at"]),
            done=int(said["done"]),
            total=int(said["total"]),
            failed=int(said["failed"]),
            running=[str(title) for title in said["running"]],
            life=str(said.get("life", "")),
        )
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        return None


def _by_name(path: Path) -> Beat:
    """Return what is known of an ingest whose file is damaged."""
    host, _, pid = path.stem.removeprefix("ingest-").rpartition("-")
    written_at = path.stat().st_mtime
    return Beat(
        pid=int(pid) if pid.isdecimal() else 0,
        host=host,
        grids=["unknown grids"],
        started_at=written_at,
        beaten_at=written_at,
        done=0,
        total=0,
        failed=0,
        running=[],
    )
