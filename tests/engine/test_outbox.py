"""When an ingest writes shards and loads them, with a clock that the tests move."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from zsc_wh.engine import outbox
from zsc_wh.engine.outbox import LOAD_EVERY_S, SHARD_EVERY_S, Outbox
from zsc_wh.errors import LockedError
from zsc_wh.warehouse import LoadReport, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

SCORE = {
    "array_key": "a",
    "label_key": "l",
    "metric": "silhouette",
    "value": 0.5,
    "reason": None,
}
ROWS = {"array_score": [SCORE]}


class _Loads:
    """Counts the loads in place of a warehouse; locked while a test says so."""

    def __init__(self) -> None:
        self.waits: list[object] = []
        self.locked = False

    def load(self, **how: object) -> LoadReport:
        """Take note of a load."""
        self.waits.append(how.get("wait_s"))
        if self.locked:
            raise LockedError(what="a notebook reads it")
        return LoadReport()


class _Made:
    """An outbox with all that it touches."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.folder = 100.0, folder
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(outbox, "time", clock)
        self.warehouse = _Loads()
        self.said: list[str] = []
        loads = cast("Warehouse", self.warehouse)
        self.outbox = Outbox(loads, folder, "made", self.said.append)

    def after(self, seconds: float) -> None:
        """Let time pass and tick."""
        self.now += seconds
        self.outbox.tick()

    @property
    def shards(self) -> int:
        """Number of shards in the folder."""
        return len(list(self.folder.glob("*.shard")))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Made:
    """Return an outbox on a clock of its own."""
    return _Made(tmp_path, monkeypatch)


def test_finished_work_is_safe_within_a_second(made: _Made) -> None:
    """Rows become a shard when it is time, and all at once."""
    made.outbox.add(ROWS)
    made.outbox.add(ROWS)
    made.after(SHARD_EVERY_S / 2)
    assert made.shards == 0
    made.after(SHARD_EVERY_S)
    made.after(SHARD_EVERY_S * 2)
    assert made.shards == 1


def test_shards_are_loaded_while_the_ingest_runs(made: _Made) -> None:
    """Results show in the warehouse long before the end, without waiting for it."""
    made.outbox.add(ROWS)
    made.after(SHARD_EVERY_S * 2)
    assert made.warehouse.waits == []
    made.after(LOAD_EVERY_S)
    assert made.warehouse.waits == [0]


def test_nothing_is_loaded_twice(made: _Made) -> None:
    """Without a new shard there is nothing to do."""
    made.outbox.add(ROWS)
    for _ in range(4):
        made.after(LOAD_EVERY_S + SHARD_EVERY_S)
    assert len(made.warehouse.waits) == 1


def test_a_reader_does_not_hold_up_the_ingest(made: _Made) -> None:
    """It is told once; what waits is loaded when the reader has gone."""
    made.warehouse.locked = True
    made.outbox.add(ROWS)
    for _ in range(3):
        made.after(LOAD_EVERY_S + SHARD_EVERY_S)
    assert made.said == [
        "results wait in the inbox, computing goes on: a notebook reads it"
    ]
    made.warehouse.locked = False
    made.after(LOAD_EVERY_S + SHARD_EVERY_S)
    made.after(LOAD_EVERY_S + SHARD_EVERY_S)
    assert made.warehouse.waits == [0, 0, 0, 0]


def test_the_end_loads_what_is_left(made: _Made) -> None:
    """It waits for readers then."""
    made.outbox.add(ROWS)
    made.outbox.close()
    assert made.shards == 1
    assert made.warehouse.waits == [None]
