from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING

import duckdb
import pytest

from zsc_wh import open as open_warehouse
from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.sqlfiles import macros, tables, views
from zsc_wh.warehouse import Warehouse, comments, schema
from zsc_wh.warehouse.audits import every_audit
from zsc_wh.warehouse.comments import made_columns

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "varchar": "VARCHAR",
    "json": "JSON",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "varchar[]": "VARCHAR[]",
    "integer[]": "INTEGER[]",
    "float[]": "FLOAT[]",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", sorted(tables()))
def test_a_table_is_what_its_file_says(warehouse: Warehouse, name: str) -> None:
    """DuckDB's columns, types, NOT NULL and key are those read from the file."""
    table = tables()[name]
    described = warehouse.read(f"describe {name}").rows
    assert [row[0] for row in described] == list(table.columns)
    assert [row[1] for row in described] == [TYPES[k] for k in table.columns.values()]
    assert {row[0] for row in described if row[2] == "NO"} == table.required
    assert [row[0] for row in described if row[3] == "PRI"] == [
        column for column in table.columns if column in table.key
    ]


@pytest.mark.parametrize("name", sorted(tables()))
def test_a_table_and_its_columns_are_commented(warehouse: Warehouse, name: str) -> None:
    """The comment of a table is the sentence of its file; every column has one."""
    doc = tables()[name].doc
    found = warehouse.read(
        "select comment from duckdb_tables() where table_name = $name", {"name": name}
    )
    assert found.rows == [(f"{doc[0].upper()}{doc[1:]}.",)]
    bare = warehouse.read(
        "select column_name from duckdb_columns()"
        " where table_name = $name and coalesce(comment, '') = ''",
        {"name": name},
    )
    assert bare.rows == []


def test_there_is_nothing_but_what_the_files_say(warehouse: Warehouse) -> None:
    """The file holds the declared tables and views alone, and no index."""
    shown = warehouse.read("show tables").rows
    assert sorted(name for (name,) in shown) == sorted({*tables(), *views()})
    assert warehouse.read("select * from duckdb_indexes()").rows == []


@pytest.mark.parametrize("name", sorted(views()))
def test_a_view_runs_and_is_commented(warehouse: Warehouse, name: str) -> None:
    """Every view runs on an empty file and says what a row is."""
    assert warehouse.read(f"from {name}").rows == []
    comments = warehouse.read(
        "select comment from duckdb_views() where view_name = $name", {"name": name}
    )
    ((comment,),) = comments.rows
    assert comment.lower().startswith(views()[name].doc.lower())


@pytest.mark.parametrize("name", sorted(macros()))
def test_a_macro_is_made_for_the_connection_alone(
    warehouse: Warehouse, name: str
) -> None:
    """A reader has it, its header names what it uses, and the file holds none."""
    macro = macros()[name]
    assert f"create or replace temp macro {name}(" in macro.sql
    read = {*re.findall(r"\b(?:from|join)\s+([a-z_]+)", macro.sql)}
    used = read & {*tables(), *views()}
    used |= {*re.findall(r"\b([a-z_]+)\(", macro.sql)} & {*macros()} - {name}
    assert (used or {"none"}) == {*macro.reads}
    made = "select distinct function_name from duckdb_functions() where not internal"
    assert (name,) in warehouse.read(made).rows
    with duckdb.connect(warehouse.path, read_only=True) as con:
        assert con.execute(made).fetchall() == []


def test_a_macro_in_a_file_does_not_stand_in_for_ours(warehouse: Warehouse) -> None:
    """A reader calls what this package says, whatever somebody put into the file."""
    with duckdb.connect(warehouse.path) as con:
        con.execute("create macro average_rank(a, b) as 'theirs'")
        con.execute("create macro is_any_of(a, b) as 'theirs'")
    ranks = """
    select average_rank(1, x), is_any_of(x, ['a']) from (values ('a'), ('a')) as t (x)
    """
    assert warehouse.read(ranks).rows == [(1.5, True), (1.5, True)]


@pytest.mark.parametrize("name", sorted({**views(), **every_audit()}))
def test_reads_names_what_is_read(name: str) -> None:
    """The header of a view or an audit names the tables and views in its text."""
    file = {**views(), **every_audit()}[name]
    found = re.findall(r"\b(?:from|join)\s+([a-z_]+)", file.sql)
    assert {*found} & {*tables(), *views()} == {*file.reads}


