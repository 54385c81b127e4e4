from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tests.exchange.conftest import exported, imported, made, runs_csv
from tests.exchange.runs import study_runs, write_csv
from zsc_wh.cli.exchange import export, import_
from zsc_wh.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    import click

__all__ = ["exported", "imported", "made", "runs_csv"]


def _run(command: click.Command, warehouse: Path, *args: Any) -> list[str]:
    """Run a command in this process; return what it says on standard error."""
    given = [str(arg) for arg in args]
    done = CliRunner().invoke(command, given, obj=warehouse, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_export_and_import_say_what_they_did(made: Path, tmp_path: Path) -> None:
    """How many rows went out, and by table what came in and what was there."""
    (line,) = _run(export, made, tmp_path / "backup")
    assert line.endswith("tables written")
    first = _run(import_, tmp_path / "copy.duckdb", tmp_path / "backup")
    again = _run(import_, tmp_path / "copy.duckdb", tmp_path / "backup")
    assert "encoder: 4 new rows, 0 there already" in first
    assert "encoder: 0 new rows, 4 there already" in again


def test_import_of_a_table_says_what_it_did(tmp_path: Path) -> None:
    """Bad lines, columns without a meaning, and new rows by table."""
    rows = [row | {"mood": "good"} for row in study_runs(3)]
    rows[1]["seed"] = None
    file = write_csv(rows, tmp_path / "few.csv")
    args = (file, "--mapping", "study", "--skip-bad", "--grid", "mine")
    lines = _run(import_, tmp_path / "new.duckdb", *args)
    assert lines[0] == "left out, line 3: the mapping gives no seed"
    assert lines[1] == "unmapped columns: 'mood'"
    assert lines[-1].startswith("grid mine: 2 runs of 2 cells; new rows: ")


def test_import_of_a_changed_table_says_what_is_kept(tmp_path: Path) -> None:
    """The declaration of before has a label by which it can be asked for."""
    path = tmp_path / "new.duckdb"
    file = write_csv(study_runs(1), tmp_path / "few.csv")
    _run(import_, path, file, "--mapping", "study")
    write_csv(study_runs(2), file)
    *_, line, _ = _run(import_, path, file, "--mapping", "study")
    assert line == "declared anew; what was meant before is kept as grid few@1"


def test_a_dry_run_says_so(tmp_path: Path, runs_csv: Path) -> None:
    """And leaves no warehouse."""
    path = tmp_path / "none.duckdb"
    *_, line = _run(import_, path, runs_csv, "--mapping", "study", "--dry-run")
    assert "would be new rows" in line
    assert not path.exists()


def test_a_table_needs_a_mapping(tmp_path: Path, runs_csv: Path) -> None:
    """The error names those that are shipped."""
    with pytest.raises(ConfigError, match="--mapping with one of study"):
        _run(import_, tmp_path / "new.duckdb", runs_csv)


def test_an_export_takes_no_mapping(tmp_path: Path, exported: Path) -> None:
    """Its columns mean what they are called."""
    shutil.copytree(exported, tmp_path / "backup")
    with pytest.raises(ConfigError, match="an export is imported as it is"):
        _run(import_, tmp_path / "n.duckdb", tmp_path / "backup", "--mapping", "study")
