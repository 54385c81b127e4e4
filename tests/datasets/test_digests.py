"""What was read once is only looked at, and nothing that changed is overlooked."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets.kept import (
    FILES,
    HOUR_NS,
    afresh,
    exchange,
    folder,
    kinds,
    look,
    packed,
    save_features,
    save_idx,
    set_clock,
    stored_zip,
)
from tests.datasets.made import (
    MANIFEST,
    NAMES,
    idx_bytes,
    loader,
    make_idx,
    make_image,
    make_photos,
    make_tar,
    make_zip,
)
from zsc_wh import datasets
from zsc_wh.datasets import Digests, Listing, embeddings, idx
from zsc_wh.datasets.digests import YOUNG_NS, Stamp
from zsc_wh.datasets.places import Place
from zsc_wh.datasets.tars import Tar
from zsc_wh.datasets.zips import Zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


STAMP = Stamp(size=10, mtime_ns=20, ctime_ns=30, inode=40)


@kinds
@pytest.mark.usefixtures("late")
def test_what_did_not_change_is_not_read_again(
    make: Callable[[Path], Mapping[str, Any]], tmp_path: Path, read: list[str]
) -> None:
    """The first listing reads every file once, the next ones none, and say the same."""
    params = make(tmp_path)
    first = look(tmp_path, params)
    assert sorted(read) == list(NAMES)
    read.clear()
    assert look(tmp_path, params) == first
    assert look(tmp_path, params) == first
    assert read == []


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("manifested", [False, True])
@pytest.mark.usefixtures("late")
def test_an_archive_that_did_not_change_is_not_gone_through_again(
    kind: str, manifested: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A packed archive of many files takes long to list; its stamp tells enough."""
    params = FILES[kind](tmp_path)
    if manifested:
        (tmp_path / "t.csv").write_text(MANIFEST, encoding="ascii")
        params = loader("manifest", path="t.csv", images="x", levels=["species"])
    first = look(tmp_path, params)
    for archive in (Zip, Tar):
        monkeypatch.setattr(archive, "_streamed", gone_through)
        monkeypatch.setattr(archive, "_indexed", gone_through)
    assert look(tmp_path, params) == first
    with pytest.raises(AssertionError):
        look(tmp_path, params, verify=True)


def gone_through(_archive: object) -> Iterator[object]:
    raise AssertionError


def change_idx(path: Path) -> None:
    path.write_bytes(idx_bytes(np.zeros((5, 3, 4), np.uint8)))


def change_features(path: Path) -> None:
    np.save(path, np.ones((5, 5), np.float32))


FACTS = pytest.mark.parametrize(
    ("save", "name", "change", "reader"),
    [
        (save_idx, "raw/t10k-images-idx3-ubyte", change_idx, (idx, "pixel_digests")),
        (save_features, "x.npy", change_features, (embeddings, "row_digests")),
    ],
    ids=["idx", "features"],
)


