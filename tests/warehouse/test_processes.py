from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.warehouse.crowd import check_crowd, runs
from tests.warehouse.rows import N_FINISHED, finished, joined, key, study
from tests.warehouse.worker import holding, run, start
from zsc_wh.errors import SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse import LoadReport, Warehouse

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")


def test_eight_loaders_and_two_readers_at_once(warehouse: Warehouse) -> None:
    """Every row that a loader acknowledged is there, once; readers see whole states."""
    check_crowd(warehouse, 8, 2, rounds=1)


POINTS = [
    "in the transaction",
    "after the commit",
    "before the removal",
    "in the removal",
]


@pytest.mark.parametrize("point", POINTS)
def test_a_load_that_is_killed_loses_and_doubles_nothing(
    warehouse: Warehouse, point: str
) -> None:
    """After kill -9 the file opens, and the next load makes every row exact."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    warehouse.load()
    attempts = [("a", 1), ("a", 2), ("b", 1)]
    for attempt in attempts:
        write_shard(warehouse.inbox, finished(*attempt), "x")
    status, _ = run("load-and-die", warehouse.path, point)
    assert status == -signal.SIGKILL
    before = {key("run", cell, 0) for cell in "ab"}
    after = before | {key("run", *attempt) for attempt in attempts}
    committed = point != "in the transaction"
    assert runs(warehouse) == sorted(after if committed else before)
    report = warehouse.load()
    assert report.bad == []
    assert report.rows == (0 if committed else N_FINISHED * len(attempts))
    assert runs(warehouse) == sorted(after)
    assert list(warehouse.inbox.iterdir()) == []
    assert not Path(f"{warehouse.path}.wal").exists()
    assert warehouse.audit() == []


def test_loads_that_are_killed_at_any_moment(warehouse: Warehouse) -> None:
    """Killed again and again, the loads come to the exact set of rows."""
    rng = random.Random(0)  # noqa: S311 - moments, not secrets
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    wanted = {key("run", "a", 0)}
    for turn in range(3):
        for attempt in range(10 * turn + 1, 10 * turn + 11):
            write_shard(warehouse.inbox, finished("a", attempt), "x")
            wanted.add(key("run", "a", attempt))
        process = start("load", warehouse.path)
        lock = Path(f"{warehouse.path}.lock")
        begun = time.time()
        # the worker writes itself into the lock file when its load begins
        while lock.stat().st_mtime < begun - 0.01 and process.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        process.communicate()
        assert set(runs(warehouse)) <= wanted
    warehouse.load()
    assert runs(warehouse) == sorted(wanted)
    assert warehouse.audit() == []


def killed_after_commit(warehouse: Warehouse) -> Path:
    """Leave a committed load in the log, with its shard in the inbox."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    part = joined(*(finished("a", i) for i in range(1, 50)))
    write_shard(warehouse.inbox, part, "x")
    run("load-and-die", warehouse.path, "after the commit")
    log = Path(f"{warehouse.path}.wal")
    assert log.stat().st_size > 1000
    return log


@pytest.mark.parametrize("place", [0.3, 0.7])
def test_a_flipped_log_is_named_and_set_aside(
    warehouse: Warehouse, place: float
) -> None:
    """A damaged log is never read as good; what it held comes from the shards again."""
    log = killed_after_commit(warehouse)
    content = bytearray(log.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    log.write_bytes(content)
    with pytest.raises(SchemaError, match="log is damaged") as caught:
        runs(warehouse)
    assert caught.value.where == str(log)
    assert "zscwh load" in caught.value.hint
    aside = log.with_name(f"{log.name}.bad")
    with pytest.raises(SchemaError, match="now lies at") as caught:
        warehouse.load()
    assert str(aside) in caught.value.what
    assert aside.read_bytes() == bytes(content)
    assert len(runs(warehouse)) == 1
    assert warehouse.load().rows == 49 * N_FINISHED
    assert len(runs(warehouse)) == 50
    assert list_shards(warehouse.inbox) == []


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_log_is_made_up_for_by_the_shards(
    warehouse: Warehouse, kept: float
) -> None:
    """A transaction that is cut off in the log did not happen; its shard is there."""
    log = killed_after_commit(warehouse)
    os.truncate(log, int(log.stat().st_size * kept))
    assert len(runs(warehouse)) == 1
    assert warehouse.load().rows == 49 * N_FINISHED
    assert len(runs(warehouse)) == 50


@pytest.mark.parametrize("spare", ["commit", "checkpoint"])
def test_a_full_disk_loses_nothing(warehouse: Warehouse, spare: str) -> None:
    """Without space for the log, or for the file, the shards stay until there is."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    part = joined(*(finished("a", i) for i in range(1, 2000)))
    write_shard(warehouse.inbox, part, "x")
    size = warehouse.path.stat().st_size
    limit = 20_000 if spare == "commit" else size
    _, said = run("load-with-limit", warehouse.path, limit)
    if spare == "commit":
        assert said == "SchemaError"
        assert len(runs(warehouse)) == 1
    else:
        assert len(runs(warehouse)) == 2000
    assert len(list_shards(warehouse.inbox)) == 1
    report = warehouse.load()
    assert (report.bad, report.shards + report.known) == ([], 1)
    assert len(runs(warehouse)) == 2000
    assert list_shards(warehouse.inbox) == []


OTHER = os.environ.get("ZSCWH_OTHER_DUCKDB", "")
"""Folder with another version of the package duckdb."""


@pytest.mark.skipif(not OTHER, reason="ZSCWH_OTHER_DUCKDB names no other duckdb")
@pytest.mark.parametrize("first", ["ours", "other"])
def test_two_versions_of_duckdb_share_a_file(tmp_path: Path, first: str) -> None:
    """What one version made, the other reads and writes, and back, with logs too."""
    warehouse = Warehouse(tmp_path / "a.duckdb")
    paths = {"ours": os.environ.get("PYTHONPATH", ""), "other": OTHER}
    second = "other" if first == "ours" else "ours"
    run("make", warehouse.path, PYTHONPATH=paths[first])
    _, (version, *seen) = run("look", warehouse.path, PYTHONPATH=paths[second])
    assert seen == [2, 0.5]
    for attempt, who in enumerate((second, first, second), 1):
        write_shard(warehouse.inbox, finished("a", attempt), "x")
        run("load-and-die", warehouse.path, "after the commit", PYTHONPATH=paths[who])
        assert Path(f"{warehouse.path}.wal").exists()
    _, (other, *seen) = run("look", warehouse.path, PYTHONPATH=paths[first])
    assert version != other
    assert seen == [8, 0.5]
    assert warehouse.load() == LoadReport(0, 0, 3, [])
    assert warehouse.audit() == []


def test_a_copy_taken_between_loads_is_whole(warehouse: Warehouse) -> None:
    """Between loads everything is in the one file."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    copy = warehouse.path.with_name("copy.duckdb")
    shutil.copy(warehouse.path, copy)
    assert len(runs(Warehouse(copy))) == 1


def test_the_lock_is_not_needed_to_read(warehouse: Warehouse) -> None:
    """A reader does not wait for a writer that has the turn but not the file."""
    from zsc_wh.warehouse.locks import Patience, writer_lock

    with (
        writer_lock(warehouse.path, Patience(0, 0.01)),
        holding("hold-connection", warehouse.path, "read"),
    ):
        assert Warehouse(warehouse.path, wait_s=0).run_sql("select 1").rows == [(1,)]
