from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner, Result

from zsc_wh.cli.migrate import migrate
from zsc_wh.errors import SchemaError
from zsc_wh.warehouse import Warehouse, schema

if TYPE_CHECKING:
    from tests.commands import Command

OLD = Path(__file__).parents[1] / "warehouse" / "old" / "schema_0000.sql"
STEP = """-- name: 0001_extra
-- doc: adds a table

create table extra (a integer);
"""


@pytest.fixture
def behind(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a warehouse file from before a made-up migration."""
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("delete from schema_migration where version > 0")
    folder = warehouse.path.parent / "migrations"
    folder.mkdir()
    (folder / "0001_extra.sql").write_text(STEP)
    known = schema.known_migrations(folder)
    monkeypatch.setattr(schema, "known_migrations", lambda _=None: known)
    return warehouse.path


def _run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(
        migrate, [*args, "-f", "csv"], obj=path, catch_exceptions=False
    )


def _rows(done: Result) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(done.stdout))
    return [(row["migration"], row["state"]) for row in rows]


def test_listing_shows_what_is_pending_and_writes_nothing(behind: Path) -> None:
    """Every known migration is a row; the file stays as it is, byte for byte."""
    before = hashlib.sha256(behind.read_bytes()).digest()
    files = {*behind.parent.iterdir()}
    done = _run(behind, "--list")
    assert _rows(done) == [("0001_extra", "pending")]
    assert "test.duckdb: 1 pending" in done.stderr
    assert hashlib.sha256(behind.read_bytes()).digest() == before
    assert {*behind.parent.iterdir()} == files


def test_it_applies_each_step_once(behind: Path) -> None:
    """What is applied now is told apart from what was applied before."""
    first, second = _run(behind), _run(behind)
    assert _rows(first) == [("0001_extra", "applied now")]
    assert _rows(second) == [("0001_extra", "applied")]
    assert "1 applied, 0 pending" in first.stderr
    assert "nothing to do" in second.stderr
    assert Warehouse(behind).run_sql("select count(*) from extra").rows == [(0,)]


@pytest.mark.parametrize("args", [(), ("--list",)], ids=["apply", "list"])
def test_a_fresh_file_needs_nothing(
    warehouse: Warehouse, args: tuple[str, ...]
) -> None:
    """It says so, and has no step that is not applied."""
    done = _run(warehouse.path, *args)
    assert {state for _, state in _rows(done)} <= {"applied"}
    assert "test.duckdb: nothing to do" in done.stderr


@pytest.mark.parametrize(
    "command",
    [("migrate",), ("status",), ("load",), ("query", "results"), ("init",)],
    ids=" ".join,
)
def test_an_old_warehouse_is_refused_on_one_line(
    zscwh: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Exit code 3, the option that names a new file, and no traceback."""
    path = tmp_path / "zscwh.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(OLD.read_text(encoding="utf-8"))
    (tmp_path / "zscwh.duckdb.inbox" / "x.shard").mkdir(parents=True)
    (tmp_path / "zscwh.duckdb.inbox" / "x.shard" / "manifest.json").write_text(
        '{"files": {}, "format": 2, "source": ""}'
    )
    done = zscwh(*command, code=3)
    (line,) = done.stderr.splitlines()
    assert "made before names had versions" in line
    assert "--warehouse" in line


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    """It makes none."""
    with pytest.raises(SchemaError, match="there is no such warehouse"):
        _run(tmp_path / "none.duckdb")
    assert not list(tmp_path.iterdir())