def test_creating_again_changes_nothing(warehouse: Warehouse) -> None:
    """`create` on a warehouse that is up to date leaves its rows alone."""
    before = warehouse.read("select * from schema_migration").rows
    assert [row[0] for row in before] == list(range(len(before)))
    warehouse.create()
    assert warehouse.read("select * from schema_migration").rows == before


def test_the_file_appears_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A creation that fails leaves no warehouse, and the next one is not disturbed."""
    warehouse = Warehouse(tmp_path / "a.duckdb")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("zsc_wh.warehouse.schema._record", fail)
        with pytest.raises(KeyboardInterrupt):
            warehouse.create()
    assert not warehouse.path.exists()
    warehouse.create()
    assert warehouse.read("from run").rows == []
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"a.duckdb", "a.duckdb.lock"}


def text_file(path: Path) -> None:
    path.write_text("not a database\n" * 1000)


def empty_file(path: Path) -> None:
    path.write_bytes(b"")


def sqlite_file(path: Path) -> None:
    con = sqlite3.connect(path)
    con.execute("create table run (a)")
    con.commit()
    con.close()


def other_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table run (a integer)")


def other_migrations(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table schema_migration (version varchar)")


FOREIGN = [text_file, empty_file, sqlite_file, other_duckdb, other_migrations]


@pytest.mark.parametrize("make", FOREIGN)
@pytest.mark.parametrize("call", ["create", "load", "pending", "audit", "migrate"])
def test_a_foreign_file_is_refused_and_left_alone(
    tmp_path: Path, make: object, call: str
) -> None:
    """A file that is not a warehouse is named, and not a byte of it changes."""
    path = tmp_path / "foreign.duckdb"
    assert callable(make)
    make(path)
    before = sha256(path)
    inbox = tmp_path / "foreign.duckdb.inbox"
    (inbox / "x.shard").mkdir(parents=True)
    (inbox / "x.shard" / "manifest.json").write_text(
        '{"files": {}, "format": 2, "source": ""}'
    )
    with pytest.raises(SchemaError) as caught:
        getattr(Warehouse(path, wait_s=0), call)()
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert sha256(path) == before
    assert (inbox / "x.shard").exists()


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    """Reading where there is nothing says what to do, and makes nothing."""
    warehouse = Warehouse(tmp_path / "a.duckdb")
    with pytest.raises(SchemaError, match="no warehouse here") as caught:
        warehouse.run_sql("select 1")
    assert "zscwh init" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A warehouse is not made in a folder that does not exist."""
    with pytest.raises(SchemaError, match="folder exists") as caught:
        Warehouse(tmp_path / "nowhere" / "a.duckdb").create()
    assert caught.value.where == str(tmp_path / "nowhere" / "a.duckdb.lock")


def test_a_log_without_its_file_stops_a_new_warehouse(tmp_path: Path) -> None:
    """The last writes of a lost file are not mixed into a new one."""
    log = tmp_path / "a.duckdb.wal"
    log.write_bytes(b"something")
    with pytest.raises(SchemaError, match="without its file") as caught:
        Warehouse(tmp_path / "a.duckdb").create()
    assert caught.value.where == str(log)
    assert not (tmp_path / "a.duckdb").exists()


HOSTILE = "a'; drop table run; -- [x]*{1,2} \u00e9"


def test_a_hostile_path_is_only_a_path(tmp_path: Path) -> None:
    """Quotes and wildcards in a path mean themselves."""
    folder = tmp_path / HOSTILE
    folder.mkdir()
    warehouse = Warehouse(folder / f"{HOSTILE}.duckdb")
    warehouse.create()
    assert warehouse.run_sql("select count(*) from run").rows == [(0,)]


