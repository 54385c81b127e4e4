"""The command ``recommend``: what it prints, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from PIL import Image

from tests.queries.test_recommendations import RECIPES, made_sets
from zsc_wh.cli import cli
from zsc_wh.declare import read_grids
from zsc_wh.declare.unlabelled import unlabelled_grid
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


def folder_of(path: Path, count: int) -> Path:
    """Fill a folder with images."""
    path.mkdir()
    for place in range(count):
        Image.new("RGB", (8, 8), (place, 0, 0)).save(path / f"{place}.png")
    return path


def test_a_folder_is_planned_and_nobody_is_asked_in_vain(tmp_path: Path) -> None:
    """The plan goes to standard error; without a terminal it takes --yes."""
    images = folder_of(tmp_path / "photos", 60)
    done = run(tmp_path / "new.duckdb", str(images), "--encoders", "pixels")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "grid recommend-photos: 8 cells" in done.stderr
    assert "add --yes" in done.stderr
    assert not (tmp_path / "new.duckdb").exists()


def test_unknown_encoders_of_a_folder(tmp_path: Path) -> None:
    """All of them are named, and no file that nobody wrote."""
    images = folder_of(tmp_path / "photos", 1)
    asked = ("--encoders", "pixel", "--encoders", "@nope")
    done = run(tmp_path / "new.duckdb", str(images), *asked)
    assert isinstance(done.exception, ZscError)
    assert str(done.exception).splitlines()[1:] == [
        "  --encoders: no encoder 'pixel'; did you mean 'pixels'?",
        "  --encoders: no encoder has the tag '@nope'",
    ]


def test_a_folder_that_is_not_there(path: Path) -> None:
    """What is for a folder is refused without one."""
    done = run(path, "bare", "--clusters", "3")
    assert done.exit_code == 2
    assert "no folder bare" in done.stderr


@pytest.mark.parametrize("k", [None, 7])
@pytest.mark.parametrize("name", ["digits", """a"b'c <script> $HOME \u202e 👍"""])
def test_the_grid_of_a_folder(tmp_path: Path, name: str, k: int | None) -> None:
    """It can be read whatever the folder is called; K is there where it was given."""
    images = folder_of(tmp_path / name, 1)
    made = unlabelled_grid(images, ["pixels"], k)
    (tmp_path / "grid.toml").write_text(made.text, encoding="utf-8")
    (grid,), _ = read_grids([str(tmp_path / "grid.toml")])
    assert {cell.dataset.name for cell in grid.cells} == {made.dataset}
    assert made.dataset == ("digits (images)" if name == "digits" else name)
    known = {(cell.clusterer.k_source, cell.clusterer.k) for cell in grid.cells}
    assert known == {("estimated", None)} | ({("given", k)} if k else set())
