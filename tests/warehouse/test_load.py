from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.rows import (
    LABELS,
    N_CELL,
    N_DECLARED,
    N_FINISHED,
    N_SAMPLES,
    NOW,
    Rows,
    declared,
    finished,
    joined,
    key,
    study,
)
from zsc_wh.errors import LoadError, QueryError, SchemaError
from zsc_wh.files import temporary_name
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.sqlfiles import tables
from zsc_wh.upkeep.rows import remove_arrays, remove_runs
from zsc_wh.warehouse import LoadReport, Warehouse, load

N_WHOLE = N_DECLARED + N_CELL + N_FINISHED
"""Rows of a study of one cell."""

HOSTILE = "a'; drop table run; --"


def counts(warehouse: Warehouse) -> dict[str, int]:
    """Return the rows of every table that has any, but those about loading."""
    every = " union all ".join(
        f"select '{name}' as name, count(*) as n from {name}"
        for name in tables()
        if name not in ("shard", "schema_migration")
    )
    rows = warehouse.read(f"select * from ({every}) where n > 0").rows
    return dict(rows)


def expected(*parts: Rows) -> dict[str, int]:
    """Return the rows of each table, each key once."""
    whole = joined(*parts)
    return {
        name: len({tuple(row[part] for part in tables()[name].key) for row in rows})
        for name, rows in whole.items()
        if rows
    }


def test_rows_come_in_as_they_were_written(warehouse: Warehouse) -> None:
    """Text, lists, JSON, instants and NULL survive the way into the warehouse."""
    write_shard(warehouse.inbox, study("a"), "grid")
    report = warehouse.load()
    assert report == LoadReport(1, N_WHOLE, 0, [])
    assert counts(warehouse) == expected(study("a"))
    rows = warehouse.read("select labels from assignment").rows
    assert rows == [(LABELS,)]
    rows = warehouse.read("select class_index, class_names from label").rows
    assert rows == [([0, 0, 1, 1, None, 0], ["a", "b"])]
    rows = warehouse.read("select loader ->> '$.kind', feature from encoder").rows
    assert rows == [("timm", None)]
    rows = warehouse.read("select created_at from embedding").rows
    assert rows == [(datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),)]
    rows = warehouse.read("select value, reason from score order by metric").rows
    assert rows == [(0.5, None), (None, "too few clusters")]
    rows = warehouse.read("select ami, noise_fraction from result").rows
    assert rows == [(0.5, 1 / 6)]


def test_a_load_is_recorded(warehouse: Warehouse) -> None:
    """Each shard has a row: its identity, its number, its rows, who wrote it, when."""
    path = write_shard(warehouse.inbox, study("a"), HOSTILE)
    sha256 = hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()
    before = datetime.now(UTC)
    warehouse.load()
    ((*recorded, loaded_at),) = warehouse.read("select * from shard").rows
    assert recorded == [sha256, 1, N_WHOLE, HOSTILE]
    assert before <= loaded_at <= before + timedelta(minutes=1)


def test_the_inbox_is_emptied(warehouse: Warehouse) -> None:
    """Shards of the inbox are gone once they are in the warehouse."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    assert list(warehouse.inbox.iterdir()) == []


def test_another_folder_is_left_as_it_is(warehouse: Warehouse, tmp_path: Path) -> None:
    """Shards made elsewhere stay where they are; loading them again changes nothing."""
    folder = tmp_path / "elsewhere"
    write_shard(folder, study("a"), "x")
    before = sorted(folder.rglob("*"))
    assert warehouse.load(folder).shards == 1
    assert sorted(folder.rglob("*")) == before
    assert warehouse.load(folder) == LoadReport(0, 0, 1, [])
    assert counts(warehouse) == expected(study("a"))


def test_there_may_be_nothing_to_load(warehouse: Warehouse) -> None:
    """An inbox that does not exist is an empty one."""
    assert warehouse.load() == LoadReport()
    assert not warehouse.inbox.exists()


def test_loading_makes_the_warehouse(tmp_path: Path) -> None:
    """The first load makes the file."""
    warehouse = Warehouse(tmp_path / "new.duckdb")
    write_shard(warehouse.inbox, study("a"), "x")
    assert warehouse.load().shards == 1
    assert counts(warehouse) == expected(study("a"))


def test_a_missing_folder_is_named(warehouse: Warehouse, tmp_path: Path) -> None:
    """A folder that does not exist is not the same as one without shards."""
    with pytest.raises(SchemaError, match="no such folder") as caught:
        warehouse.load(tmp_path / "nowhere")
    assert caught.value.where == str(tmp_path / "nowhere")


def test_one_shard_in_two_places_is_one_shard(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A copy of a shard in the same folder is known, not bad."""
    path = write_shard(tmp_path / "x", study("a"), "x")
    shutil.copytree(path, path.with_name("copy.shard"))
    assert warehouse.load(tmp_path / "x") == LoadReport(1, N_WHOLE, 1, [])


