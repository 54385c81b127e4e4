"""The command ``recommend``: what it prints, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.queries.test_recommendations import RECIPES, made_sets
from zsc_wh.cli import cli
from zsc_wh.errors import ZscError
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a warehouse with four labelled datasets, one bare, and one not run."""
    made = made_sets()
    made.dataset("idle", n=40)
    made.grid("late", [made.cell("good", "idle", "none", "ward")])
    warehouse = Warehouse(tmp_path_factory.mktemp("recommend") / "made.duckdb")
    warehouse.create()
    warehouse.write(made.fill)
    return warehouse.path


def run(path: Path, *args: str) -> Result:
    """Return what the command does."""
    args = ("--warehouse", str(path), "recommend", *args)
    return CliRunner().invoke(cli, args)


def test_a_table_with_what_it_rests_on(path: Path) -> None:
    """The verdict of the dataset goes to standard error; rows are data."""
    done = run(path, "bare", "--limit", "2")
    assert done.exit_code == 0, done.output
    head, _, *rows = done.stdout.splitlines()
    assert head.split()[:5] == ["rank", "encoder", "reducer", "clusterer", "verdict"]
    assert [tuple(row.split()[1:3]) for row in rows] == RECIPES[:2]
    assert done.stderr.startswith("bare: trust; 4 recipes ranked\n  on the 3 of 4")


def test_json_has_all_columns(path: Path) -> None:
    """Also what the table leaves out."""
    rows = json.loads(run(path, "a", "-f", "json").stdout)
    assert len(rows) == len(RECIPES)
    assert rows[0]["dataset_verdict"] == "trust"
    assert rows[0]["ami"] == pytest.approx(0.915)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["bar"], "no dataset 'bar'; did you mean 'bare'"),
        (["idle"], "the dataset 'idle' has no clustering to rank"),
        (["bare", "--grid", "late"], "has no clustering in the grid 'late' to rank"),
    ],
)
def test_what_cannot_be_ranked(path: Path, args: list[str], message: str) -> None:
    """Says why, and how to mend it."""
    done = run(path, *args)
    assert isinstance(done.exception, ZscError)
    assert message in str(done.exception)
