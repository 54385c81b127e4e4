from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from zsc_wh.cli.doctor import doctor

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse


def _run(path: Path) -> Result:
    return CliRunner().invoke(doctor, ["-f", "csv"], obj=path)


def test_every_area_has_its_lines(warehouse: Warehouse) -> None:
    """The rows say what was seen; their states are counted beside them."""
    done = _run(warehouse.path)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["area"] for row in rows} >= {
        "python",
        "core",
        "extra ingest",
        "machine",
        "devices",
        "warehouse",
        "store",
        "disk",
        "data",
    }
    oks = sum(row["state"] == "ok" for row in rows)
    assert f"{oks} ok, " in done.stderr
    assert (done.exit_code == 1) == any(row["state"] == "problem" for row in rows)


def test_a_problem_is_exit_code_1(tmp_path: Path) -> None:
    """A script can ask."""
    path = tmp_path / "text.duckdb"
    path.write_text("no database")
    assert _run(path).exit_code == 1