@pytest.mark.parametrize("at_once", [True, False])
def test_overlapping_shards_add_each_row_once(
    warehouse: Warehouse, at_once: bool
) -> None:
    """What two machines both computed is in the warehouse once, the first run first."""
    parts = [study("a", "b"), joined(declared("b", "c"), finished("b"), finished("c"))]
    parts += [finished("b", 1), joined(finished("b", 1), finished("a", 2))]
    reports = []
    for part in parts:
        write_shard(warehouse.inbox, part, "x")
        if not at_once:
            reports.append(warehouse.load())
    reports.append(warehouse.load())
    assert counts(warehouse) == expected(*parts)
    assert sum(report.shards for report in reports) == 4
    assert sum(report.rows for report in reports) == sum(expected(*parts).values())
    numbers = warehouse.read("select run_key, shard_seq from run").rows
    first = {"b": 1, "c": 2}
    assert dict(numbers) == {
        key("run", cell, 0): first.get(cell, 1) for cell in "abc"
    } | {
        key("run", "b", 1): 3,
        key("run", "a", 2): 4,
    }


def test_a_key_within_one_shard_counts_once(warehouse: Warehouse) -> None:
    """A row that a shard holds twice is one row."""
    write_shard(warehouse.inbox, joined(study("a"), study("a")), "x")
    assert warehouse.load().bad == []
    assert counts(warehouse) == expected(study("a"))


def test_many_duplicates_across_many_shards(warehouse: Warehouse) -> None:
    """Duplicates are found over the limits of DuckDB's vectors and row groups too."""
    array = {"array_key": key("embedding", "made"), "label_key": key("label", "made")}
    scores = [array | {"metric": f"m{i}", "value": 0.5} for i in range(150_000)]
    write_shard(warehouse.inbox, {**declared(), "array_score": scores}, "x")
    write_shard(warehouse.inbox, {"array_score": scores[::-1]}, "y")
    write_shard(warehouse.inbox, {"array_score": scores[1000:5000]}, "z")
    assert warehouse.load() == LoadReport(3, N_DECLARED + 150_000, 0, [])
    assert counts(warehouse) == expected(declared()) | {"array_score": 150_000}


def test_numbers_go_on(warehouse: Warehouse) -> None:
    """Shards are numbered in the order of loading, over all loads."""
    for i in range(3):
        write_shard(warehouse.inbox, study("a") if i == 0 else finished("a", i), str(i))
        if i != 1:
            warehouse.load()
    rows = warehouse.read("select shard_seq, source from shard order by 1").rows
    assert rows == [(1, "0"), (2, "1"), (3, "2")]


def test_hostile_names_are_only_names(warehouse: Warehouse) -> None:
    """SQL in a name, a path or a reason is text."""
    part = study(HOSTILE, name=HOSTILE)
    part["run"][0] |= {"status": "not_converged", "reason": HOSTILE}
    folder = warehouse.path.parent / f"{HOSTILE} [x]*?{{1,2}} \\"
    path = write_shard(folder, part, HOSTILE)
    path.rename(folder / f"{HOSTILE}.shard")
    assert warehouse.load(folder).bad == []
    rows = warehouse.read("select encoder, dataset, reducer, clusterer from result")
    assert rows.rows == [(HOSTILE,) * 4]


def test_a_folder_name_is_not_a_column(warehouse: Warehouse, tmp_path: Path) -> None:
    """A folder that is called like a value of a column says nothing about rows."""
    folder = tmp_path / "metric=nmi" / "shard_seq=9"
    write_shard(folder, study("a"), "x")
    assert warehouse.load(folder).bad == []
    rows = warehouse.read(
        "select metric, shard_seq from score join run using (run_key)"
    )
    assert sorted(rows.rows) == [("ami", 1), ("silhouette", 1)]


