from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.warehouse.rows import finished, study
from zsc_wh.errors import LoadError
from zsc_wh.shards import FORMAT, list_shards, read_manifest, verify, write_shard

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_shard_says_what_it_holds(tmp_path: Path) -> None:
    """The manifest lists every table with its rows and the sha256 of its file."""
    path = write_shard(tmp_path, study("a", "b"), "grid x")
    manifest = verify(path)
    assert manifest.source == "grid x"
    assert manifest.rows["run"] == 2
    assert manifest.rows["score"] == 4
    assert (
        manifest.sha256
        == hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()
    )
    assert {file.stem for file in path.glob("*.parquet")} == {*manifest.files}
    frame = pl.read_parquet(path / "score.parquet")
    assert frame["value"].to_list() == [0.5, None, 0.5, None]


def test_the_same_rows_make_the_same_identity(tmp_path: Path) -> None:
    """A shard written twice is one shard, wherever it lies."""
    one, other = (write_shard(tmp_path, finished("a"), "x") for _ in range(2))
    assert one != other
    assert read_manifest(one).sha256 == read_manifest(other).sha256


def test_names_sort_in_the_order_of_writing(tmp_path: Path) -> None:
    """The loader meets shards in the order in which they were written."""
    written = [write_shard(tmp_path, finished("a", i), "x") for i in range(20)]
    assert list_shards(tmp_path) == written


def test_tables_without_rows_are_left_out(tmp_path: Path) -> None:
    """An empty table is not a file; nothing but a whole shard is left in the folder."""
    path = write_shard(tmp_path, {**finished("a"), "cell": []}, "x")
    assert sorted(read_manifest(path).files) == ["assignment", "run", "score"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_shard_without_rows_is_refused(tmp_path: Path) -> None:
    """Nothing to write is an error of the writer, and writes nothing."""
    with pytest.raises(LoadError, match="at least one row"):
        write_shard(tmp_path / "inbox", {"run": []}, "x")
    assert not (tmp_path / "inbox").exists()


def test_a_wrong_value_leaves_nothing_behind(tmp_path: Path) -> None:
    """Rows are checked before anything is written."""
    rows = finished("a")
    rows["score"][0]["value"] = float("nan")
    with pytest.raises(LoadError, match="nan or infinite"):
        write_shard(tmp_path / "inbox", rows, "x")
    assert not (tmp_path / "inbox").exists()


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails half-way is an error that says why, and no half of a shard."""

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("zsc_wh.shards.os.fsync", full)
    with pytest.raises(LoadError, match="No space left") as caught:
        write_shard(tmp_path, finished("a"), "x")
    assert caught.value.where == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """An inbox that is a file is named."""
    (tmp_path / "inbox").write_text("")
    with pytest.raises(LoadError, match="cannot be written"):
        write_shard(tmp_path / "inbox", finished("a"), "x")


def test_everything_is_synced_before_it_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, their folder and the inbox are synced, the last after the renaming."""
    synced = []

    def fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((target.name, bool(list_shards(tmp_path))))

    monkeypatch.setattr("zsc_wh.shards.os.fsync", fsync)
    write_shard(tmp_path, {"assignment": finished("a")["assignment"]}, "x")
    names = [name if not name.startswith(".tmp-") else ".tmp" for name, _ in synced]
    assert names == ["assignment.parquet", "manifest.json", ".tmp", tmp_path.name]
    assert [there for _, there in synced] == [False, False, False, True]


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(bytes(content))


def edit(path: Path, **change: Any) -> None:
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | change))


def other_columns(path: Path) -> None:
    file = path / "score.parquet"
    pl.DataFrame({"run_key": ["r"], "colour": ["red"]}).write_parquet(file)
    resign(path, "score")


def not_parquet(path: Path) -> None:
    (path / "score.parquet").write_bytes(b"PAR1 no PAR1")
    resign(path, "score")


def unknown_table(path: Path) -> None:
    (path / "score.parquet").rename(path / "points.parquet")
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["files"]["points"] = manifest["files"].pop("score")
    (path / "manifest.json").write_text(json.dumps(manifest))


def resign(path: Path, table: str) -> None:
    """Make the manifest agree with a file that was changed."""
    manifest = json.loads((path / "manifest.json").read_text())
    content = (path / f"{table}.parquet").read_bytes()
    manifest["files"][table]["sha256"] = hashlib.sha256(content).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest))


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "flipped byte": (
        lambda p: flip(p / "score.parquet", 40),
        "score.parquet",
        "sha256",
    ),
    "truncated file": (
        lambda p: os.truncate(p / "score.parquet", 100),
        "score.parquet",
        "sha256",
    ),
    "missing file": (lambda p: (p / "run.parquet").unlink(), "run.parquet", "No such"),
    "no manifest": (
        lambda p: (p / "manifest.json").unlink(),
        "manifest.json",
        "No such",
    ),
    "truncated manifest": (
        lambda p: os.truncate(p / "manifest.json", 30),
        "manifest.json",
        "damaged",
    ),
    "manifest without files": (
        lambda p: edit(p, files=["run"]),
        "manifest.json",
        "damaged",
    ),
    "manifest of another kind": (
        lambda p: (p / "manifest.json").write_text("[1]"),
        "manifest.json",
        "damaged",
    ),
    "newer format": (
        lambda p: edit(p, format=FORMAT + 1),
        "manifest.json",
        f"format {FORMAT + 1}",
    ),
    "unknown table": (unknown_table, "points.parquet", "no table 'points'"),
    "unknown column": (other_columns, "score.parquet", "no column 'colour'"),
    "not Parquet": (not_parquet, "score.parquet", "not sound Parquet"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_shard_is_named(tmp_path: Path, fault: str) -> None:
    """Each kind of damage is found, and the file named."""
    path = write_shard(tmp_path, finished("a"), "x")
    damage, file, what = FAULTS[fault]
    damage(path)
    with pytest.raises(LoadError) as caught:
        verify(path)
    assert caught.value.where == str(path / file)
    assert what in caught.value.what


def test_something_else_with_the_name_of_a_shard_is_named(tmp_path: Path) -> None:
    """A plain file that is called like a shard is a damaged shard."""
    (tmp_path / "x.shard").write_text("")
    with pytest.raises(LoadError, match="manifest cannot be read"):
        verify(tmp_path / "x.shard")


def test_a_file_of_a_shard_is_no_link(tmp_path: Path) -> None:
    """What lies outside of the shard can change after it was checked."""
    path = write_shard(tmp_path / "in", study("a"), "x")
    outside = (path / "run.parquet").rename(tmp_path / "run.parquet")
    (path / "run.parquet").symlink_to(outside)
    with pytest.raises(LoadError, match="is a link"):
        verify(path)


def test_rows_are_counted(tmp_path: Path) -> None:
    """A file with other rows than its manifest says is not loaded."""
    path = write_shard(tmp_path, study("a"), "x")
    manifest = json.loads((path / "manifest.json").read_text())
    table = next(iter(manifest["files"]))
    manifest["files"][table]["rows"] += 1
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(LoadError, match="and the manifest says") as caught:
        verify(path)
    assert caught.value.where == str(path / f"{table}.parquet")
