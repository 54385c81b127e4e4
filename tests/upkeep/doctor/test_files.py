from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.upkeep.doctor.found import the_one
from zsc_wh.engine.heartbeat import Heartbeat
from zsc_wh.upkeep.doctor import State, files

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse


def test_a_warehouse_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    """A first ingest makes it; nothing is made by looking."""
    finding = the_one(files.look(tmp_path / "none.duckdb"), "file")
    assert finding.state is State.NOTE
    assert not list(tmp_path.iterdir())


def test_a_sound_warehouse_is_ok(warehouse: Warehouse) -> None:
    """Every line of an empty warehouse is ok."""
    assert {finding.state for finding in files.look(warehouse.path)} == {State.OK}


def test_a_file_that_is_no_warehouse_is_a_problem(tmp_path: Path) -> None:
    """It says so, and does not end the visit."""
    path = tmp_path / "text.duckdb"
    path.write_text("no database")
    found = list(files.look(path))
    assert the_one(found, "schema").state is State.PROBLEM
    assert the_one(found, "arrays").state is State.OK


def test_pending_migrations_are_a_problem(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be asked before they are applied."""
    monkeypatch.setattr(type(warehouse), "pending", lambda _: ("0009_next",))
    finding = the_one(files.look(warehouse.path), "schema")
    assert (finding.state, finding.hint) == (State.PROBLEM, "zscwh migrate")
    assert "0009_next" in finding.detail


def test_who_holds_the_file_is_named(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer keeps readers out; it is a note, since it ends by itself."""
    monkeypatch.setattr(files, "WAIT_S", 0.0)
    code = (
        f"import duckdb; connection = duckdb.connect({str(warehouse.path)!r})\n"
        "print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        finding = the_one(files.look(warehouse.path), "lock")
        holder.communicate("\n")
    assert finding.state is State.NOTE
    assert f"process {holder.pid}" in finding.detail


def test_a_running_ingest_is_named(warehouse: Warehouse) -> None:
    """Grid, process and progress."""
    Heartbeat(warehouse.inbox, ["night"]).beat(3, 9, 1, [])
    finding = the_one(files.look(warehouse.path), "ingest")
    assert "night" in finding.detail
    assert "3 of 9 tasks done, 1 failed" in finding.detail


@pytest.mark.parametrize(
    ("name", "what", "said"),
    [
        ("made.duckdb.inbox/a.shard", "inbox", "1 shard waits"),
        ("made.duckdb.inbox/bad/a.shard", "set aside", "1 shard was set aside"),
        ("made.duckdb.store/ab/c.npy.bad", "damaged", "1 damaged array"),
        ("made.duckdb.wal.bad", "log", "write-ahead log was set aside"),
    ],
)
def test_what_waits_or_was_set_aside_is_a_note(
    warehouse: Warehouse, name: str, what: str, said: str
) -> None:
    """Shards and damaged files are counted, with the command for them."""
    path = Path(str(warehouse.path.parent / name).replace("made", "test"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    finding = the_one(files.look(warehouse.path), what)
    assert finding.state is State.NOTE
    assert said in finding.detail
    assert finding.hint


@pytest.mark.parametrize(
    ("name", "what", "said"),
    [
        ("test.duckdb.inbox/bad/a.shard", "set aside", "load those from elsewhere"),
        ("test.duckdb.store/ab/c.npy.bad", "damaged", "makes them again where needed"),
        ("test.duckdb.wal.bad", "log", "Repeat an import, forget or prune"),
    ],
)
def test_no_more_is_promised_than_is_done(
    warehouse: Warehouse, name: str, what: str, said: str
) -> None:
    """What nothing brings back by itself is told."""
    path = warehouse.path.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert said in str(the_one(files.look(warehouse.path), what).hint)


class _Disk(NamedTuple):
    free: int


def test_a_full_disk_is_a_problem(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ingest would end half-way."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Disk(2**20))
    finding = the_one(files.look(warehouse.path), "warehouse")
    assert (finding.area, finding.state) == ("disk", State.PROBLEM)
    assert "1 MiB free" in finding.detail


def test_a_folder_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    """No warehouse can be made there."""
    finding = the_one(files.look(tmp_path / "none" / "x.duckdb"), "warehouse")
    assert (finding.area, finding.state) == ("disk", State.PROBLEM)
