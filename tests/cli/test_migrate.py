from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from zsc_wh.cli.migrate import migrate
from zsc_wh.errors import SchemaError
from zsc_wh.warehouse import Warehouse

OLD = Path(__file__).parents[1] / "warehouse" / "old" / "schema_0000.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a warehouse file from before the first migration."""
    path = tmp_path / "old.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(OLD.read_text(encoding="utf-8"))
        connection.execute(
            "insert into schema_migration values (0, 'created', 'x', current_timestamp)"
        )
    return path


def _run(path: Path, *args: str) -> Result:
    return CliRunner().invoke(
        migrate, [*args, "-f", "csv"], obj=path, catch_exceptions=False
    )


def _states(done: Result) -> set[str]:
    return {row["state"] for row in csv.DictReader(io.StringIO(done.stdout))}


def test_listing_shows_what_is_pending_and_writes_nothing(old: Path) -> None:
    """Every known migration is a row; the file stays as it is, byte for byte."""
    before = hashlib.sha256(old.read_bytes()).digest()
    done = _run(old, "--list")
    assert _states(done) == {"pending"}
    assert "old.duckdb: 1 pending" in done.stderr
    assert hashlib.sha256(old.read_bytes()).digest() == before
    assert {path.name for path in old.parent.iterdir()} == {"old.duckdb"}


def test_it_applies_each_step_once(old: Path) -> None:
    """What is applied now is told apart from what was applied before."""
    first, second = _run(old), _run(old)
    assert (_states(first), _states(second)) == ({"applied now"}, {"applied"})
    assert "1 applied, 0 pending" in first.stderr
    assert "0 applied, 0 pending" in second.stderr
    assert Warehouse(old).run_sql("select count(*) from unreadable_sample").rows


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    """It makes none."""
    with pytest.raises(SchemaError, match="there is no such warehouse"):
        _run(tmp_path / "none.duckdb")
    assert not list(tmp_path.iterdir())
