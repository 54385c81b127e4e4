"""The file of digests can be damaged, lost, shared or locked; it never says untruth."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from tests.datasets.made import loader, make_photos
from zsc_wh import datasets
from zsc_wh.datasets import Digests, Listing, cache
from zsc_wh.datasets.cache import Cache
from zsc_wh.datasets.digests import NAME
from zsc_wh.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLES = "create table if not exists t (a integer primary key, checksum integer);"
INSERT = "insert into t values (?, ?)"
READ = "select * from t"
FOLDER = loader("folder", path="photos")
N = 200


@pytest.fixture(autouse=True)
def _no_file_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsc_wh.datasets.digests.YOUNG_NS", -(10**18))


def look(base: Path, told: list[int] | None = None) -> Listing:
    """List the photos; note how many of them are read."""
    known = Digests(
        base / "store",
        progress=lambda _title, _done, total: told.append(total) if told else None,
    )
    return datasets.list_samples(FOLDER, base, None, known)


def n_read(base: Path) -> int:
    told = [0]
    look(base, told)
    return told[-1]


def photos(base: Path) -> Listing:
    """Write photos, list them and see that their digests are kept."""
    make_photos(base / "photos", names=[f"{i:03d}.bmp" for i in range(N)])
    listing = look(base)
    assert n_read(base) == 0
    return listing


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("not found " * 1000, encoding="ascii")


def header(path: Path) -> None:
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])


def tables(path: Path) -> None:
    content = path.read_bytes()
    assert content.count(b"CREATE TABLE sample") == 1
    path.write_bytes(content.replace(b"CREATE TABLE sample", b"\0" * 19))


def middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    page = 4096
    content[2 * page :] = b"\x5a" * (len(content) - 2 * page)
    path.write_bytes(content)


def truncated(to: float) -> Callable[[Path], None]:
    def truncate(path: Path) -> None:
        os.truncate(path, int(path.stat().st_size * to))

    return truncate


def by_a_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


DAMAGES = {
    "empty": empty,
    "text": text,
    "header": header,
    "tables": tables,
    "middle": middle,
    "byte": by_a_byte,
    **{f"to {share}": truncated(share) for share in (0.001, 0.01, 0.3, 0.5, 0.9)},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file_is_replaced(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    """Nothing wrong comes out of it, and what comes next is kept again."""
    truth = photos(tmp_path)
    damage(tmp_path / "store" / NAME)
    assert look(tmp_path) == truth
    assert n_read(tmp_path) == 0


def test_damage_is_noticed(tmp_path: Path) -> None:
    """What stood in a damaged file is read again."""
    photos(tmp_path)
    middle(tmp_path / "store" / NAME)
    assert n_read(tmp_path) == N


@pytest.mark.parametrize(
    "change",
    [
        "sha256 = zeroblob(32)",
        "stamp = stamp || '0'",
        "stamp = cast(x'ff' as text)",
        "read_at_ns = read_at_ns + 1",
    ],
)
def test_row_that_was_changed_is_not_believed(change: str, tmp_path: Path) -> None:
    """A byte that the disk lost is noticed, which SQLite would not do."""
    truth = photos(tmp_path)
    with sqlite3.connect(tmp_path / "store" / NAME) as connection:
        connection.execute(f"update sample set {change} where name < '005'")
    connection.close()
    told = [0]
    assert look(tmp_path, told) == truth
    assert told[-1] == 5
    assert n_read(tmp_path) == 0


def test_removed_file_is_made_again(tmp_path: Path) -> None:
    """It may be deleted at any time, also between two datasets of a plan."""
    truth = photos(tmp_path)
    known = Digests(tmp_path / "store")
    assert datasets.list_samples(FOLDER, tmp_path, None, known) == truth
    (tmp_path / "store" / NAME).unlink()
    (tmp_path / "store").rmdir()
    assert datasets.list_samples(FOLDER, tmp_path, None, known) == truth
    assert n_read(tmp_path) == 0


def file_for_its_folder(base: Path) -> None:
    (base / "store").write_bytes(b"")


def folder_for_it(base: Path) -> None:
    (base / "store" / NAME).mkdir(parents=True)


def forbidden(base: Path) -> None:
    (base / "store").mkdir(mode=0o555)


@pytest.mark.parametrize(
    "spoil",
    [
        file_for_its_folder,
        folder_for_it,
        pytest.param(
            forbidden,
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write all"),
        ),
    ],
)
def test_store_that_cannot_be_written_is_told(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    """It is an error that names the file, not a listing that is made anew each time."""
    make_photos(tmp_path / "photos")
    spoil(tmp_path)
    with pytest.raises(SchemaError, match="cannot be kept") as caught:
        look(tmp_path)
    assert caught.value.where == str(tmp_path / "store" / NAME)
    assert "the folder can be written" in caught.value.hint


def hold(path: Path) -> sqlite3.Connection:
    """Keep all others out of a file."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("begin exclusive")
    return connection


def test_locked_file_is_not_taken_for_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds it for too long is no reason to throw it away."""
    photos(tmp_path)
    monkeypatch.setattr(cache, "_WAIT_S", 0.05)
    connection = hold(tmp_path / "store" / NAME)
    with pytest.raises(SchemaError, match="cannot be kept") as caught:
        look(tmp_path)
    assert "another process holds them" in caught.value.what
    connection.close()
    assert n_read(tmp_path) == 0


def test_locked_file_is_waited_for(tmp_path: Path) -> None:
    """Another process that writes holds it for a moment."""
    photos(tmp_path)
    connection = hold(tmp_path / "store" / NAME)
    release = Timer(0.3, connection.close)
    release.start()
    assert n_read(tmp_path) == 0
    release.join()


def test_many_use_it_at_once(tmp_path: Path) -> None:
    """A fresh file is made once, and every row of everyone arrives."""

    def use(number: int) -> None:
        own = Cache(tmp_path / "store" / "x.sqlite", TABLES)
        for i in range(5):
            own.write(INSERT, [(5 * number + i,)])
            own.read(READ)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(16)))
    rows = Cache(tmp_path / "store" / "x.sqlite", TABLES).read(READ)
    assert sorted(rows) == [[i] for i in range(80)]


def test_rows_of_one_write_are_kept_together(tmp_path: Path) -> None:
    """A write that fails half way leaves nothing."""
    own = Cache(tmp_path / "x.sqlite", TABLES)
    own.write(INSERT, [(1,)])
    with pytest.raises(SchemaError):
        own.write(INSERT, [(2,), (1,)])
    assert own.read(READ) == [[1]]
