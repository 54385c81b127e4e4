from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING

import pytest

from zsc_wh.engine.heartbeat import (
    LOST_AFTER_S,
    Heartbeat,
    running_ingests,
    sweep_beats,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def beaten(tmp_path: Path) -> Path:
    """Return the file of a heartbeat of this process."""
    Heartbeat(tmp_path, ["mine"]).beat(1, 2, 0, ["embed x"])
    (path,) = tmp_path.iterdir()
    return path


def test_a_running_ingest_is_found(beaten: Path) -> None:
    """What it says comes back."""
    (beat,) = running_ingests(beaten.parent)
    assert (beat.pid, beat.grids, beat.done, beat.total) == (
        os.getpid(),
        ["mine"],
        1,
        2,
    )


def test_another_version_may_say_more(beaten: Path) -> None:
    """A key that this version does not know is passed over."""
    beaten.write_text(json.dumps(json.loads(beaten.read_bytes()) | {"mood": "good"}))
    (beat,) = running_ingests(beaten.parent)
    assert beat.grids == ["mine"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"pid": 1}', b"[" * 100_000, b'{"pid": 1e999}'],
    ids=["empty", "bytes", "list", "short", "nested", "infinite"],
)
def test_a_damaged_heartbeat_counts_by_its_name(beaten: Path, content: bytes) -> None:
    """It stands for a running ingest as long as its process lives."""
    beaten.write_bytes(content)
    (beat,) = running_ingests(beaten.parent)
    assert (beat.pid, beat.host) == (os.getpid(), platform.node())
    sweep_beats(beaten.parent)
    assert beaten.exists()


def test_a_damaged_heartbeat_of_another_machine_expires(beaten: Path) -> None:
    """There its age is all that is known."""
    other = beaten.rename(beaten.with_name("ingest-elsewhere-7.heartbeat"))
    other.write_bytes(b"")
    assert len(list(running_ingests(other.parent))) == 1
    before = other.stat().st_mtime - LOST_AFTER_S - 60
    os.utime(other, (before, before))
    assert list(running_ingests(other.parent)) == []
    sweep_beats(other.parent)
    assert not other.exists()


@pytest.mark.parametrize(
    ("life", "is_running"), [("7.7.7", True), ("{boot}.{namespace}.1", False)]
)
def test_a_pid_alone_keeps_no_heartbeat_alive(
    beaten: Path, life: str, is_running: bool
) -> None:
    """Another container's counts by its age; one of a pid used again is dead."""
    said = json.loads(beaten.read_bytes())
    boot, namespace, _ = said["life"].split(".")
    said |= {"life": life.format(boot=boot, namespace=namespace)}
    beaten.write_text(json.dumps(said))
    assert bool(list(running_ingests(beaten.parent))) is is_running
    said |= {"beaten_at": said["beaten_at"] - LOST_AFTER_S - 60}
    beaten.write_text(json.dumps(said))
    assert list(running_ingests(beaten.parent)) == []