@pytest.mark.parametrize("name", ["a?b.duckdb", "a\\b.duckdb"])
def test_a_path_that_duckdb_misreads_is_refused(tmp_path: Path, name: str) -> None:
    """DuckDB would look for options after a question mark, and split at a backslash."""
    with pytest.raises(ConfigError, match="cannot hold") as caught:
        Warehouse(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_a_path_is_never_a_remote_or_memory_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path that looks like a DuckDB address is a file."""
    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "md:a"):
        Warehouse(name).create()
    assert {":memory:", "md:a"} <= {path.name for path in tmp_path.iterdir()}


def test_the_file_is_written_in_the_oldest_storage(warehouse: Warehouse) -> None:
    """The file can be opened by the oldest DuckDB that is supported."""
    rows = warehouse.read("select tags from duckdb_databases() where not internal").rows
    assert "v1.5.0" in str(rows)


def stale(warehouse: Warehouse) -> None:
    """Leave the file with the view of another version of the package."""
    with duckdb.connect(str(warehouse.path)) as con:
        con.execute("create or replace view result as select 1 as old")


def test_a_reader_uses_the_views_of_its_own_version(warehouse: Warehouse) -> None:
    """A view that another version made is not used, and not changed by reading."""
    columns = warehouse.read("from result").columns
    stale(warehouse)
    before = sha256(warehouse.path)
    assert warehouse.read("from result").columns == columns
    assert warehouse.run_sql("from result").columns == columns
    assert sha256(warehouse.path) == before


@pytest.mark.parametrize("name", ["a.duckdb", "zscwh.duckdb"])
def test_a_stale_view_is_described_as_it_is_read(
    warehouse: Warehouse, tmp_path: Path, name: str
) -> None:
    """By the view in front of it, with comments, whatever the file is called."""
    expected = open_warehouse(warehouse.path).describe("result")
    stale(warehouse)
    opened = open_warehouse(warehouse.path.rename(tmp_path / name))
    assert opened.describe("result").equals(expected)
    listed = opened.tables().filter(name="result")["doc"].to_list()
    assert len(listed) == 1
    assert listed[0].startswith("One row per")
    (tmp_path / "out").mkdir()
    described = {one.name: one for one in opened.dump(tmp_path / "out").described}
    columns = [(name, comment) for name, _, _, comment in described["result"].columns]
    assert columns == expected.select("column", "doc").rows()


def test_a_writer_renews_the_views(warehouse: Warehouse) -> None:
    """`create` puts the views of this version into the file."""
    columns = warehouse.read("from result").columns
    stale(warehouse)
    warehouse.create()
    with duckdb.connect(str(warehouse.path), read_only=True) as con:
        described = con.execute("describe result").fetchall()
    assert tuple(row[0] for row in described) == columns


def test_a_copy_is_a_warehouse(warehouse: Warehouse, tmp_path: Path) -> None:
    """The single file is all that an analyst needs."""
    copy = tmp_path / "copy.duckdb"
    shutil.copy(warehouse.path, copy)
    copy.chmod(0o444)
    assert Warehouse(copy).run_sql("select count(*) from result").rows == [(0,)]


def test_every_column_of_a_view_is_commented(warehouse: Warehouse) -> None:
    """By what is written once, or as the table says that it comes from."""
    rows = warehouse.read(
        "select table_name, column_name, coalesce(comment, '') from duckdb_columns() "
        "where not internal"
    ).rows
    found = {(table, column): comment for table, column, comment in rows}
    assert [place for place, comment in found.items() if not comment] == []
    assert found["result", "ami"] == made_columns()["ami"]
    assert found["result", "seed"] == found["cell", "seed"]
    assert found["knn_accuracy", "k"] == made_columns()["knn_accuracy.k"]


def test_what_is_written_of_columns_is_used(warehouse: Warehouse) -> None:
    """A column that no view makes any more has no line."""
    rows = warehouse.read("select table_name, column_name from duckdb_columns()").rows
    made = {(table, column) for table, column in rows if table in views()}
    for name in made_columns():
        view, _, column = name.rpartition(".")
        assert any(
            own == column and (not view or view == table) for table, own in made
        ), name


def test_a_changed_comment_renews_the_views(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer brings the file up to what this version says."""
    said = {**made_columns(), "ami": "another meaning"}
    monkeypatch.setattr(schema, "made_columns", lambda: said)
    monkeypatch.setattr(comments, "made_columns", lambda: said)
    warehouse.migrate()
    rows = warehouse.read(
        "select distinct comment from duckdb_columns() where column_name = 'ami'"
    ).rows
    assert rows == [("another meaning",)]