def test_an_older_shard_may_lack_a_column(warehouse: Warehouse) -> None:
    """Shards with and without a column that may be NULL load together."""
    old, new = finished("a", 1), finished("a", 2)
    new["run"][0]["n_iter"] = 7
    for part in (study("a"), old, new):
        write_shard(warehouse.inbox, part, "x")
    assert warehouse.load().bad == []
    rows = warehouse.read("select n_iter from run order by shard_seq").rows
    assert rows == [(None,), (None,), (7,)]


def damage(path: Path) -> None:
    content = bytearray((path / "score.parquet").read_bytes())
    content[50] ^= 1
    (path / "score.parquet").write_bytes(content)


def no_manifest(path: Path) -> None:
    (path / "manifest.json").unlink()


def garbage_pages(path: Path) -> None:
    """Make a file that is not readable though its manifest and its footer agree."""
    file = path / "assignment.parquet"
    content = bytearray(file.read_bytes())
    content[4:60] = b"\xff" * 56
    file.write_bytes(content)
    manifest = json.loads((path / "manifest.json").read_text())
    entry = manifest["files"]["assignment"]
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    (path / "manifest.json").write_text(json.dumps(manifest))


DAMAGED = {
    "flipped": (damage, "score.parquet"),
    "no manifest": (no_manifest, "manifest.json"),
    "unreadable": (garbage_pages, "assignment.parquet"),
}


@pytest.mark.parametrize("fault", DAMAGED)
def test_a_damaged_shard_is_set_aside(warehouse: Warehouse, fault: str) -> None:
    """The bad shard is named and moved, the others are loaded, nothing of it is in."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    bad = write_shard(warehouse.inbox, finished("a", 1), "x")
    write_shard(warehouse.inbox, finished("b", 1), "x")
    spoil, file = DAMAGED[fault]
    spoil(bad)
    report = warehouse.load()
    aside = warehouse.inbox / "bad" / bad.name
    assert report.shards == 2
    ((path, reason),) = report.bad
    assert path == aside
    assert file in reason
    assert aside.is_dir()
    assert list_shards(warehouse.inbox) == []
    assert counts(warehouse) == expected(study("a", "b"), finished("b", 1))


HOSTILE_MANIFESTS = {
    "nested": b"[" * 100_000,
    "infinite": b'{"format": 2, "source": "", "files": {"run":'
    b' {"rows": 1e400, "sha256": ""}}}',
    "list": b'{"format": 2, "source": "", "files": []}',
}


@pytest.mark.parametrize("fault", HOSTILE_MANIFESTS)
def test_a_hostile_manifest_is_set_aside(warehouse: Warehouse, fault: str) -> None:
    """It is named, and the shards beside it are loaded."""
    write_shard(warehouse.inbox, study("a"), "x")
    bad = write_shard(warehouse.inbox, finished("a", 1), "x")
    (bad / "manifest.json").write_bytes(HOSTILE_MANIFESTS[fault])
    report = warehouse.load()
    assert report.shards == 1
    ((path, reason),) = report.bad
    assert path == warehouse.inbox / "bad" / bad.name
    assert reason.startswith(f"{bad / 'manifest.json'}: ")


def with_score(**change: Any) -> Rows:
    """Return a finished attempt whose first score is changed."""
    part = finished("a", 1)
    part["score"][0] |= change
    return part


def with_run(**change: Any) -> Rows:
    """Return a finished attempt whose run is changed."""
    part = finished("a", 1)
    part["run"][0] |= change
    return part


BROKEN = {
    "unknown space": with_score(space="latent"),
    "value and reason": with_score(reason="both"),
    "neither value nor reason": with_score(value=None),
    "unknown status": with_run(status="fine"),
    "done with a reason": with_run(reason="why"),
    "invalid JSON": with_run(versions="{numpy"),
    "breaks an audit": with_run(cell_key=key("cell", "none")),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_shard_that_breaks_a_rule_is_set_aside(
    warehouse: Warehouse, fault: str
) -> None:
    """Constraints, types and audits keep a shard out whole; the others are loaded."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    good = [write_shard(warehouse.inbox, finished("b", i), "x") for i in range(1, 4)]
    bad = write_shard(warehouse.inbox, BROKEN[fault], "x")
    good += [write_shard(warehouse.inbox, finished("b", i), "x") for i in range(4, 6)]
    report = warehouse.load()
    assert report.shards == len(good) + 1
    ((path, reason),) = report.bad
    assert path.name == bad.name
    assert reason
    wanted = expected(study("a", "b"), *(finished("b", i) for i in range(1, 6)))
    assert counts(warehouse) == wanted
    numbers = warehouse.read("select shard_seq from shard order by 1").rows
    assert [number for (number,) in numbers] == list(range(1, len(good) + 2))


