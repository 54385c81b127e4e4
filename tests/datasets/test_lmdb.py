"""LMDB databases, one per class, as LSUN is published."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.kept import HOUR_NS, look, set_clock
from tests.datasets.made import (
    EXAMPLES,
    image_bytes,
    list_samples,
    loader,
    make_lmdb,
    open_images,
    open_listed,
)
from zsc_wh.datasets.databases import Lmdb
from zsc_wh.errors import ConfigError, DataError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

SCENES: dict[str, Any] = {
    "path": "lsun",
    "database": "{class}_val_lmdb",
    "classes": ["tower", "bridge"],
}


def make(base: Path) -> Path:
    """Write two scenes; keys are not written in their order."""
    make_lmdb(base / "lsun" / "tower_val_lmdb", {b"c": 2})
    return make_lmdb(base / "lsun" / "bridge_val_lmdb", {b"b": 0, b"a": 1, b"B": 3})


def test_scenes_in_declared_order_then_keys_by_their_bytes(tmp_path: Path) -> None:
    """The class and the key name a sample."""
    make(tmp_path)
    listing = list_samples(tmp_path, "lmdb", **SCENES, level="scene")
    assert listing.sample_ids == ("tower/c", "bridge/B", "bridge/a", "bridge/b")
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("scene", ("bridge", "tower"))
    assert level.class_index == (1, 0, 0, 0)
    seeds = (2, 3, 1, 0)
    assert listing.sizes == tuple(len(image_bytes(seed)) for seed in seeds)


def test_images_are_those_of_the_keys(tmp_path: Path) -> None:
    """Byte by byte, so that their digests are those of the files."""
    make(tmp_path)
    images = open_images(tmp_path, "lmdb", **SCENES)
    place = Lmdb(tmp_path, {"x": tmp_path / "lsun" / "bridge_val_lmdb"})
    assert place.read("x/a") == image_bytes(1)
    assert images[2].size == (8, 6)


def test_one_database_is_a_dataset_without_labels(tmp_path: Path) -> None:
    """Its keys name the samples, also those that are not text."""
    make_lmdb(tmp_path / "data", {b"\xff\x00": 0, b"k/1": 1, b"0x61": 2})
    listing = list_samples(tmp_path, "lmdb", path="data")
    assert listing.sample_ids == ("0x30783631", "k/1", "0xff00")
    assert listing.levels == ()
    images = open_images(tmp_path, "lmdb", path="data")
    assert [images[i].size for i in range(3)] == [(8, 6)] * 3


def test_it_can_be_open_twice_in_one_process(tmp_path: Path) -> None:
    """A plan lists a dataset while another one is read."""
    params = EXAMPLES["lmdb"](tmp_path)
    first, second = (open_listed(params, tmp_path) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()


def test_a_listed_database_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are kept beside the store until the database changes."""
    folder = make(tmp_path)
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
    params = loader("lmdb", **SCENES)
    first = look(tmp_path, params)
    with monkeypatch.context() as context:
        context.setattr(Lmdb, "_keys", lambda *_: pytest.fail("read again"))
        assert look(tmp_path, params) == first
    make_lmdb(folder, {b"d": 4})
    assert look(tmp_path, params).sample_ids[-1] == "bridge/d"


@pytest.mark.parametrize("cut", [0, 100, 4096, 8192, -4096])
def test_a_database_that_is_cut_off_is_named(tmp_path: Path, cut: int) -> None:
    """Reading beyond the end of its map would end the process."""
    file = make(tmp_path) / "data.mdb"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(DataError, match="bridge_val_lmdb: cannot be read as an LMDB"):
        list_samples(tmp_path, "lmdb", **SCENES)


def test_a_foreign_file_is_named(tmp_path: Path) -> None:
    """In our words."""
    (make(tmp_path) / "data.mdb").write_bytes(b"hello" * 2000)
    with pytest.raises(DataError, match="Download it again"):
        list_samples(tmp_path, "lmdb", **SCENES)


def test_an_absent_database_is_named(tmp_path: Path) -> None:
    """With the folder where it should be."""
    make_lmdb(tmp_path / "lsun" / "tower_val_lmdb", {b"c": 2})
    with pytest.raises(DataError, match="bridge_val_lmdb: there is no LMDB database"):
        list_samples(tmp_path, "lmdb", **SCENES)


def test_an_empty_database_is_told(tmp_path: Path) -> None:
    """It is no dataset."""
    make_lmdb(tmp_path / "data", {})
    with pytest.raises(DataError, match="no image in the database"):
        list_samples(tmp_path, "lmdb", path="data")


@pytest.mark.parametrize(
    "given",
    [
        {"classes": []},
        {"database": None},
        {"database": "val_lmdb"},
        {"classes": ["tower", "tower"]},
        {"classes": ["a/b"]},
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, given: dict[str, Any]) -> None:
    """What names the databases, and how."""
    with pytest.raises(ConfigError, match=r"must hold \{class\}"):
        list_samples(tmp_path, "lmdb", **{**SCENES, **given})


def test_the_extra_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core does not need it."""
    make(tmp_path)
    monkeypatch.setattr("zsc_wh.installed.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"\[lmdb\]"):
        list_samples(tmp_path, "lmdb", **SCENES)


def test_a_database_that_somebody_else_has_open_is_told(tmp_path: Path) -> None:
    """It is not damaged."""
    import lmdb

    folder = make(tmp_path)
    with (
        lmdb.open(str(folder), readonly=True, lock=False),
        pytest.raises(DataError, match="open in this process already"),
    ):
        list_samples(tmp_path, "lmdb", **SCENES)