@FACTS
@pytest.mark.usefixtures("late")
def test_arrays_are_read_once_too(
    save: Callable[[Path], Mapping[str, Any]],
    name: str,
    change: Callable[[Path], None],
    reader: tuple[Any, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Samples in one file are read when it is new or has changed, and to verify."""
    params = save(tmp_path)
    if (tmp_path / f"{name}.gz").exists():  # what is not packed is found first
        (tmp_path / name).write_bytes(idx_bytes(np.ones((5, 3, 4), np.uint8)))
    first = look(tmp_path, params)
    calls: list[str] = []
    monkeypatch.setattr(*reader, recording_of(*reader, calls))
    assert look(tmp_path, params) == first
    assert calls == []
    exchange(tmp_path / name, change)
    second = look(tmp_path, params)
    assert second.key != first.key
    assert second == afresh(tmp_path, params)
    calls.clear()
    assert look(tmp_path, params) == second
    assert calls == []
    assert look(tmp_path, params, verify=True) == second
    assert len(calls) == 1


def recording_of(module: Any, name: str, calls: list[str]) -> Callable[..., Any]:
    function = getattr(module, name)

    def recorded(array: Any) -> Any:
        calls.append(name)
        return function(array)

    return recorded


@pytest.mark.usefixtures("late")
def test_two_readings_of_one_file_are_kept_apart(tmp_path: Path) -> None:
    """An array of another name, or turned, is not the one that was read before."""
    make_idx(tmp_path / "raw")
    np.savez(tmp_path / "x.npz", a=np.eye(3), b=np.ones((3, 3)))
    pairs = [
        [loader("idx", path="raw", transpose=turned) for turned in (False, True)],
        [
            loader("embeddings", path="x.npz", array=name, labels="none")
            for name in ("a", "b")
        ],
    ]
    for one, other in pairs:
        assert look(tmp_path, one).digests != look(tmp_path, other).digests
        assert look(tmp_path, other) == afresh(tmp_path, other)


@pytest.mark.usefixtures("late")
def test_array_that_is_shared_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datasets of one file, such as a subset and the whole, look at it together."""
    params = save_features(tmp_path)
    calls: list[str] = []
    counted = recording_of(embeddings, "row_digests", calls)
    monkeypatch.setattr(embeddings, "row_digests", counted)
    for known, expected in ((Digests(), 1), (Digests(verify=True), 2)):
        for subset in (None, {"n": 2, "seed": 0, "stratified": False}):
            datasets.list_samples(params, tmp_path, subset, known)
        assert len(calls) == expected


@pytest.mark.usefixtures("late")
def test_exchanged_file_is_noticed_at_once(tmp_path: Path, read: list[str]) -> None:
    """Size and time set back do not hide a change: the system noted it."""
    params = folder(tmp_path)
    before = look(tmp_path)
    read.clear()
    exchange(tmp_path / "photos" / NAMES[2], partial(make_image, seed=9))
    after = look(tmp_path)
    assert read == [NAMES[2]]
    assert after == afresh(tmp_path, params)
    assert after.key != before.key
    assert replaced_digests(before, after) == [2]


def replaced_digests(before: Listing, after: Listing) -> list[int]:
    pairs = enumerate(zip(before.digests, after.digests, strict=True))
    return [index for index, (old, new) in pairs if old != new]


@pytest.mark.usefixtures("late")
def test_copy_put_in_the_place_of_a_file_is_noticed(
    tmp_path: Path, read: list[str]
) -> None:
    """A file of the same size and time that was moved there is another file."""
    folder(tmp_path)
    before, path = look(tmp_path), tmp_path / "photos" / NAMES[0]
    other = make_image(tmp_path / "other.bmp", seed=9)
    times = path.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)
    read.clear()
    assert replaced_digests(before, look(tmp_path)) == [0]
    assert read == [NAMES[0]]


@pytest.mark.parametrize("pack", [make_zip, make_tar])
@pytest.mark.usefixtures("late")
def test_exchanged_archive_is_noticed(
    pack: Callable[[Path, Path], Path], tmp_path: Path, read: list[str]
) -> None:
    """Another archive in the same place is read anew, also with size and time equal."""
    params = packed(tmp_path, stored_zip if pack is make_zip else pack)
    before = look(tmp_path, params)
    make_photos(tmp_path / "photos", seed=1)
    repack = stored_zip if pack is make_zip else pack
    exchange(tmp_path / "x", lambda path: repack(tmp_path / "photos", path))
    read.clear()
    after = look(tmp_path, params)
    assert sorted(read) == list(NAMES)
    assert after == afresh(tmp_path, params)
    assert not set(after.digests) & set(before.digests)


@pytest.mark.usefixtures("late")
def test_archive_that_is_exchanged_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read of the old one is not taken for what the new one holds."""
    params = packed(tmp_path, make_zip)
    make_zip(make_photos(tmp_path / "photos", seed=1), tmp_path / "new")
    digest = Place.digest

    def digest_then_exchange(place: Place, name: str) -> tuple[Any, Any]:
        result = digest(place, name)
        if (tmp_path / "new").exists():
            (tmp_path / "new").replace(tmp_path / "x")
        return result

    monkeypatch.setattr(Place, "digest", digest_then_exchange)
    look(tmp_path, params)
    assert look(tmp_path, params) == afresh(tmp_path, params)


@pytest.mark.usefixtures("late")
def test_file_that_is_exchanged_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest is kept for the file as it was before it was read, not after."""
    params = folder(tmp_path)
    read = os.read

    def exchange_then_read(file: int, n: int) -> bytes:
        content = read(file, n)
        if content:
            path = Path(f"/proc/self/fd/{file}").readlink()
            exchange(path, partial(make_image, seed=9))
        return content

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", exchange_then_read)
        before = look(tmp_path)
    after = look(tmp_path)
    assert after == afresh(tmp_path, params)
    assert not set(before.digests) & set(after.digests)


@pytest.mark.parametrize("field", Stamp._fields)
def test_any_difference_is_distrusted(field: str) -> None:
    """A file is the one that was read only if all that is known of it is equal."""
    then = STAMP._replace(**{field: getattr(STAMP, field) + 1})
    assert STAMP.is_trusted(str(STAMP), HOUR_NS)
    assert not STAMP.is_trusted(str(then), HOUR_NS)


@pytest.mark.parametrize("field", ["mtime_ns", "ctime_ns"])
@pytest.mark.parametrize(("age_ns", "is_trusted"), [(0, False), (1, True)])
def test_file_that_was_young_is_distrusted(
    field: str, age_ns: int, is_trusted: bool
) -> None:
    """A change within the resolution of the clock would leave times as they are."""
    stamp = STAMP._replace(**{field: HOUR_NS})
    read_at_ns = HOUR_NS + YOUNG_NS + age_ns
    assert stamp.is_trusted(str(stamp), read_at_ns) == is_trusted


def test_file_as_young_as_its_entry_is_read_again(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is, until it was read once when it had some age; then it is believed."""
    folder(tmp_path)
    for _ in range(2):
        read.clear()
        look(tmp_path)
        assert sorted(read) == list(NAMES)
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
    for names in (list(NAMES), []):
        read.clear()
        look(tmp_path)
        assert sorted(read) == names
