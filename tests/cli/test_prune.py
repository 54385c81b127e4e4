from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from zsc_wh.cli.prune import prune

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse


@pytest.fixture
def orphan(warehouse: Warehouse) -> Path:
    """Put an array without a note into the store; nothing needs it."""
    path = warehouse.store_path / "ab" / "abc.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 2**20)
    return path


def _run(warehouse: Warehouse, *args: str, answer: str = "") -> Result:
    return CliRunner().invoke(
        prune, [*args, "-f", "csv"], obj=warehouse.path, input=answer
    )


def _row(done: Result, kind: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(done.stdout))
    return next(row for row in rows if row["kind"] == kind)


def test_dry_run_says_what_would_go(warehouse: Warehouse, orphan: Path) -> None:
    """Files and bytes by kind, and nothing is removed."""
    done = _run(warehouse, "--dry-run")
    row = _row(done, "leftovers")
    assert (row["files"], row["bytes"]) == ("1", str(2**20))
    assert "1 MiB and 0 rows would be freed" in done.stderr
    assert orphan.exists()


def test_yes_frees_and_says_so(warehouse: Warehouse, orphan: Path) -> None:
    """The rows are what was removed."""
    done = _run(warehouse, "--yes")
    assert _row(done, "leftovers")["files"] == "1"
    assert "1 MiB and 0 rows freed" in done.stderr
    assert not orphan.exists()


@pytest.mark.parametrize(("answer", "stays"), [("n\n", True), ("y\n", False)])
def test_it_asks_first(
    warehouse: Warehouse, orphan: Path, answer: str, stays: bool
) -> None:
    """Without an answer in favour nothing is freed, and the question is no data."""
    done = _run(warehouse, answer=answer)
    assert "Free 1 MiB and 0 rows?" in done.stderr
    assert "Free" not in done.stdout
    assert orphan.exists() == stays


def test_with_nothing_to_free_it_does_not_ask(warehouse: Warehouse) -> None:
    """The table of nothing has its rows."""
    done = _run(warehouse)
    assert _row(done, "unused arrays")["files"] == "0"
    assert "?" not in done.stderr


def test_complete_is_a_kind_of_its_own(warehouse: Warehouse) -> None:
    """It is looked at when it is asked for."""
    kinds = csv.DictReader(io.StringIO(_run(warehouse, "--complete").stdout))
    assert "complete arrays" in {row["kind"] for row in kinds}