def test_rows_about_a_forgotten_run_cost_no_other_row(warehouse: Warehouse) -> None:
    """What was forgotten while a shard was on its way is left out and counted."""
    write_shard(warehouse.inbox, study("a", "b"), "x")
    warehouse.load()
    late = {table: rows for table, rows in finished("a").items() if table == "score"}
    for row in late["score"]:
        row["subset"] = "clustered"
    warehouse.write(lambda con: remove_runs(con, f"select '{key('cell', 'a')}'"))
    write_shard(warehouse.inbox, joined(late, finished("b", 1)), "x")
    report = warehouse.load()
    assert (report.bad, report.rows, report.left_out) == ([], N_FINISHED, 2)
    assert "2 rows left out" in report.left_out_lines[0]
    parts = (declared("a", "b"), finished("b"), finished("b", 1))
    assert counts(warehouse) == expected(*parts)


def test_rows_about_a_freed_array_are_left_out(warehouse: Warehouse) -> None:
    """Also those about what was made of it."""
    write_shard(warehouse.inbox, declared("a"), "x")
    warehouse.load()
    embedding = declared("a")["embedding"][0]["embedding_key"]
    warehouse.write(lambda con: remove_arrays(con, f"select '{embedding}'"))
    reduction = {
        "reduction_key": key("reduction"),
        "embedding_key": embedding,
        "reducer_key": key("reducer", "made"),
        "dtype": "float32",
        "n": N_SAMPLES,
        "dim": 2,
        "wall_s": 0.5,
        "threads": 1,
        "device": "cpu",
        "uri": "x.npy",
        "sha256": key("file"),
        "host": "here",
        "versions": "{}",
        "created_at": NOW,
    }
    map_ = {"reduction_key": key("reduction"), "x": [0.0], "y": [0.0]}
    score = {"metric": "silhouette", "label_key": key("label", "made"), "value": 0.5}
    late = {
        "reduction": [reduction],
        "projection": [map_],
        "array_score": [score | {"array_key": key("reduction")}],
    }
    write_shard(warehouse.inbox, joined(late, finished("a")), "x")
    report = warehouse.load()
    assert (report.bad, report.rows, report.left_out) == ([], N_FINISHED, 3)


def test_a_run_of_no_cell_is_a_fault(warehouse: Warehouse) -> None:
    """Only what is said about runs and arrays may come too late."""
    write_shard(warehouse.inbox, joined(declared("a"), finished("b")), "x")
    assert len(warehouse.load().bad) == 1
    assert counts(warehouse) == {}


