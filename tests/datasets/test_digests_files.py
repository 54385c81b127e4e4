"""Which files are read, what is kept of them, and how it is verified."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.datasets.kept import (
    FILES,
    afresh,
    folder,
    kinds,
    look,
    manifest,
    packed,
    save_features,
    save_idx,
    stored_zip,
)
from tests.datasets.made import (
    MANIFEST,
    NAMES,
    loader,
    make_photos,
    make_zip,
)
from zsc_wh import datasets
from zsc_wh.datasets import Digests
from zsc_wh.datasets.cache import Cache
from zsc_wh.datasets.digests import NAME, Stamp
from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lie(base: Path) -> None:
    """Write wrong digests into what is kept, each with its checksum."""
    cache = Cache(base / "store" / NAME, "")
    for table, false in (("sample", b"\0" * 32), ("fact", '["0","0","0","0","0"]')):
        rows = [
            (*row[:-1], false)
            for row in cache.read(f"select * from {table}")
            if "below" not in str(row[1])  # members of an archive are no digests
        ]
        cache.write(f"insert or replace into {table} values (?, ?, ?, ?, ?, ?)", rows)


@pytest.mark.parametrize("make", [*FILES.values(), save_idx, save_features])
@pytest.mark.usefixtures("late")
def test_verify_reads_everything_again(
    make: Callable[[Path], Mapping[str, Any]], tmp_path: Path
) -> None:
    """What is kept is believed if nothing speaks against it; verify sets it right."""
    params = make(tmp_path)
    truth = look(tmp_path, params)
    lie(tmp_path)
    lied = look(tmp_path, params)
    assert {int(digest or "1", 16) for digest in lied.digests} == {0}
    assert look(tmp_path, params, verify=True) == truth
    assert look(tmp_path, params) == truth


@pytest.mark.usefixtures("late")
def test_embedding_does_not_believe_what_is_kept(tmp_path: Path) -> None:
    """A wrong digest is found when the image is read: no features are made of it."""
    params = folder(tmp_path)
    look(tmp_path)
    lie(tmp_path)
    images = datasets.open_images(params, tmp_path, look(tmp_path))
    assert images is not None
    with pytest.raises(DataError, match="--verify"):
        images.read(0)


def break_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing")


def remove(path: Path) -> None:
    path.unlink()


def make_folder_of_it(path: Path) -> None:
    path.unlink()
    path.mkdir()


def forbid(path: Path) -> None:
    path.chmod(0)


@pytest.mark.parametrize(
    "spoil",
    [
        break_link,
        remove,
        make_folder_of_it,
        pytest.param(
            forbid,
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read all"),
        ),
    ],
)
@pytest.mark.usefixtures("late")
def test_file_that_cannot_be_read_has_no_digest(
    spoil: Callable[[Path], None], tmp_path: Path, read: list[str]
) -> None:
    """It stops no other, is not taken for known, and is seen when it is put back."""
    params = manifest(tmp_path)
    whole, path = look(tmp_path, params), tmp_path / "photos" / NAMES[1]
    spoil(path)
    spoilt = look(tmp_path, params)
    assert spoilt.digests == (whole.digests[0], None, *whole.digests[2:])
    assert spoilt.key != whole.key
    if path.is_dir():
        path.rmdir()
    elif path.exists():
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    path.unlink(missing_ok=True)
    make_photos(tmp_path / "photos")
    read.clear()
    assert look(tmp_path, params).key == whole.key
    assert NAMES[1] in read


def test_damaged_member_has_no_digest(tmp_path: Path) -> None:
    """One member of an archive that cannot be unpacked stops no other."""
    params = packed(tmp_path, stored_zip)
    whole = look(tmp_path, params)
    content = bytearray((tmp_path / "x").read_bytes())
    pixels = (tmp_path / "photos" / NAMES[2]).read_bytes()
    content[content.index(pixels) + 60] ^= 1
    (tmp_path / "x").write_bytes(content)
    spoilt = look(tmp_path, params)
    assert spoilt.digests == (*whole.digests[:2], None, whole.digests[3])


@kinds
@pytest.mark.usefixtures("late")
def test_subset_reads_its_own_files_alone(
    make: Callable[[Path], Mapping[str, Any]], tmp_path: Path, read: list[str]
) -> None:
    """Of a large dataset only what is drawn is read, and the rest when it is wanted."""
    params, known = make(tmp_path), Digests(tmp_path / "store")
    half = {"n": 2, "seed": 0, "stratified": False}
    subset = datasets.list_samples(params, tmp_path, half, known)
    assert sorted(read) == list(subset.sample_ids)
    read.clear()
    whole = look(tmp_path, params)
    assert sorted(read) == sorted(set(NAMES) - set(subset.sample_ids))
    assert subset.digests == tuple(whole.digests[row] for row in subset.rows)


@pytest.mark.usefixtures("late")
def test_corrected_label_reads_no_image(tmp_path: Path, read: list[str]) -> None:
    """Labels are looked at each time, images only when they changed."""
    params = manifest(tmp_path)
    before = look(tmp_path, params)
    read.clear()
    table = MANIFEST.replace("dogs/1.bmp,dogs", "dogs/1.bmp,cats")
    (tmp_path / "t.csv").write_text(table, encoding="ascii")
    after = look(tmp_path, params)
    assert read == []
    assert after.key == before.key
    assert after.labelling_key != before.labelling_key


@pytest.mark.usefixtures("late")
def test_places_are_kept_apart(tmp_path: Path, read: list[str]) -> None:
    """Files of one name in two folders, or two folders of an archive, are two files."""
    for folder_name, seed in (("a", 0), ("b", 1)):
        make_photos(tmp_path / "photos" / folder_name, seed)
    make_zip(tmp_path / "photos", tmp_path / "x")
    params = [
        loader("folder", path=path, inside=inside)
        for path in ("photos", "x")
        for inside in ("a", "b")
    ]
    first = [look(tmp_path, one) for one in params]
    assert first[0].key == first[2].key != first[1].key == first[3].key
    read.clear()
    assert [look(tmp_path, one) for one in params] == first
    assert read == []


@pytest.mark.usefixtures("late")
def test_path_that_is_not_utf8_is_kept(tmp_path: Path, read: list[str]) -> None:
    """A folder may be called anything that the system allows."""
    base = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    params = folder(base)
    np.save(base / "x.npy", np.eye(3))
    features = loader("embeddings", path="x.npy", labels="none")
    known = Digests(tmp_path / "store")
    listing = datasets.list_samples(params, base, None, known)
    assert datasets.list_samples(features, base, None, known).key
    read.clear()
    assert datasets.list_samples(params, base, None, known) == listing
    assert read == []


@pytest.mark.parametrize("field", ["mtime_ns", "inode"])
@pytest.mark.usefixtures("late")
def test_odd_numbers_of_a_file_system_are_kept(
    field: str, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An inode can be any number of 64 bits, a time lie before 1970."""
    number = -(10**18) if field == "mtime_ns" else 2**64 - 1
    of = Stamp.of
    monkeypatch.setattr(
        Stamp, "of", lambda status: of(status)._replace(**{field: number})
    )
    folder(tmp_path)
    listing = look(tmp_path)
    read.clear()
    assert look(tmp_path) == listing
    assert read == []


def test_nothing_is_kept_without_a_folder(tmp_path: Path, read: list[str]) -> None:
    """Whoever gives no place to keep digests gets true ones, and no file."""
    folder(tmp_path)
    before = set(tmp_path.rglob("*"))
    assert afresh(tmp_path) == afresh(tmp_path)
    assert len(read) == 2 * len(NAMES)
    assert set(tmp_path.rglob("*")) == before
