from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.rows import finished
from zsc_wh.errors import ConfigError, SchemaError
from zsc_wh.shards import list_shards, write_shard
from zsc_wh.warehouse import Warehouse, schema

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
    warehouse.migrate(folder)
    with pytest.raises(SchemaError, match="newer than this version") as caught:
        warehouse.run_sql("select 1")
    assert "--upgrade" in caught.value.mend
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
    assert "zscwh migrate" in caught.value.mend
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
    assert rows == [(0, "created"), (1, "0001_extra"), (2, "0002_extra")]


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


OLD_SCHEMAS = sorted((Path(__file__).parent / "old").glob("schema_*.sql"))
DESCRIBED = """
    select
        table_name, column_name, column_index, data_type, is_nullable, column_default,
        comment
    from duckdb_columns() where not internal and table_name not in (
        select view_name from duckdb_views() where not internal
    )
    order by all
"""
CONSTRAINTS = """
    select table_name, constraint_type, constraint_text
    from duckdb_constraints() order by all
"""
COMMENTS = "select table_name, comment from duckdb_tables() order by all"


def _of_version(path: Path, schema_file: Path) -> Warehouse:
    """Make a warehouse as the version that left `schema_file` made it."""
    version = int(schema_file.stem.removeprefix("schema_"))
    with duckdb.connect(path) as con:
        con.execute(schema_file.read_text(encoding="utf-8"))
        con.execute(
            "insert into schema_migration values (0, 'created', '', now())",
        )
        for step in schema.known_migrations()[:version]:
            con.execute(
                "insert into schema_migration values (?, ?, ?, now())",
                [step.version, step.statement.name, step.sha256],
            )
    return Warehouse(path)


@pytest.mark.parametrize("schema_file", OLD_SCHEMAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("asked", [DESCRIBED, CONSTRAINTS, COMMENTS])
def test_an_old_file_becomes_what_a_new_one_is(
    tmp_path: Path, empty_warehouse_file: Path, schema_file: Path, asked: str
) -> None:
    """Columns, constraints and comments are the same, however the file came to be."""
    old = _of_version(tmp_path / "old.duckdb", schema_file)
    assert old.migrate()
    assert old.read(asked).rows == Warehouse(empty_warehouse_file).read(asked).rows


def test_the_rows_of_an_old_file_stay(tmp_path: Path) -> None:
    """A clusterer gets its own name as its slot, a task keeps all that it had."""
    path = tmp_path / "old.duckdb"
    old = _of_version(path, OLD_SCHEMAS[0])
    with duckdb.connect(path) as con:
        con.execute(
            "insert into clusterer values ('k', 'mine', 'kmeans', '{}', 'labels',"
            " null, true, 'none', false, [])"
        )
        con.execute(
            "insert into task values ('t', 'i', 'score', 's', 'k', 'done', null, 'n',"
            " 1.5, 7, 1, 'h', now())"
        )
    old.create()
    assert old.read("select name, slot from clusterer").rows == [("mine", "mine")]
    rows = old.read("select stage, notes, wall_s, cpu_energy_j from task").rows
    assert rows == [("score", "n", 1.5, None)]
