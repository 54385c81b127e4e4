from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.commands import command_here
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.compare import compare

if TYPE_CHECKING:
    from subprocess import CompletedProcess


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
    cells = [*made.rows["cell"]]
    made.grid("all", cells)
    made.grid("one", cells[1:])
    made.grid("one", cells[:1], day=1)
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
        ("grid:one", "grid:all", (0.4, 0.6)),
        ("made.duckdb", "grid:one", (0.6, 0.4)),
        ("grid:one@1", "grid:one", (0.7, 0.4)),
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
    assert "1 cell compared: 1 within seed noise, 0 beyond" in done.stderr


def test_what_no_seed_can_tell_is_empty(filled: Path) -> None:
    """No verdict is not a verdict."""
    done = _run(filled, "seed:0", "seed:2")
    assert _row(done)["within_noise"] == ""
    assert "1 without seeds to tell it" in done.stderr


@pytest.mark.parametrize("kind", ["encoder", "reducer"])
def test_a_side_is_one_of_two_of_a_kind(
    kind: str,
    tmp_path: Path,
    empty_warehouse_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are compared wherever all else has one name, with both names for one."""
    made = Made()
    made.dataset("d", ["x", "y"])
    made.clusterer("kmeans")
    made.clusterer("ward")
    for place, name in enumerate(("one", "two")):
        made.encoder(name)
        made.reducer(name)
        pair = (name, "one") if kind == "encoder" else ("one", name)
        for clusterer in ("kmeans", "ward")[: 2 - place]:
            cell = made.cell(pair[0], "d", pair[1], clusterer)
            made.run(cell, {"ami": 0.4 + place / 2})
    made.grid("mine", list(made.rows["cell"]))
    monkeypatch.chdir(tmp_path)
    path = stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path
    done = _run(path, f"{kind}:one", f"{kind}:two")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row[kind], row["clusterer"], row["a"], row["b"]) for row in rows] == [
        ("one and two", "kmeans", "0.4", "0.9"),
        ("one and two", "ward", "0.4", ""),
    ]
    failed = _main(path, "compare", f"{kind}:one", f"{kind}:tow")
    assert f"no {kind} 'tow'; did you mean 'two'?" in failed.stderr


@pytest.fixture
def replaced(
    tmp_path: Path, empty_warehouse_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a warehouse where the images of a dataset were replaced."""
    made = Made()
    made.encoder("e")
    made.reducer("none")
    made.clusterer("kmeans")
    for day, ami in enumerate((0.4, 0.9)):
        made.dataset("d", ["x", "y"], content=f"day {day}", day=day)
        cell = made.cell("e", "d", "none", "kmeans")
        made.run(cell, {"ami": ami})
        made.grid("mine", [cell], day=day)
    monkeypatch.chdir(tmp_path)
    return stored(made, empty_warehouse_file, tmp_path / "made.duckdb").path


@pytest.mark.parametrize(
    ("a", "b", "means"),
    [
        ("d@1", "d", (0.4, 0.9)),
        ("d", "d@1", (0.9, 0.4)),
        ("dataset:d@1", "dataset:d", (0.4, 0.9)),
    ],
)
@pytest.mark.parametrize("files", [(), ("d",), ("d@1",), ("d", "d@1")])
def test_a_side_is_a_version_of_a_name(
    replaced: Path, a: str, b: str, means: tuple[float, float], files: tuple[str, ...]
) -> None:
    """Beside a version a name is not a file, whatever files there are."""
    for file in files:
        (replaced.parent / file).write_text("no warehouse")
    done = _run(replaced, a, b)
    row = _row(done)
    assert (float(row["a"]), float(row["b"])) == means
    assert row["dataset"] == "d"
    assert "declared differently" not in done.stderr


@pytest.mark.parametrize(
    ("a", "b", "code", "said"),
    [
        ("d@1", "made.duckdb", 2, "'d@1' is compared with another version, such as"),
        ("d@1", "e", 2, "'d@1' is compared with another version, such as"),
        ("dataset:d", "dataset:d", 2, "such as d@1 or d"),
        ("dd@1", "dd", 1, "no name 'dd'; did you mean 'd'"),
        ("d@9", "d", 1, "there is no 'd@9'. There are d, d@1"),
        ("grid:mine@1", "grid:mini", 1, "no grid 'mini'; did you mean 'mine'"),
        ("d", "made.duckdb", 3, "there is no warehouse 'd'. A side is the file of"),
        ("seed=0", "seed=1", 3, "no warehouse 'seed=0'. A side is the file of a"),
    ],
)
def test_what_is_no_side_is_answered(
    replaced: Path, a: str, b: str, code: int, said: str
) -> None:
    """A version needs another one, and an unknown name has a nearest one."""
    done = _main(replaced, "compare", a, b)
    assert done.returncode == code, done.stderr
    assert said in " ".join(done.stderr.split())


def _main(warehouse: Path, *args: str) -> CompletedProcess[str]:
    """Run the command line as a user does, which turns errors into exit codes."""
    return command_here(Path())("--warehouse", warehouse, *args, code=None)


def test_files_that_are_called_like_versions_are_files(replaced: Path) -> None:
    """Where there is no such name, an @ and a number mean nothing."""
    for file in ("copy@1", "copy@2"):
        shutil.copy(replaced, replaced.parent / file)
    row = _row(_run(replaced, "copy@1", "copy@2"))
    assert (row["a"], row["b"]) == ("0.9", "0.9")
    row = _row(_run(replaced, "copy@1", "grid:mine@1"))
    assert (row["a"], row["b"]) == ("0.9", "0.4")


def test_a_seed_is_a_number(filled: Path) -> None:
    """Another text is a mistake of the call."""
    done = _main(filled, "compare", "seed:x", "seed:1")
    assert done.returncode == 2
    assert "'x' is not a seed" in done.stderr