def test_a_bad_shard_of_another_folder_stays(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A folder that is not the inbox is only read; its bad shards are reported."""
    bad = write_shard(tmp_path / "x", BROKEN["unknown space"], "x")
    report = warehouse.load(tmp_path / "x")
    assert [path for path, _ in report.bad] == [bad]
    assert report.shards == 0
    assert bad.is_dir()


def test_a_shard_that_is_put_back_is_set_aside_again(warehouse: Warehouse) -> None:
    """A bad shard can be tried again, and gets a name of its own when it fails."""
    for _ in range(3):
        path = write_shard(warehouse.inbox, BROKEN["unknown space"], "x")
        path.rename(path.with_name("one.shard"))
        warehouse.load()
    names = {path.name for path in (warehouse.inbox / "bad").iterdir()}
    assert names == {"one.shard", "one.shard.again", "one.shard.again.again"}


def test_a_damaged_copy_does_not_hide_a_good_one(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Of two copies of a shard the whole one is loaded."""
    path = write_shard(tmp_path / "x", study("a"), "x")
    shutil.copytree(path, path.with_name("0.shard"))
    damage(path.with_name("0.shard"))
    report = warehouse.load(tmp_path / "x")
    assert (report.shards, len(report.bad)) == (1, 1)


def test_a_shard_that_is_known_is_not_read_again(warehouse: Warehouse) -> None:
    """A known shard is removed by its manifest alone."""
    path = write_shard(warehouse.inbox, study("a"), "x")
    copy = warehouse.path.parent / "copy"
    shutil.copytree(path, copy)
    warehouse.load()
    shutil.copytree(copy, path)
    damage(path)
    assert warehouse.load() == LoadReport(0, 0, 1, [])
    assert list_shards(warehouse.inbox) == []


def test_unfinished_shards_are_ignored(warehouse: Warehouse) -> None:
    """A temporary name is never loaded; it goes when its process is gone."""
    path = write_shard(warehouse.inbox, study("a"), "x")
    mine = warehouse.inbox / temporary_name()
    path.rename(mine)
    assert warehouse.load() == LoadReport()
    assert mine.is_dir()
    pid = f"-{2**22 + 1}-"  # above the largest process id of Linux
    dead = warehouse.inbox / temporary_name().replace(f"-{os.getpid()}-", pid)
    mine.rename(dead)
    assert warehouse.load() == LoadReport()
    assert not dead.exists()


def test_a_warehouse_at_fault_does_not_blame_the_shards(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full, say, shards stay in the inbox and are loaded later."""
    write_shard(warehouse.inbox, study("a"), "x")

    def full(*_: object) -> None:
        raise duckdb.IOException

    with monkeypatch.context() as patch:
        patch.setattr(load, "require_clean", full)
        with pytest.raises(SchemaError, match="Nothing is lost"):
            warehouse.load()
    assert len(list_shards(warehouse.inbox)) == 1
    assert counts(warehouse) == {}
    assert warehouse.load().shards == 1


def test_shards_stay_while_there_is_a_log(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard is removed only when its rows are in the file itself."""
    write_shard(warehouse.inbox, study("a"), "x")
    log = Path(f"{warehouse.path}.wal")

    def keep_log(path: Path) -> Path:
        return warehouse.path  # as if the log were still there after closing

    with monkeypatch.context() as patch:
        patch.setattr(load, "log_of", keep_log)
        assert warehouse.load().shards == 1
    assert not log.exists()
    assert len(list_shards(warehouse.inbox)) == 1
    assert warehouse.load() == LoadReport(0, 0, 1, [])
    assert list_shards(warehouse.inbox) == []


def test_a_trusted_write_is_one_transaction(warehouse: Warehouse) -> None:
    """`write` keeps all or nothing, and hands back what the function returns."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()

    def forget(con: duckdb.DuckDBPyConnection) -> int:
        for table in ("score", "assignment", "run"):
            con.execute(f"delete from {table}")
        return 7

    assert warehouse.write(forget) == 7
    assert counts(warehouse) == expected(declared("a"))
    write_shard(warehouse.inbox, finished("a"), "again")
    assert warehouse.load().rows == N_FINISHED


def test_a_write_that_breaks_a_rule_is_undone(warehouse: Warehouse) -> None:
    """The audits guard trusted writes too."""
    write_shard(warehouse.inbox, study("a"), "x")
    warehouse.load()
    with pytest.raises(LoadError, match="what a row refers to exists") as caught:
        warehouse.write(lambda con: con.execute("delete from run").fetchall())
    assert caught.value.where == "audit reference"
    assert counts(warehouse) == expected(study("a"))


@pytest.mark.parametrize(
    ("error", "caught"), [(ZeroDivisionError, ZeroDivisionError), (None, QueryError)]
)
def test_a_write_that_fails_is_undone(
    warehouse: Warehouse, error: type[Exception] | None, caught: type[Exception]
) -> None:
    """An exception in the function leaves the warehouse as it was."""

    def fail(con: duckdb.DuckDBPyConnection) -> None:
        con.execute("delete from schema_migration")
        if error is not None:
            raise error
        con.execute("select nonsense")

    before = warehouse.read("from schema_migration").rows
    with pytest.raises(caught):
        warehouse.write(fail)
    assert warehouse.read("from schema_migration").rows == before
