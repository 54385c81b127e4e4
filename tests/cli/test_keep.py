"""``status`` and ``forget`` where names have versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import zsc_wh
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.keep import forget, status
from zsc_wh.engine.heartbeat import Heartbeat
from zsc_wh.errors import ConfigError, QueryError

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


def test_many_samples_of_one_reason_take_one_line(
    tmp_path: Path, empty_warehouse_file: Path
) -> None:
    """Features that know no sample of a large folder would fill the screen."""
    made = Made()
    made.encoder("e")
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["x", "y"] * 20)
    made.grid("mine", [made.cell("e", "d", "none", "kmeans")])
    made.embedding("e", "d")
    made.unreadable("e", "d", dict.fromkeys(range(30), "gone") | {30: "cut off"})
    path = stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path
    done = CliRunner().invoke(status, [], obj=path, catch_exceptions=False)
    said = [line for line in done.stderr.splitlines() if "unreadable" in line]
    assert len(said) == 2
    assert said[0].endswith(" and 26 more (`zscwh query unreadable`): gone")
    assert said[1].endswith(": cut off")


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
    assert "1 cell has runs that match" in said
    assert "1 of them goes by other names too and keeps its runs; 2 scores" in said
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
    assert said == "0 cells have runs that match: dataset d@1\n"


def test_what_else_matches_is_told(relabelled: Path) -> None:
    """Cells that only an earlier declaration wants are counted, and stay."""
    warehouse = zsc_wh.open(relabelled)
    newest = "select grid_key from grid_version where is_newest"
    warehouse.write(
        lambda con: con.execute(f"delete from grid_cell where grid_key in ({newest})")
    )
    said = _forget(relabelled, "--status", "done")
    assert "1 more matches that only earlier declarations want" in said
    assert _counts(relabelled) == (1, 4)
    assert "1 run of 1 cell" in _forget(relabelled, "--grid", "mine@1", "--yes")
    assert _counts(relabelled) == (0, 0)


@pytest.fixture
def crossed(tmp_path: Path, empty_warehouse_file: Path) -> Path:
    """Return a warehouse with a run of each of two encoders, datasets and seeds."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    for encoder in ("a", "b", "c"):
        made.encoder(encoder)
    for dataset in ("d", "e"):
        made.dataset(dataset, ["x", "y"])
    cells = [
        made.cell(encoder, dataset, "none", "kmeans", seed=seed)
        for encoder in ("a", "b", "c")
        for dataset in ("d", "e")
        for seed in (1, 2)
    ]
    for cell in cells:
        made.run(cell, {"ami": 0.5})
    made.grid("mine", cells)
    return stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--encoder a --encoder b", "8 cells have runs that match: encoder a or b"),
        (
            "--encoder a --encoder b --dataset d --seed 1 --seed 2",
            "4 cells have runs that match: encoder a or b, dataset d, seed 1 or 2",
        ),
        ("--cell a/d/none/kmeans/1", "1 cell has runs that match: cell a/d/none"),
        (
            "--cell a/d/none/kmeans/1 --cell b/e/none/kmeans/2",
            "2 cells have runs that match: cell a/d/none/kmeans/1 or b/e/none/kmeans/2",
        ),
        ("--status done --status failed", "12 cells have runs that match: status done"),
        ("--grid mine --seed 2", "6 cells have runs that match: grid mine, seed 2"),
    ],
)
def test_values_of_one_option_add_up_and_options_narrow(
    crossed: Path, args: str, said: str
) -> None:
    """What is asked for is said before it goes, and as many runs go."""
    assert said in _forget(crossed, *args.split(), "--dry-run")
    n_cells = int(said.split()[0])
    before, _ = _counts(crossed)
    assert "Forget them?" in _forget(crossed, *args.split(), answer="y\n")
    assert before - _counts(crossed)[0] == n_cells


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ("--encoder a --encoder bb", "no encoder 'bb'; did you mean 'b'"),
        ("--grid minne", "no grid 'minne'; did you mean 'mine'"),
        ("--seed 3", "no seed '3'. The warehouse has '1', '2'"),
        ("--cell a/d/none/kmeans", "means 2 cells"),
        ("--cell a/d/none/kmens/1", "did you mean 'a/d/none/kmeans/1'"),
    ],
)
def test_what_is_not_there_is_not_forgotten(
    crossed: Path, args: str, fault: str
) -> None:
    """An error with the nearest name, never 0 cells."""
    with pytest.raises(QueryError, match=fault):
        _forget(crossed, *args.split(), "--yes")


@pytest.mark.parametrize(
    "args",
    [
        ("--dataset", "d", "--dataset", "d@1"),
        ("--cell", "e/d@1/none/kmeans", "--cell", "e/d/none/kmeans"),
        ("--cell", "e/d@1/none/kmeans", "--dataset", "d"),
    ],
)
def test_a_version_is_forgotten_by_itself(
    relabelled: Path, args: tuple[str, ...]
) -> None:
    """A run that goes by other names too is kept for it, and goes for a name."""
    before = _counts(relabelled)
    with pytest.raises(ConfigError, match=r"'(e/)?d@1.*' cannot be forgotten together"):
        _forget(relabelled, *args, "--yes")
    assert _counts(relabelled) == before


def test_a_cell_of_a_version_is_meant_by_its_names(relabelled: Path) -> None:
    """Its run goes by another name too, and stays."""
    said = _forget(relabelled, "--cell", "e/d@1/none/kmeans", "--yes")
    assert "0 runs of 0 cells and 2 other scores forgotten" in said
    said = _forget(relabelled, "--cell", "e/d/none/kmeans", "--yes")
    assert "1 run of 1 cell" in said


def test_a_running_ingest_is_told(relabelled: Path) -> None:
    """Its grid, its progress, and how long it has run, to the second."""
    inbox = zsc_wh.open(relabelled).inbox
    Heartbeat(inbox, ["mine"]).beat(3, 9, 1, ["embed e / d"])
    done = CliRunner().invoke(status, obj=relabelled, catch_exceptions=False)
    assert re.search(
        r"running: mine on \S+ \(process \d+\) for \d+ s, 3 of 9 tasks done, "
        "1 failed; now embed e / d",
        done.stderr,
    )
