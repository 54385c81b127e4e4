from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from tests.exchange.compared import answers, differences, table_rows
from tests.warehouse.rows import study
from zsc_wh.errors import ConfigError, LoadError, SchemaError
from zsc_wh.exchange import backup, export, restore
from zsc_wh.files import TEMPORARY, temporary_name
from zsc_wh.shards import write_shard
from zsc_wh.sqlfiles import tables, views
from zsc_wh.warehouse import Warehouse, dump

if TYPE_CHECKING:
    from pathlib import Path


def _restored(folder: Path, path: Path) -> Warehouse:
    warehouse = Warehouse(path)
    restore(warehouse, folder)
    return warehouse


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """Return an export of the test's own."""
    return shutil.copytree(exported, tmp_path / "copy")


@pytest.fixture
def forgetful(made: Path, tmp_path: Path) -> Warehouse:
    """Return a warehouse that has the shards of `made`, and no run any more."""
    warehouse = Warehouse(shutil.copy(made, tmp_path / "forgetful.duckdb"))

    def forget(con: duckdb.DuckDBPyConnection) -> None:
        for table in ("run", "score", "assignment"):
            con.execute(f"delete from {table}")

    warehouse.write(forget)
    return warehouse


def _rewrite(folder: Path, table: str, frame: pl.DataFrame) -> None:
    """Change a file of an export, and its checksum in the manifest."""
    file = folder / f"{table}.parquet"
    frame.write_parquet(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    _edit(folder, lambda m: m["tables"][table].update(sha256=digest))


def _edit(folder: Path, change: Any) -> None:
    """Change the manifest of an export."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_every_query_answers_the_same_after_a_round_trip(
    made: Path, exported: Path, tmp_path: Path
) -> None:
    """Out and into a new warehouse: no query tells the difference."""
    found = answers(_restored(exported, tmp_path / "new.duckdb"))
    expected = answers(Warehouse(made))
    assert sum(map(len, expected.values())) > 500
    assert differences(found, expected) == []


def test_every_row_is_the_same_after_a_round_trip(
    made: Path, exported: Path, tmp_path: Path
) -> None:
    """JSON text, lists with NULLs, instants and the numbers of shards included."""
    found = table_rows(_restored(exported, tmp_path / "new.duckdb"))
    assert found == table_rows(Warehouse(made))


def test_every_version_is_the_same_after_a_round_trip(
    made: Path, exported: Path, tmp_path: Path
) -> None:
    """Names and grids mean what they meant, and the newest is the newest."""
    restored = _restored(exported, tmp_path / "new.duckdb")
    for view in ("name_version", "grid_version", "named_cell"):
        sql = f"select * from {view} order by all"
        assert restored.read(sql) == Warehouse(made).read(sql)
    names = restored.read("select label from name_version where kind = 'encoder'")
    grids = restored.read("select grid from grid_version")
    assert {("resnet50",), ("resnet50@1",)} <= {*names.rows}
    assert {("again",), ("again@1",)} <= {*grids.rows}


def test_a_table_in_small_batches_is_the_same(
    made: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read in ranges, and none is lost or doubled between two of them."""
    monkeypatch.setattr(dump, "BATCH_ITEMS", 7 * 240)
    monkeypatch.setattr(dump, "BATCH_ROWS", 50)
    export(Warehouse(made), tmp_path / "small")
    for name in ("assignment", "run", "score"):
        file = f"{name}.parquet"
        small = pl.read_parquet(tmp_path / "small" / file)
        assert small.equals(pl.read_parquet(exported / file))


def test_the_longest_list_decides_how_many_rows_are_in_memory(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven assignments of 240 labels fit, so that a row group holds seven."""
    monkeypatch.setattr(dump, "BATCH_ITEMS", 7 * 240)
    export(Warehouse(made), tmp_path / "small")
    with duckdb.connect() as con:
        groups = con.execute(
            "select distinct row_group_num_rows from parquet_metadata(?)"
            " where row_group_id = 1",
            [str(tmp_path / "small" / "assignment.parquet")],
        ).fetchall()
    assert groups == [(7,)]


def test_texts_count_for_more_than_labels(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digests of 240 images take the memory of 16 times as many labels."""
    monkeypatch.setattr(dump, "BATCH_ITEMS", 240 * 16)
    export(Warehouse(made), tmp_path / "small")
    with duckdb.connect() as con:
        groups = con.execute(
            "select distinct row_group_num_rows from parquet_metadata(?)",
            [str(tmp_path / "small" / "dataset.parquet")],
        ).fetchall()
    assert groups == [(1,)]


def test_a_warehouse_without_results_comes_back(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Empty tables are files too."""
    export(warehouse, tmp_path / "backup")
    assert restore(Warehouse(tmp_path / "new.duckdb"), tmp_path / "backup")


def test_importing_twice_changes_nothing(
    made: Path, exported: Path, tmp_path: Path
) -> None:
    """Rows that are there already stay, and are counted as such."""
    warehouse = _restored(exported, tmp_path / "new.duckdb")
    again = restore(warehouse, exported)
    assert {table.new for table in again} == {0}
    assert table_rows(warehouse) == table_rows(Warehouse(made))


def test_shards_go_behind_those_that_are_there(exported: Path, tmp_path: Path) -> None:
    """The run that counted before an import counts after it."""
    warehouse = Warehouse(tmp_path / "filled.duckdb")
    warehouse.create()
    warehouse.write(
        lambda con: con.execute(
            "insert into shard values ('cc', 3, 1, 'mine', now())"
        ).fetchall()
    )
    restore(warehouse, exported)
    shards = warehouse.read("select shard_sha256, shard_seq from shard order by 2")
    assert shards.rows == [("cc", 3), ("aa", 4), ("bb", 8)]
    assert warehouse.read("select min(shard_seq) from run").rows == [(4,)]


def test_what_was_forgotten_comes_back_into_its_shard(
    made: Path, exported: Path, forgetful: Warehouse
) -> None:
    """A shard that is known keeps its number, and its runs have that number again."""
    restore(forgetful, exported)
    assert table_rows(forgetful) == table_rows(Warehouse(made))


def test_a_run_of_no_shard_is_refused(copy: Path, tmp_path: Path) -> None:
    """It has no place in the order of the runs of its cell."""
    shards = pl.read_parquet(copy / "shard.parquet")
    _rewrite(copy, "shard", shards.filter(pl.col("shard_seq") > 1))
    with pytest.raises(LoadError, match=r"run\.shard_seq"):
        restore(Warehouse(tmp_path / "new.duckdb"), copy)


def test_a_run_that_comes_back_is_looked_at(copy: Path, forgetful: Warehouse) -> None:
    """The audits see it although its shard was there before."""
    runs = pl.read_parquet(copy / "run.parquet")
    _rewrite(copy, "run", runs.with_columns(pl.col("n_noise") + 1))
    with pytest.raises(LoadError, match="audit assignment_fits_run"):
        restore(forgetful, copy)


def test_images_that_are_not_those_of_their_key_are_refused(
    copy: Path, tmp_path: Path
) -> None:
    """The digests of samples must be those that their dataset is known by."""
    datasets = pl.read_parquet(copy / "dataset.parquet")
    other = datasets.with_columns(pl.col("sample_sha256").list.reverse())
    _rewrite(copy, "dataset", other)
    with pytest.raises(LoadError, match="audit content_fits_dataset"):
        restore(Warehouse(tmp_path / "new.duckdb"), copy)


def test_what_breaks_a_rule_leaves_nothing_behind(copy: Path, tmp_path: Path) -> None:
    """All tables go in one transaction, with the audits."""
    frame = pl.read_parquet(copy / "assignment.parquet")
    short = frame[:1].with_columns(pl.col("labels").list.head(9))
    _rewrite(copy, "assignment", pl.concat([frame[1:], short]))
    warehouse = Warehouse(tmp_path / "new.duckdb")
    with pytest.raises(LoadError, match="has a cluster for every sample"):
        restore(warehouse, copy)
    assert {name: rows for name, rows in table_rows(warehouse).items() if rows} == {}


def test_a_damaged_file_is_found_before_anything_is_read(
    copy: Path, tmp_path: Path
) -> None:
    """The sha256 of every file is checked, and no warehouse is made."""
    with (copy / "score.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(LoadError, match=r"score\.parquet: the sha256"):
        restore(Warehouse(tmp_path / "new.duckdb"), copy)
    assert not (tmp_path / "new.duckdb").exists()


def _forget_reason(manifest: dict[str, Any]) -> None:
    manifest["tables"]["run"]["columns"].remove("status")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda m: m.update(format=99), "format 99"),
        (lambda m: m.update(format=1), "before names had versions.*a new warehouse"),
        (lambda m: m.pop("tables"), "the manifest is damaged"),
        (lambda m: m["tables"]["run"]["columns"].append("mood"), "no column 'mood'"),
        (lambda m: m["tables"].update(runs=m["tables"]["run"]), "mean 'run'"),
        (_forget_reason, "older than the column 'status'"),
    ],
    ids=["format", "generation", "damaged", "newer-column", "newer-table", "older"],
)
def test_an_export_that_does_not_fit_is_refused(
    copy: Path, tmp_path: Path, change: Any, match: str
) -> None:
    """Of another format or schema: the error says which way to go."""
    _edit(copy, change)
    with pytest.raises(LoadError, match=match):
        restore(Warehouse(tmp_path / "new.duckdb"), copy)


def test_no_export_brings_the_history_of_a_file(copy: Path, tmp_path: Path) -> None:
    """With a migration from elsewhere the warehouse would be too new to be opened."""
    known = tables()["schema_migration"].columns
    (copy / "schema_migration.parquet").write_bytes(b"x")
    _edit(
        copy,
        lambda m: m["tables"].update(
            schema_migration={"columns": [*known], "rows": 1, "sha256": "x"}
        ),
    )
    warehouse = Warehouse(tmp_path / "new.duckdb")
    with pytest.raises(LoadError, match="history of another file"):
        restore(warehouse, copy)


@pytest.mark.parametrize("number", [2**31 - 1, -5])
def test_numbers_of_shards_leave_room(copy: Path, tmp_path: Path, number: int) -> None:
    """An import that would use the numbers up is refused, and loads go on."""
    shards = pl.read_parquet(copy / "shard.parquet")
    _rewrite(
        copy,
        "shard",
        shards.with_columns(
            shard_seq=pl.when(pl.col("shard_seq") == 1)
            .then(number)
            .otherwise(pl.col("shard_seq"))
            .cast(pl.Int32)
        ),
    )
    warehouse = Warehouse(tmp_path / "new.duckdb")
    with pytest.raises(LoadError, match=f"the number {number};"):
        restore(warehouse, copy)
    write_shard(warehouse.inbox, study("a"), "x")
    assert warehouse.load().shards == 1


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"format": 1e400, "tables": {}}',
        b'{"format": 2, "tables": {"run": {"columns": [], "rows": 1e400,'
        b' "sha256": ""}}}',
        b'{"format": 2, "tables": []}',
        b"\xff",
    ],
    ids=["nested", "format", "rows", "list", "bytes"],
)
def test_a_hostile_manifest_is_named(
    copy: Path, warehouse: Warehouse, content: bytes
) -> None:
    """It is damaged, whatever is in it."""
    (copy / "manifest.json").write_bytes(content)
    with pytest.raises(LoadError, match="the manifest is damaged") as caught:
        restore(warehouse, copy)
    assert caught.value.where == str(copy / "manifest.json")


def test_a_column_that_came_later_is_null(copy: Path, tmp_path: Path) -> None:
    """An export of an older schema comes in by name."""
    file = copy / "run.parquet"
    pl.read_parquet(file).drop("cpu_energy_j").write_parquet(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    def change(manifest: dict[str, Any]) -> None:
        manifest["tables"]["run"]["columns"].remove("cpu_energy_j")
        manifest["tables"]["run"]["sha256"] = digest

    _edit(copy, change)
    warehouse = _restored(copy, tmp_path / "new.duckdb")
    assert warehouse.read("select count(*), count(cpu_energy_j) from run").rows == [
        (pl.read_parquet(file).height, 0)
    ]


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    """It has no manifest."""
    with pytest.raises(LoadError, match="not an export of zscwh"):
        restore(Warehouse(tmp_path / "new.duckdb"), tmp_path)


def test_a_folder_with_something_in_it_is_refused(made: Path, tmp_path: Path) -> None:
    """Nothing of the user's is overwritten."""
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ConfigError, match="something here already"):
        export(Warehouse(made), tmp_path)


def test_an_empty_folder_is_filled(warehouse: Warehouse, tmp_path: Path) -> None:
    """It may be there already, as long as nothing lies in it."""
    (tmp_path / "backup").mkdir()
    export(warehouse, tmp_path / "backup")
    assert (tmp_path / "backup" / "manifest.json").is_file()


def test_an_export_that_fails_leaves_nothing(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all, and no temporary folder stays."""

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "dictionary", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SchemaError, match="No space left"):
        export(warehouse, tmp_path / "backup")
    assert sorted(tmp_path.iterdir()) == before


def test_a_killed_export_is_swept_by_the_next(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """What it left is gone; what the living and other commands write stays."""
    living = tmp_path / temporary_name(backup.UNFINISHED)
    living.mkdir()
    code = (
        "import os, sys; from pathlib import Path; from zsc_wh.exchange import backup;"
        "from zsc_wh.warehouse import Warehouse;"
        "backup._finish = lambda *_: os._exit(9);"
        "backup.export(Warehouse(sys.argv[1]), Path(sys.argv[2]))"
    )
    killed = [sys.executable, "-c", code, str(warehouse.path), str(tmp_path / "first")]
    assert subprocess.run(killed, check=False).returncode == 9
    left = {path for path in tmp_path.iterdir() if path.name.startswith(TEMPORARY)}
    assert len(left - {living}) == 1
    export(warehouse, tmp_path / "second")
    left = {path for path in tmp_path.iterdir() if path.name.startswith(TEMPORARY)}
    assert left == {living}


def test_the_manifest_tells_rows_and_checksums(exported: Path) -> None:
    """Each file of the export is in it, with what is really there."""
    entries = json.loads((exported / "manifest.json").read_text())["tables"]
    assert {f"{name}.parquet" for name in entries} == {
        file.name for file in exported.glob("*.parquet") if file.stem != "result"
    }
    assert {name: entry["rows"] for name, entry in entries.items()} == {
        name: pl.read_parquet(exported / f"{name}.parquet").height for name in entries
    }


def test_the_results_can_be_read_without_a_warehouse(
    made: Path, exported: Path
) -> None:
    """The view result is a file of the export, which an import does not need."""
    shown = pl.read_parquet(exported / "result.parquet")
    assert shown.height > 0
    assert shown.equals(Warehouse(made).sql("from result order by all"))


@pytest.mark.parametrize("name", [*tables(), *views()])
def test_the_dictionary_describes_every_table_and_view(
    exported: Path, name: str
) -> None:
    """All but the history of the file, which is not in the export."""
    text = (exported / "data_dictionary.md").read_text(encoding="utf-8")
    assert (f"\n### {name}\n" in text) == (name != "schema_migration")


def test_the_dictionary_is_made_of_the_comments(exported: Path) -> None:
    """A column has its type, whether it may be NULL, and its meaning."""
    text = (exported / "data_dictionary.md").read_text(encoding="utf-8")
    line = "| `n_noise` | INTEGER | yes | samples left as noise |"
    assert line in text.partition("### run\n")[2].partition("###")[0]


@pytest.mark.parametrize("name", ["result.parquet", "data_dictionary.md"])
def test_what_is_not_restored_is_checked_too(
    copy: Path, tmp_path: Path, name: str
) -> None:
    """Other programs read these files; one that is taken out is not missed."""
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(LoadError, match="sha256 of the file") as caught:
        _restored(copy, tmp_path / "new.duckdb")
    assert caught.value.where == str(copy / name)
    (copy / name).unlink()
    _restored(copy, tmp_path / "new.duckdb")
