from __future__ import annotations

import errno
import os
import platform
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.warehouse.rows import finished, study
from tests.warehouse.worker import holding
from zsc_wh.errors import LockedError, SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse import Warehouse, load
from zsc_wh.warehouse.connect import writer, writer_turn
from zsc_wh.warehouse.locks import (
    NOTICE_S,
    POLITE_S,
    Patience,
    describe_process,
    step_back,
    writer_lock,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zsc_wh.warehouse.inbox import Shard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")


def test_a_reader_names_the_writer_that_it_waits_for(warehouse: Warehouse) -> None:
    """After its deadline a reader gives up, with the process and its command line."""
    impatient = Warehouse(warehouse.path, wait_s=0.3)
    with holding("hold-connection", warehouse.path, "write") as process:
        began = time.monotonic()
        with pytest.raises(LockedError) as caught:
            impatient.run_sql("select 1")
        waited = time.monotonic() - began
    assert f"process {process.pid} (" in caught.value.what
    assert "tests.warehouse.worker" in caught.value.what
    assert caught.value.where == str(warehouse.path)
    assert 0.3 <= waited < 5
    assert warehouse.run_sql("select 1").rows == [(1,)]


def test_a_reader_waits_for_the_writer(warehouse: Warehouse) -> None:
    """A reader that meets the lock gets its answer when the writer lets go."""
    with holding("hold-connection", warehouse.path, "write") as process:
        timer = threading.Timer(0.3, process.communicate)
        timer.start()
        assert warehouse.run_sql("select 1").rows == [(1,)]
        timer.join()


def test_readers_do_not_exclude_each_other(warehouse: Warehouse) -> None:
    """Any number of processes read at once."""
    with holding("hold-connection", warehouse.path, "read"):
        assert Warehouse(warehouse.path, wait_s=0).run_sql("select 1").rows == [(1,)]


def test_a_loader_that_meets_a_reader_leaves_the_shards(warehouse: Warehouse) -> None:
    """The loader names the reader, gives up at once if told to, and loses nothing."""
    write_shard(warehouse.inbox, study("a"), "x")
    with holding("hold-connection", warehouse.path, "read") as process:
        with pytest.raises(LockedError, match=f"process {process.pid} "):
            warehouse.load(wait_s=0)
        assert len(list_shards(warehouse.inbox)) == 1
        write_shard(warehouse.inbox, finished("a", 1), "x")
    assert warehouse.load(wait_s=0).shards == 2


@pytest.mark.parametrize(
    "held", [("hold-connection", "read"), ("hold-turn",)], ids=["reader", "writer"]
)
def test_a_loader_says_once_whom_it_waits_for(
    warehouse: Warehouse, held: tuple[str, ...]
) -> None:
    """The loader tells the holder when the waiting begins, and goes on when it ends."""
    write_shard(warehouse.inbox, study("a"), "x")
    told: list[str] = []
    with holding(held[0], warehouse.path, *held[1:]) as process:
        timer = threading.Timer(0.4, process.communicate)
        timer.start()
        assert warehouse.load(on_wait=told.append).shards == 1
        timer.join()
    assert len(told) == 1
    assert told[0].startswith(f"waiting for process {process.pid} (")


@pytest.mark.parametrize("held", ["write", "read"])
def test_a_long_wait_is_reported_while_it_lasts(
    warehouse: Warehouse, held: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks for nothing learns once, before the time is up, who holds it."""
    with holding("hold-connection", warehouse.path, held) as process:
        waiting = Warehouse(warehouse.path, wait_s=NOTICE_S + 0.5)
        action = waiting.create if held == "read" else waiting.audit
        with pytest.raises(LockedError):
            action()
    (told,) = caplog.messages
    assert told.startswith(f"waiting for process {process.pid} (")
    assert told.endswith(f", which holds {warehouse.path}")


def test_a_loader_that_does_not_wait_says_nothing(warehouse: Warehouse) -> None:
    """Without a holder nobody is told anything."""
    write_shard(warehouse.inbox, study("a"), "x")
    told: list[str] = []
    warehouse.load(on_wait=told.append)
    assert told == []


def test_one_process_writes_at_a_time(warehouse: Warehouse) -> None:
    """A second writer names the first one, also before either has the file open."""
    with holding("hold-turn", warehouse.path) as process:
        first = f"process {process.pid} "
        with pytest.raises(LockedError, match=first):
            warehouse.write(lambda _: None, wait_s=0.1)
        assert process.poll() is None
    assert warehouse.write(lambda _: 5, wait_s=0) == 5


def test_the_turn_of_a_killed_writer_is_free(warehouse: Warehouse) -> None:
    """The kernel gives the lock back when its holder is killed."""
    with holding("hold-turn", warehouse.path) as process:
        process.kill()
        process.wait()
        assert warehouse.write(lambda _: 5, wait_s=1) == 5


def test_a_child_does_not_inherit_the_turn(warehouse: Warehouse) -> None:
    """The turn ends with its holder, not with a process that was forked meanwhile."""
    begin, end = os.pipe()
    with writer_lock(warehouse.path, Patience(0, 0.01)):
        child = os.fork()
        if child == 0:
            os.close(end)
            os.read(begin, 1)
            os._exit(0)
    assert warehouse.write(lambda _: 5, wait_s=0) == 5
    os.close(end)
    os.close(begin)
    assert os.waitpid(child, 0)[1] == 0


def test_a_lock_file_that_was_removed_gives_nobody_the_turn(
    warehouse: Warehouse,
) -> None:
    """Who waited for a removed lock file goes on to wait for the one in its place."""
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(writer_lock(warehouse.path, Patience(0, 0.01)))

        def replace(_: str) -> None:
            Path(f"{warehouse.path}.lock").unlink()
            second.enter_context(writer_lock(warehouse.path, Patience(0, 0.01)))
            first.close()

        waiting = Patience(0.2, 0.01, replace)
        with pytest.raises(LockedError), writer_lock(warehouse.path, waiting):
            pytest.fail("two have the turn")


def test_nothing_is_written_without_the_lock_file(warehouse: Warehouse) -> None:
    """Who has the turn finds out that it may have it no more, and does not write."""
    lock = Path(f"{warehouse.path}.lock")
    patience = Patience(1, 0.01)
    with writer_turn(warehouse.path, patience):
        lock.unlink()
        lock.touch()  # as the next one makes it
        with pytest.raises(LockedError, match="lock file was removed") as caught:
            writer(warehouse.path, patience).__enter__()
        assert caught.value.where == str(lock)
    assert warehouse.write(lambda _: 5, wait_s=0) == 5


def test_shards_stay_when_the_lock_file_goes_meanwhile(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was loaded beside another writer may be lost, so its shards are kept."""
    write_shard(warehouse.inbox, study("a"), "x")
    with monkeypatch.context() as patch:

        def removing(con: object, shards: Sequence[Shard]) -> object:
            Path(f"{warehouse.path}.lock").unlink()
            return load_shards(con, shards)

        load_shards: Any = load._load_shards
        patch.setattr(load, "_load_shards", removing)
        with pytest.raises(LockedError, match="the lock file was removed"):
            warehouse.load()
    assert len(list_shards(warehouse.inbox)) == 1
    again = warehouse.load()
    assert (again.shards + again.known, list_shards(warehouse.inbox)) == (1, [])


def test_the_turn_belongs_to_the_file_behind_a_link(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A link and the file that it leads to share one turn."""
    link = tmp_path / "link.duckdb"
    link.symlink_to(warehouse.path)
    with (
        writer_lock(warehouse.path, Patience(0, 0.01)),
        pytest.raises(LockedError),
        writer_lock(link, Patience(0, 0.01)),
    ):
        pytest.fail("two have the turn")


def test_a_warehouse_with_two_names_is_not_written(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A hard link would have a lock and a log of its own; reading is safe."""
    (tmp_path / "other.duckdb").hardlink_to(warehouse.path)
    with pytest.raises(SchemaError, match="has 2 names") as caught:
        warehouse.create()
    assert caught.value.where == str(warehouse.path)
    assert warehouse.run_sql("select 1").rows == [(1,)]


def test_the_holder_may_be_on_another_machine(warehouse: Warehouse) -> None:
    """A holder on a shared disk is named with its machine."""
    lock = warehouse.path.with_name(f"{warehouse.path.name}.lock")
    with writer_lock(warehouse.path, Patience(0, 0.01)):
        lock.write_text("77 elsewhere")
        with pytest.raises(LockedError, match="process 77 on elsewhere holds"):
            warehouse.write(lambda _: None, wait_s=0)


@pytest.mark.parametrize(
    ("holder", "least_s", "most_s"),
    [
        ("{parent} {here}", POLITE_S, POLITE_S + 2),
        ("77 elsewhere", POLITE_S, POLITE_S + 2),
        ("{own} {here}", 0, POLITE_S),
        ("{dead} {here}", 0, POLITE_S),
        ("", 0, POLITE_S),
        ("nonsense", 0, POLITE_S),
    ],
)
def test_a_reader_steps_back_for_a_living_writer(
    tmp_path: Path, holder: str, least_s: float, most_s: float
) -> None:
    """A reader lets another process that has the turn go first, for a moment only."""
    text = holder.format(
        parent=os.getppid(), own=os.getpid(), dead=2**22 + 1, here=platform.node()
    )
    (tmp_path / "a.duckdb.lock").write_text(text)
    began = time.monotonic()
    step_back(tmp_path / "a.duckdb", Patience(30, 1))
    assert least_s <= time.monotonic() - began < most_s


def test_every_read_steps_back(warehouse: Warehouse) -> None:
    """A reader of a file that is free steps back too, and then reads."""
    lock = Path(f"{warehouse.path}.lock")
    lock.write_text("77 elsewhere")
    began = time.monotonic()
    assert warehouse.run_sql("select 1").rows == [(1,)]
    assert time.monotonic() - began >= POLITE_S


def test_an_impatient_reader_does_not_step_back_for_long(tmp_path: Path) -> None:
    """Stepping back ends with the deadline of the reader."""
    (tmp_path / "a.duckdb.lock").write_text("77 elsewhere")
    began = time.monotonic()
    step_back(tmp_path / "a.duckdb", Patience(0, 1))
    assert time.monotonic() - began < POLITE_S


def test_the_lock_file_names_nobody_afterwards(warehouse: Warehouse) -> None:
    """When the turn is over, readers need not step back."""
    lock = Path(f"{warehouse.path}.lock")
    seen = warehouse.write(lambda _: lock.read_text())
    assert seen == f"{os.getpid()} {platform.node()}"
    assert lock.read_text() == ""


def test_threads_take_turns(warehouse: Warehouse) -> None:
    """Threads of one process read and load side by side."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    errors: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(5):
                warehouse.run_query("results")
        except BaseException as error:  # noqa: BLE001 - shown by the test
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(1, 4):
        write_shard(warehouse.inbox, finished("a", i), "x")
        assert warehouse.load().shards == 1
    for thread in threads:
        thread.join()
    assert errors == []


def test_nothing_is_held_between_calls(warehouse: Warehouse) -> None:
    """After a read that failed, and while its error lives, the file is free."""
    with pytest.raises(Exception, match="late") as caught:
        warehouse.sql("select error('late') from range(3)")
    with holding("hold-connection", warehouse.path, "write"):
        pass
    assert caught.value is not None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Without a lock file nothing is written."""
    (tmp_path / "a.duckdb.lock").mkdir()
    with pytest.raises(SchemaError, match="cannot be locked") as caught:
        Warehouse(tmp_path / "a.duckdb").create()
    assert caught.value.where == str(tmp_path / "a.duckdb.lock")


def test_a_process_is_described_as_far_as_possible() -> None:
    """A living process has a command line, a dead one only its number."""
    assert describe_process(os.getpid()).startswith(f"process {os.getpid()} (")
    assert describe_process(2**22 + 1) == f"process {2**22 + 1}"


def test_the_command_of_a_process_is_one_short_line() -> None:
    """A program given on the command line has many; it forges none of ours."""
    program = (
        "import time\n# \x1b[31m" + "x" * 500 + "\nprint(flush=True)\ntime.sleep(60)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()  # before it runs, it has no command line
        described = describe_process(other.pid)
        other.kill()
    assert described.startswith(f"process {other.pid} (")
    assert described.isprintable()
    assert len(described) < 130


def test_patience_ends_with_the_deadline(tmp_path: Path) -> None:
    """Pauses never go on after the deadline, and the last one raises."""
    patience = Patience(0.05, 10)
    began = time.monotonic()
    while patience.left_s():
        patience.pause(tmp_path, "somebody")
    assert 0.05 <= time.monotonic() - began < 1
    with pytest.raises(LockedError, match="somebody holds the warehouse"):
        patience.pause(tmp_path, "somebody")


def test_a_full_disk_keeps_nobody_from_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What frees space needs the lock, and holds it without its name in the file."""
    path = tmp_path / "w.duckdb"

    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with writer_lock(path, Patience(0, 0.1)):
            assert Path(f"{path}.lock").read_bytes() == b""
            with pytest.raises(LockedError):
                # a second descriptor, as another process would have
                writer_lock(path, Patience(0, 0.1)).__enter__()
