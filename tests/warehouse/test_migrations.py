from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.warehouse.rows import finished
from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse import Warehouse, schema

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = "create table extra_{n} (a integer);\ninsert into extra_{n} values ({n});"


@pytest.fixture
def warehouse(tmp_path: Path, empty_warehouse_file: Path) -> Warehouse:
    """Return an empty warehouse that no migration was applied to."""
    path = tmp_path / "test.duckdb"
    shutil.copy(empty_warehouse_file, path)
    with duckdb.connect(path) as con:
        con.execute("delete from schema_migration where version > 0")
    return Warehouse(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two migrations."""
    path = tmp_path / "migrations"
    path.mkdir()
    for number in (1, 2):
        add(path, number)
    return path


def add(folder: Path, number: int, sql: str | None = None) -> Path:
    name = f"{number:04d}_extra"
    path = folder / f"{name}.sql"
    body = sql or GOOD.format(n=number)
    path.write_text(f"-- name: {name}\n-- doc: adds a table\n\n{body}\n")
    return path


def applied(warehouse: Warehouse, folder: Path) -> list[object]:
    """Return the versions on record, whatever this package knows of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "known_migrations", lambda _=None: read(folder))
        rows = warehouse.read("select version from schema_migration order by 1").rows
    return [version for (version,) in rows]


read = schema.known_migrations


def test_steps_are_applied_in_order_and_once(
    warehouse: Warehouse, folder: Path
) -> None:
    """Pending steps are listed, applied, recorded, and not applied again."""
    names = ("0001_extra", "0002_extra")
    assert warehouse.pending(folder) == names
    assert warehouse.migrate(folder) == names
    assert warehouse.pending(folder) == ()
    assert warehouse.migrate(folder) == ()
    assert applied(warehouse, folder) == [0, 1, 2]


def test_listing_writes_nothing(warehouse: Warehouse, folder: Path) -> None:
    """`pending` leaves every byte of the file alone, and makes no other."""
    before = hashlib.sha256(warehouse.path.read_bytes()).hexdigest()
    files = {*warehouse.path.parent.iterdir()}
    warehouse.pending(folder)
    assert hashlib.sha256(warehouse.path.read_bytes()).hexdigest() == before
    assert {*warehouse.path.parent.iterdir()} == files


def test_a_failed_step_is_undone_and_earlier_ones_stand(
    warehouse: Warehouse, folder: Path
) -> None:
    """A step is applied with its record or not at all; mending it is enough."""
    add(folder, 2, "create table extra_2 (a integer);\ninsert into nowhere values (1);")
    with pytest.raises(SchemaError, match="was undone") as caught:
        warehouse.migrate(folder)
    assert caught.value.where == str(folder / "0002_extra.sql")
    assert warehouse.pending(folder) == ("0002_extra",)
    add(folder, 2)
    assert warehouse.migrate(folder) == ("0002_extra",)
    assert applied(warehouse, folder) == [0, 1, 2]


