"""A listing that is watched, stopped, killed or made twice at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.kept import afresh, exchange, kept, look
from tests.datasets.made import (
    make_image,
    make_photos,
)
from zsc_wh.datasets import digests
from zsc_wh.datasets.places import Place
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.datasets import Listing


@pytest.mark.usefixtures("late")
def test_progress_tells_of_what_is_read(tmp_path: Path) -> None:
    """It counts the files that are not known, and is silent where all are."""
    names = [f"{i:03d}.bmp" for i in range(130)]
    make_photos(tmp_path / "photos", names=names)
    told: list[tuple[str, int, int]] = []
    note = lambda *args: told.append(args)  # noqa: E731
    look(tmp_path, progress=note)
    assert told == [("the photos", done, 130) for done in (64, 128, 130)]
    told.clear()
    exchange(tmp_path / "photos" / names[0], partial(make_image, seed=9))
    look(tmp_path, progress=note)
    assert told == [("the photos", 1, 1)]
    told.clear()
    look(tmp_path, progress=note)
    assert told == []


def stop(_title: str, _done: int, _total: int) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("late")
def test_interrupted_listing_goes_on_where_it_was(
    tmp_path: Path, read: list[str]
) -> None:
    """What was told to be read before Ctrl-C is not read again."""
    names = [f"{i:03d}.bmp" for i in range(130)]
    make_photos(tmp_path / "photos", names=names)
    with pytest.raises(KeyboardInterrupt):
        look(tmp_path, progress=stop)
    assert set(kept(tmp_path)) >= set(names[:64])
    read.clear()
    assert look(tmp_path) == afresh_without(read, tmp_path)
    assert not set(read) & set(names[:64])


def afresh_without(read: list[str], base: Path) -> Listing:
    """List a dataset afresh and forget that it was read for that."""
    before = list(read)
    listing = afresh(base)
    read[:] = before
    return listing


@pytest.mark.usefixtures("late")
def test_broken_disk_keeps_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is told, and the files before it are known."""
    names = [f"{i:03d}.bmp" for i in range(130)]
    make_photos(tmp_path / "photos", names=names)
    digest = Place.digest

    def fail(place: Place, name: str) -> tuple[Any, Any]:
        if name == names[-1]:
            raise DataError(what="stale handle", where=name)
        return digest(place, name)

    monkeypatch.setattr(Place, "digest", fail)
    with pytest.raises(DataError, match="stale handle"):
        look(tmp_path)
    assert set(kept(tmp_path)) == set(names[:128])


LIST = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from zsc_wh import datasets
from zsc_wh.datasets import Digests, digests
from zsc_wh.fields import complete
from zsc_wh.datasets.places import Place
base, flush_s, pause_s = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
digests._FLUSH_S = flush_s
digests.time = SimpleNamespace(
    time_ns=lambda: time.time_ns() + 3600 * 10 ** 9,
    monotonic=time.monotonic,
    thread_time=time.thread_time,
)
digest = Place.digest
def slow(place, name):
    time.sleep(pause_s)
    return digest(place, name)
Place.digest = slow
def tell(_title, done, _total):
    print(done, flush=True)
fields = datasets.LOADERS["folder"].fields
loader = {"kind": "folder", **complete(fields, {"path": "photos"})}
known = Digests(base / "store", progress=tell)
print(datasets.list_samples(loader, base, None, known).key, flush=True)
"""


def listing_process(
    base: Path, flush_s: float, pause_s: float
) -> subprocess.Popen[str]:
    """List the folder `photos` in another process, which tells its progress."""
    return subprocess.Popen(
        [sys.executable, "-c", LIST, str(base), str(flush_s), str(pause_s)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.usefixtures("late")
def test_killed_process_loses_little_and_breaks_nothing(
    lines: int, tmp_path: Path, read: list[str]
) -> None:
    """The next listing takes over what was kept, and says what a fresh one says."""
    root = tmp_path / "photos"
    root.mkdir()
    for i in range(1000):
        (root / f"{i:04d}.bmp").write_bytes(b"%d" % i)
    with listing_process(tmp_path, 0.0, 0.01) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    n_kept = len(kept(tmp_path))
    assert (lines - 1) * 64 <= n_kept < 1000
    listing = look(tmp_path)
    assert len(read) == 1000 - n_kept
    read.clear()
    assert look(tmp_path) == listing
    assert read == []
    assert listing == afresh(tmp_path)


@pytest.mark.usefixtures("late")
def test_several_processes_at_once_agree(tmp_path: Path, read: list[str]) -> None:
    """They write the same file, each waits for the other, and nothing is lost."""
    names = [f"{i:03d}.bmp" for i in range(300)]
    make_photos(tmp_path / "photos", names=names)
    processes = [listing_process(tmp_path, 0.0, 0.001) for _ in range(3)]
    answers = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    fresh = afresh(tmp_path)
    assert {answer[-1] for answer in answers} == {fresh.key}
    read.clear()
    assert look(tmp_path) == fresh
    assert read == []


@pytest.mark.parametrize(
    ("pause_s", "large", "by_threads"),
    [(0.0, 1 << 16, False), (0.005, 1 << 16, True), (0.0, 100, True)],
    ids=["fast", "slow", "large"],
)
def test_threads_read_where_they_help(
    pause_s: float,
    large: int,
    by_threads: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small files at hand are read one by one, others side by side, all alike."""
    names = [f"{i:03d}.bmp" for i in range(150)]
    make_photos(tmp_path / "photos", names=names)
    digest, readers = Place.digest, set()

    def noted(place: Place, name: str) -> tuple[Any, Any]:
        time.sleep(pause_s)
        readers.add(threading.get_ident())
        return digest(place, name)

    expected = afresh(tmp_path)
    monkeypatch.setattr(Place, "digest", noted)
    monkeypatch.setattr(digests, "_LARGE", large)
    assert look(tmp_path) == expected
    assert (len(readers) > 1) is by_threads
