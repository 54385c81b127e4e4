from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

import pytest

import zsc_wh
from tests.engine.killing import check_kills, scores
from tests.torture.flips import flips
from tests.warehouse.crowd import check_crowd
from tests.warehouse.rows import study
from zsc_wh.errors import LoadError
from zsc_wh.exchange import export, restore
from zsc_wh.shards import verify, write_shard
from zsc_wh.store import Store
from zsc_wh.warehouse import Warehouse
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid

    Record = Callable[[str], None]

T = TypeVar("T")

pytestmark = pytest.mark.torture

KILLS = 100
DISK = 32 * 2**20
STEP = 128 * 2**10


def test_kills(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path, record: Record
) -> None:
    """`kill -9` of a running ingest, at random moments."""
    files = check_kills(make_grid, zscwh_process, tmp_path, KILLS)
    record(
        f"{KILLS} kills over {counted(len(files), 'warehouse')}: every score and "
        "assignment equal to those of a calm run, no run twice, audits clean, no "
        "leftover"
    )


def test_crowd(warehouse: Warehouse, record: Record) -> None:
    """8 writers and 4 readers of one warehouse at once."""
    n_runs, n_reads = check_crowd(warehouse, 8, 4, rounds=10)
    record(f"{n_runs} runs loaded, each once; {n_reads} reads, each of a whole state")


def test_notes(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path, record: Record
) -> None:
    """One flipped bit in each byte of the notes of a store."""
    zscwh_process("ingest", make_grid())
    store = Store(tmp_path / "zscwh.duckdb.store")
    damaged = same = 0
    for key in sorted(store.keys()):
        kept = store.note(key)
        for position in flips((store.root / store.uri(key)).with_suffix(".json")):
            found = store.note(key)
            assert found in (None, kept), (key, position)
            damaged, same = damaged + (found is None), same + (found is not None)
    assert damaged > 1000
    record(f"{damaged} seen as damaged, {same} read the same; none read otherwise")


def test_arrays(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path, record: Record
) -> None:
    """One flipped bit in each byte of the arrays of a store."""
    zscwh_process("ingest", make_grid())
    store = Store(tmp_path / "zscwh.duckdb.store")
    seen = 0
    for key in sorted(store.keys()):
        note = store.note(key)
        assert note is not None
        for position in flips(store.root / store.uri(key)):
            assert not store.is_sound(note), (key, position)
            seen += 1
    record(f"{seen} seen as damaged")


def test_shards(tmp_path: Path, record: Record) -> None:
    """One flipped bit in each byte of a shard."""
    shard = write_shard(tmp_path, study("a"), "torture")
    sound = verify(shard)
    named = harmless = 0
    for file in sorted(shard.iterdir()):
        for position in flips(file):
            found, fault = _outcome(lambda: verify(shard))
            if fault is not None:
                assert fault.where.startswith(str(shard)), (file, position)
                named += 1
                continue
            # all but the text that says where it comes from
            assert found is not None
            assert file.name == "manifest.json"
            assert (found.rows, found.files) == (sound.rows, sound.files), position
            harmless += 1
    record(
        f"{named} named with their file; {harmless} in the text that says where it "
        "comes from"
    )


def test_exports(tmp_path: Path, record: Record) -> None:
    """One flipped bit in each byte of an export."""
    made = Warehouse(tmp_path / "made.duckdb")
    write_shard(made.inbox, study("a"), "torture")
    made.load()
    folder = tmp_path / "export"
    export(made, folder)
    calm = _contents(made)
    named = harmless = 0
    target = tmp_path / "copy.duckdb"
    for file in sorted(folder.iterdir()):
        for position in flips(file):
            _, fault = _outcome(lambda: restore(Warehouse(target), folder))
            if fault is not None:
                assert fault.where.startswith(str(folder)), (file, position)
                named += 1
                continue
            assert file.name == "manifest.json", (file, position)
            assert _contents(Warehouse(target)) == calm, (file, position)
            harmless += 1
            target.unlink()
    record(
        f"{named} named with their file; {harmless} in texts of the manifest that "
        "restore nothing, every row the same"
    )


def _outcome(act: Callable[[], T]) -> tuple[T | None, LoadError | None]:
    """Return what an action gives, or the error that it ends in."""
    try:
        return act(), None
    except LoadError as error:
        return None, error


def _contents(warehouse: Warehouse) -> list[list[tuple[object, ...]]]:
    tables = ("encoder", "dataset", "cell", "run", "score", "assignment", "shard")
    return [*warehouse.read_all(f"from {table} order by all" for table in tables)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no tmpfs can be mounted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(
    make_grid: MakeGrid,
    zscwh_process: Command,
    tmp_path: Path,
    disk: Path,
    record: Record,
) -> None:
    """A disk that is full after each 128 KiB that an ingest writes."""
    grid = make_grid(clusterers=("kmeans",))
    zscwh_process("--warehouse", "calm.duckdb", "ingest", grid)
    calm = scores(tmp_path / "calm.duckdb")
    warehouse, ballast = disk / "w.duckdb", disk / "ballast"
    told: list[str] = []
    for free in range(0, DISK, STEP):
        ballast.write_bytes(bytes(DISK - free - shutil.disk_usage(disk).used))
        command = [sys.executable, "-m", "zsc_wh", "--warehouse", str(warehouse)]
        done = subprocess.run(
            [*command, "ingest", str(grid)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        ballast.unlink()
        if done.returncode == 0:
            break
        told.append(done.stderr.splitlines()[-1])
        zscwh_process("--warehouse", warehouse, "ingest", grid)
        assert scores(warehouse) == calm
        assert zsc_wh.open(warehouse).audit() == []
        for path in disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert len(told) > 3
    record(
        f"{len(told)} ingests ended with a message; with space, the same command gave "
        "the scores of a calm run each time"
    )
