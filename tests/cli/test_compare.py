from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.compare import compare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def filled(
    tmp_path: Path, empty_warehouse_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a warehouse with three seeds of one cell, and two grids."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["x", "y"])
    made.reducer("none")
    made.clusterer("kmeans")
    for seed, ami in enumerate((0.4, 0.5, 0.9)):
        cell = made.cell("e", "d", "none", "kmeans", seed=seed)
        made.run(cell, {"ami": ami, "nmi": ami / 2})
    made.grid("all", made.rows["cell"])
    made.grid("one", list(made.rows["cell"])[:1], day=1)
    monkeypatch.chdir(tmp_path)
    return stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path


def _run(warehouse: Path, *args: str) -> Result:
    return CliRunner().invoke(
        compare, [*args, "-f", "csv"], obj=warehouse, catch_exceptions=False
    )


def _row(done: Result) -> dict[str, str]:
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    return row


@pytest.mark.parametrize(
    ("a", "b", "means"),
    [
        ("made.duckdb", "grid:one", (0.6, 0.4)),
        ("grid:one", "grid:all", (0.4, 0.6)),
        ("seed:0", "seed:2", (0.4, 0.9)),
        ("./made.duckdb", "seed:1", (0.6, 0.5)),
    ],
)
def test_a_side_is_a_file_a_grid_or_a_seed(
    filled: Path, a: str, b: str, means: tuple[float, float]
) -> None:
    """A file is read itself; grids and seeds are those of the warehouse."""
    row = _row(_run(filled, a, b))
    assert (float(row["a"]), float(row["b"])) == pytest.approx(means)
    assert row["clusterer"] == "kmeans"


def test_any_score_can_be_compared(filled: Path) -> None:
    """It is named as in the catalog."""
    row = _row(_run(filled, "seed:0", "seed:2", "--metric", "nmi"))
    assert float(row["difference"]) == pytest.approx(0.25)


def test_the_counts_come_beside(filled: Path) -> None:
    """Verdicts are counted on standard error."""
    done = _run(filled, "grid:all", "grid:one")
    assert _row(done)["within_noise"] == "true"
    assert "1 cells compared: 1 within seed noise, 0 beyond" in done.stderr


def test_what_no_seed_can_tell_is_empty(filled: Path) -> None:
    """No verdict is not a verdict."""
    done = _run(filled, "seed:0", "seed:2")
    assert _row(done)["within_noise"] == ""
    assert "1 without seeds to tell it" in done.stderr


def test_a_seed_is_a_number(filled: Path) -> None:
    """Another text is a mistake of the call."""
    done = _run(filled, "seed:x", "seed:1")
    assert done.exit_code == 2
    assert "'x' is no seed" in done.stderr