def test_a_step_without_its_record_did_not_happen(
    warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the record cannot be written, the step is undone as well."""

    def fail(*_: object) -> None:
        raise duckdb.IOException

    with monkeypatch.context() as patch:
        patch.setattr(schema, "_record", fail)
        with pytest.raises(SchemaError, match="was undone"):
            warehouse.migrate(folder)
    # the step makes a table, and could not do so twice
    assert warehouse.migrate(folder) == ("0001_extra", "0002_extra")


def test_an_edited_step_is_refused(warehouse: Warehouse, folder: Path) -> None:
    """A migration that was applied must stay as it was."""
    warehouse.migrate(folder)
    add(folder, 1, "select 1;")
    with pytest.raises(SchemaError, match="was edited") as caught:
        warehouse.pending(folder)
    assert caught.value.where == str(folder / "0001_extra.sql")


def test_a_newer_file_is_refused(warehouse: Warehouse, folder: Path) -> None:
    """A file that a newer version brought up is neither read nor written."""
    for number in range(3, len(schema.known_migrations()) + 2):
        add(folder, number)
    warehouse.migrate(folder)
    with pytest.raises(SchemaError, match="newer than this version") as caught:
        warehouse.run_sql("select 1")
    assert "--upgrade" in caught.value.hint
    write_shard(warehouse.inbox, finished("a"), "x")
    with pytest.raises(SchemaError, match="newer than this version"):
        warehouse.load()
    assert len(list_shards(warehouse.inbox)) == 1


def test_an_older_file_is_not_read(
    warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that lacks a migration is refused with the command that mends it."""
    monkeypatch.setattr(schema, "known_migrations", lambda _=None: read(folder))
    with pytest.raises(SchemaError, match="lacks 2 migrations") as caught:
        warehouse.read("select 1")
    assert "zscwh migrate" in caught.value.hint
    warehouse.create()
    assert warehouse.read("select a from extra_2").rows == [(2,)]


def test_a_fresh_file_is_stamped_with_all_steps(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `schema/tables` makes needs no migration."""
    monkeypatch.setattr(schema, "known_migrations", lambda _=None: read(folder))
    warehouse = Warehouse(tmp_path / "fresh.duckdb")
    warehouse.create()
    assert warehouse.pending() == ()
    rows = warehouse.read("select version, name from schema_migration order by 1").rows
    assert rows == [(0, schema.GENERATION), (1, "0001_extra"), (2, "0002_extra")]


@pytest.mark.parametrize("sql", ["commit;", "begin;\nselect 1;", "select 1; rollback;"])
def test_a_step_cannot_end_its_transaction(
    warehouse: Warehouse, folder: Path, sql: str
) -> None:
    """A migration that would break out of its transaction is not run at all."""
    add(folder, 1, sql)
    with pytest.raises(SchemaError, match="must not begin or end a transaction"):
        warehouse.migrate(folder)
    assert warehouse.pending(folder) == ("0001_extra", "0002_extra")


def test_numbers_have_no_gap(warehouse: Warehouse, folder: Path) -> None:
    """A missing number is a mistake of ours, named with the file."""
    add(folder, 4)
    with pytest.raises(SchemaError, match="0003_") as caught:
        warehouse.pending(folder)
    assert caught.value.where == str(folder / "0004_extra.sql")


def test_a_step_has_a_header(warehouse: Warehouse, folder: Path) -> None:
    """A migration says what it does."""
    (folder / "0003_more.sql").write_text("select 1;")
    with pytest.raises(ConfigError, match="-- name:"):
        warehouse.pending(folder)


def test_shipped_migrations_are_sound() -> None:
    """The shipped folder can be read, also when it is empty."""
    steps = schema.known_migrations()
    assert [step.version for step in steps] == list(range(1, len(steps) + 1))


@pytest.mark.parametrize("folder_exists", [True, False])
def test_there_may_be_no_migrations(tmp_path: Path, folder_exists: bool) -> None:
    """An empty folder, or none, is a schema that never changed."""
    folder = tmp_path / "migrations"
    if folder_exists:
        folder.mkdir()
    assert schema.known_migrations(folder) == []


FIRST = Path(__file__).parent / "old" / "content_0000.sql"


def described(path: Path) -> list[list[tuple[object, ...]]]:
    """Return columns, comments and constraints of all tables of a file."""
    with duckdb.connect(path, read_only=True) as con:
        return [
            con.execute(sql).fetchall()
            for sql in (
                "select table_name, column_name, data_type, is_nullable, comment"
                " from duckdb_columns() where not internal"
                " order by table_name, column_index",
                "select table_name, comment from duckdb_tables() order by all",
                "select table_name, constraint_type, constraint_text"
                " from duckdb_constraints() order by all",
            )
        ]


def test_the_shipped_steps_lead_to_the_tables_there_are(
    tmp_path: Path, empty_warehouse_file: Path
) -> None:
    """From the first file of this generation, and its rows are still there."""
    path = tmp_path / "first.duckdb"
    shutil.copy(empty_warehouse_file, path)
    with duckdb.connect(path) as con:
        con.execute("delete from schema_migration where version > 0")
        first = FIRST.read_text(encoding="utf-8")
        steps = "\n".join(step.statement.sql for step in schema.known_migrations())
        for table in {*re.findall(r"^create table (\w+)", f"{first}\n{steps}", re.M)}:
            con.execute(f"drop table {table}")
        con.execute(first)
        con.execute(
            "insert into task (task_id, ingest_id, stage, subject, subject_key, status,"
            " threads, host, started_at)"
            " values ('t', 'i', 'embed', 'e / d', 'k', 'done', 1, 'here', now())"
        )
    warehouse = Warehouse(path)
    assert len(warehouse.migrate()) == len(schema.known_migrations())
    assert described(path) == described(empty_warehouse_file)
    asked = "select stage, subject, wall_s from task"
    assert warehouse.read(asked).rows == [("embed", "e / d", None)]
    assert warehouse.audit() == []


OLD = Path(__file__).parent / "old" / "schema_0000.sql"
CALLS: dict[str, Callable[[Warehouse], object]] = {
    "create": Warehouse.create,
    "pending": Warehouse.pending,
    "migrate": Warehouse.migrate,
    "audit": Warehouse.audit,
    "load": Warehouse.load,
    "read": lambda warehouse: warehouse.read("from run"),
    "run_query": lambda warehouse: warehouse.run_query("results"),
    "run_sql": lambda warehouse: warehouse.run_sql("from run"),
    "write": lambda warehouse: warehouse.write(lambda con: con.execute("from run")),
    "dump": lambda warehouse: warehouse.dump(warehouse.path.parent),
    "restore": lambda warehouse: warehouse.restore({}),
}


@pytest.fixture(params=["made by the first version", "brought up since"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """Return a warehouse of the first generation, before or after its migration."""
    warehouse = Warehouse(tmp_path / "old.duckdb", wait_s=0)
    with duckdb.connect(warehouse.path) as con:
        con.execute(OLD.read_text(encoding="utf-8"))
        if request.param == "brought up since":
            con.execute(
                "insert into schema_migration values (1, '0001_breadth', 'y', now())"
            )
    return warehouse


@pytest.mark.parametrize("call", CALLS)
def test_a_file_of_the_first_generation_is_refused_and_left_alone(
    old: Warehouse, call: str
) -> None:
    """Its names mean one thing for ever, its images are not known: it cannot go on."""
    write_shard(old.inbox, finished("a"), "x")
    before = hashlib.sha256(old.path.read_bytes()).hexdigest()
    with pytest.raises(SchemaError, match="before names had versions") as caught:
        CALLS[call](old)
    assert caught.value.where == str(old.path)
    assert "cannot be brought over" in caught.value.what
    assert "--warehouse" in caught.value.hint
    assert hashlib.sha256(old.path.read_bytes()).hexdigest() == before
    assert len(list_shards(old.inbox)) == 1


def test_shards_of_the_first_generation_stay_where_they_are(old: Warehouse) -> None:
    """A load that is refused sets nothing aside, not even what cannot be read."""
    (old.inbox / "x.shard").mkdir(parents=True)
    with pytest.raises(SchemaError, match="before names had versions"):
        old.load()
    assert list(old.inbox.iterdir()) == [old.inbox / "x.shard"]


@pytest.mark.parametrize("call", CALLS)
def test_a_file_of_an_unknown_generation_is_refused(
    warehouse: Warehouse, call: str
) -> None:
    """What a later version makes anew is not taken for what this one makes."""
    with duckdb.connect(warehouse.path) as con:
        con.execute("update schema_migration set name = 'next' where version = 0")
    write_shard(warehouse.inbox, finished("a"), "x")
    before = hashlib.sha256(warehouse.path.read_bytes()).hexdigest()
    with pytest.raises(SchemaError, match="generation 'next'") as caught:
        CALLS[call](warehouse)
    assert caught.value.where == str(warehouse.path)
    assert "--upgrade" in caught.value.hint
    assert hashlib.sha256(warehouse.path.read_bytes()).hexdigest() == before
