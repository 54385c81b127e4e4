"""``status`` and ``forget`` where names have versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import zsc_wh
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.keep import forget, status

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def relabelled(tmp_path: Path, empty_warehouse_file: Path) -> Path:
    """Return a warehouse with one run that two versions of a dataset share."""
    made = Made()
    made.encoder("e")
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["x", "x", "y"], content="same")
    cell = made.cell("e", "d", "none", "kmeans")
    run = made.run(cell, {"ami": 0.4, "nmi": 0.3, "silhouette": 0.2})
    made.grid("mine", [cell])
    made.dataset("d", ["x", "y", "y"], content="same", day=1)
    made.grid("mine", [made.cell("e", "d", "none", "kmeans")], day=1)
    made.level_score(run, "class", 0.5)
    made.task("embed", "f" * 64, None, status="blocked", subject="e / d")
    made.task("probe", "f" * 64, None, status="blocked", subject="e / d / knn (class)")
    made.task("probe", "f" * 64, None, status="failed", subject="e / d / lin (class)")
    return stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path


def _forget(warehouse: Path, *args: str, answer: str = "") -> str:
    done = CliRunner().invoke(
        forget, [*args], obj=warehouse, input=answer, catch_exceptions=False
    )
    return done.stderr


def _counts(warehouse: Path) -> tuple[int, int]:
    """Return the number of runs and of scores."""
    sql = "select (select count(*) from run), (select count(*) from score)"
    ((runs, scores),) = zsc_wh.open(warehouse).read(sql).rows
    return runs, scores


def test_blocked_and_failed_are_told_apart(relabelled: Path) -> None:
    """What is tried again by itself is not said to have failed."""
    done = CliRunner().invoke(status, [], obj=relabelled, catch_exceptions=False)
    said = done.stderr.splitlines()
    assert [line for line in said if line.startswith(("blocked", "probe"))] == [
        "probe e / d / lin (class): failed: it was failed",
        "blocked: embed e / d: it was blocked",
        "blocked: probe e / d / knn (class): it was blocked",
    ]


def test_a_dry_run_says_what_a_version_would_lose(relabelled: Path) -> None:
    """Nothing is removed, and nothing is asked."""
    before = _counts(relabelled)
    said = _forget(relabelled, "--dataset", "d@1", "--dry-run")
    assert "1 cells have runs that match" in said
    assert "1 of them go by other names too and keep their runs; 2 scores" in said
    assert "Forget" not in said
    assert _counts(relabelled) == before == (1, 4)


@pytest.mark.parametrize(("answer", "scores"), [("n\n", 4), ("y\n", 2)])
def test_it_asks_before_scores_go(relabelled: Path, answer: str, scores: int) -> None:
    """A run that is kept is a reason to ask as well."""
    said = _forget(relabelled, "--dataset", "d@1", answer=answer)
    assert "Forget them?" in said
    assert _counts(relabelled) == (1, scores)
    assert ("0 runs of 0 cells and 2 other scores forgotten" in said) == (scores == 2)


def test_a_version_is_forgotten_once(relabelled: Path) -> None:
    """The second time nothing matches, and nothing is asked."""
    _forget(relabelled, "--dataset", "d@1", "--yes")
    said = _forget(relabelled, "--dataset", "d@1")
    assert said == "0 cells have runs that match\n"


def test_what_else_matches_is_told(relabelled: Path) -> None:
    """Cells that only an earlier declaration wants are counted, and stay."""
    warehouse = zsc_wh.open(relabelled)
    newest = "select grid_key from grid_version where is_newest"
    warehouse.write(
        lambda con: con.execute(f"delete from grid_cell where grid_key in ({newest})")
    )
    said = _forget(relabelled, "--status", "done")
    assert "1 more match that only earlier declarations want" in said
    assert _counts(relabelled) == (1, 4)
    assert "1 runs of 1 cells" in _forget(relabelled, "--grid", "mine@1", "--yes")
    assert _counts(relabelled) == (0, 0)
