"""Digests of many files are packed; what changed is noticed there as elsewhere."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.datasets.kept import HOUR_NS, afresh, kept, look, set_clock
from tests.datasets.made import NAMES, loader, make_image, make_photos
from zsc_wh.datasets import digests
from zsc_wh.datasets.digests import NAME, Stamp
from zsc_wh.datasets.packs import Pack
from zsc_wh.datasets.places import Place

if TYPE_CHECKING:
    from pathlib import Path

OLD = {f"{i}.png": (Stamp(i, 2, 3, 4), bytes([i] * 32)) for i in range(5)}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pack the digests of a folder after two looks at it; record what is read then."""
    make_photos(tmp_path / "photos")
    monkeypatch.setattr(digests, "_MANY", 3)
    now = (tmp_path / "photos" / NAMES[0]).stat().st_ctime_ns + HOUR_NS
    set_clock(monkeypatch, lambda: now)
    names: list[str] = []
    hashed = Place.digest

    def digest(place: Place, name: str) -> tuple[Stamp | None, bytes | None]:
        names.append(name)
        return hashed(place, name)

    monkeypatch.setattr(Place, "digest", digest)
    look(tmp_path)
    assert kept(tmp_path) == {}  # all were moved
    names.clear()
    return names


def test_what_is_packed_is_not_read_again(tmp_path: Path, read: list[str]) -> None:
    """Neither from the folder nor through a table of some of its files."""
    assert look(tmp_path).digests == afresh(tmp_path).digests
    read.clear()
    look(tmp_path)
    rows = "".join(f"{name}\n" for name in reversed(NAMES[:2]))
    (tmp_path / "t.csv").write_text(f"path\n{rows}", encoding="ascii")
    look(tmp_path, loader("manifest", path="t.csv", images="photos"))
    assert read == []


def test_changed_added_and_removed_files_are_noticed(
    tmp_path: Path, read: list[str]
) -> None:
    """The listing is that of a folder of which nothing is known."""
    photos = tmp_path / "photos"
    make_image(photos / NAMES[1], seed=9)
    make_image(photos / "new.png", seed=30)
    (photos / NAMES[2]).unlink()
    found = look(tmp_path)
    assert sorted(read) == sorted([NAMES[1], "new.png"])
    assert found == afresh(tmp_path)


def test_files_are_read_again_on_request(tmp_path: Path, read: list[str]) -> None:
    """What was read then counts from then on."""
    look(tmp_path, verify=True)
    assert sorted(read) == sorted(NAMES)
    read.clear()
    look(tmp_path)
    assert read == []


def test_a_damaged_pack_is_read_again(tmp_path: Path, read: list[str]) -> None:
    """A byte that changed on the disk gives no digest."""
    with sqlite3.connect(tmp_path / "store" / NAME) as cache:
        cache.execute("update pack set sha256s = zeroblob(length(sha256s))")
    cache.close()
    assert look(tmp_path) == afresh(tmp_path)
    assert set(NAMES) <= set(read)


def test_a_pack_is_what_it_was_after_it_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In as many rows as it takes, with odd names and numbers."""
    odd = {"\udcff \n.png": (Stamp(1, 2**64 - 1, -5, 2**63), b"x" * 32)}
    monkeypatch.setattr("zsc_wh.datasets.packs._PER_ROW", 2)
    pack = Pack.of({**OLD, **odd})
    rows = [*pack.rows()]
    assert len(rows) == 3
    again = Pack.read(("place", part, *row) for part, row in enumerate(rows))
    assert (again.names, again.sha256) == (pack.names, pack.sha256)
    assert np.array_equal(again.stamps, pack.stamps)
    stamps = [*(stamp for stamp, _ in OLD.values()), odd["\udcff \n.png"][0]]
    assert None not in again.trusted(pack.names, stamps)


def test_only_the_same_stamp_is_trusted() -> None:
    """By name, in any order; newer entries take the place of older ones."""
    pack = Pack.of(OLD).with_entries({"1.png": (Stamp(9, 9, 9, 9), b"n" * 32)})
    asked = {
        "4.png": OLD["4.png"][0],
        "1.png": Stamp(9, 9, 9, 9),
        "0.png": Stamp(0, 2, 3, 5),
        "2.png": None,
        "none.png": Stamp(0, 2, 3, 4),
    }
    assert pack.trusted([*asked], [*asked.values()]) == [
        (bytes([4]) * 32).hex(),
        (b"n" * 32).hex(),
        None,
        None,
        None,
    ]
    assert pack.trusted(["1.png"], [OLD["1.png"][0]]) == [None]
