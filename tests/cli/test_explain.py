from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import zsc_wh
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.cli.explain import explain
from zsc_wh.errors import ConfigError, QueryError

if TYPE_CHECKING:
    from tests.engine.conftest import Command, MakeGrid

CELL = "blob_features/blobs/pca-0.90/kmeans"
Facts = list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def ingested(module_grid: tuple[MakeGrid, Command]) -> Path:
    """Ingest one clusterer after three reducers, and return the folder."""
    make_grid, zscwh = module_grid
    grid = make_grid(clusterers=["kmeans"])
    zscwh("ingest", grid)
    return grid.parent


@pytest.fixture
def folder(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a copy of that folder."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _facts(*args: str, warehouse: str = "zscwh.duckdb") -> Facts:
    """Return what the command says, as (part, name, value)."""
    done = CliRunner().invoke(
        explain, [*args, "-f", "csv"], obj=Path(warehouse), catch_exceptions=False
    )
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["part", "name", "value"]
    return [(part, name, value) for part, name, value in rows[1:]]


def _value(facts: Facts, part: str, name: str) -> str:
    (value,) = [v for p, n, v in facts if (p, n) == (part, name)]
    return value


@pytest.mark.parametrize(
    ("part", "name", "column"),
    [
        ("score", "ami/labels/all/class", "result.ami"),
        ("cell", "key", "cell.cell_key"),
        ("run", "wall_s", "run.wall_s"),
        ("embedding", "sha256", "embedding.sha256"),
        ("reduction", "peak_bytes", "reduction.peak_bytes"),
        ("dataset", "fingerprint", "cell.dataset_key"),
        ("clusterer", "k", "result.n_classes"),
    ],
)
def test_a_fact_is_what_the_warehouse_says(
    folder: Path, part: str, name: str, column: str
) -> None:
    """Every value comes from the row that it is named after."""
    rows = zsc_wh.open("zscwh.duckdb").read(
        f"select {column} from result join run using (run_key) "
        "join cell on cell.cell_key = result.cell_key "
        "join embedding using (embedding_key) join reduction using (reduction_key) "
        "where result.reducer = 'pca-0.90'"
    )
    assert [(_value(_facts(CELL), part, name),)] == [tuple(map(str, *rows.rows))]


def test_parameters_versions_and_grid_are_told(folder: Path) -> None:
    """What made the number is part of the answer."""
    facts = _facts(CELL)
    assert '"variance":0.9' in _value(facts, "reducer", "params").replace(" ", "")
    assert _value(facts, "run versions", "scikit-learn")
    assert _value(facts, "grid", "tiny") == "tiny.toml"
    assert _value(facts, "embedding", "array") == "in the store"


def test_an_array_that_is_gone_is_told(folder: Path) -> None:
    """The store may be deleted; the row stays."""
    shutil.rmtree("zscwh.duckdb.store")
    assert "made again" in _value(_facts(CELL), "reduction", "array")


def test_the_command_makes_the_number_again(folder: Path) -> None:
    """The printed line runs as it stands: a new run, and the same score."""
    before = _facts(CELL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", _value(before, "again", "run")],
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path},
        check=False,
    )
    assert "1 cells executed" in done.stderr
    after = _facts(CELL)
    assert _value(after, "run", "key") != _value(before, "run", "key")
    name = "ami/labels/all/class"
    assert _value(after, "score", name) == _value(before, "score", name)


def test_the_grid_can_be_had_back(folder: Path) -> None:
    """The file is the one that was ingested, byte for byte."""
    _facts(CELL, "--grid", "again.toml")
    assert Path("again.toml").read_bytes() == Path("tiny.toml").read_bytes()


def test_a_file_is_not_overwritten(folder: Path) -> None:
    """The grid goes to a new file."""
    with pytest.raises(ConfigError, match="Give a new file"):
        _facts(CELL, "--grid", "tiny.toml")


@pytest.mark.parametrize(
    ("cell", "said"), [("blob_features", "no cell is called"), ("", "means 3 cells")]
)
def test_a_name_that_means_no_one_cell_is_answered(
    folder: Path, cell: str, said: str
) -> None:
    """None and several are errors."""
    with pytest.raises(QueryError, match=said):
        _facts(cell)


@pytest.fixture
def made() -> Made:
    """Declare a cell of a shipped grid's name and another that failed twice."""
    made = Made()
    made.encoder("e")
    made.dataset("d", ["x", "y"])
    made.reducer("none")
    for name in ("kmeans", "spectral"):
        made.clusterer(name)
    cells = [made.cell("e", "d", "none", name) for name in ("kmeans", "spectral")]
    made.grid("quickstart", cells)
    made.run(cells[1], status="failed", reason="first", minute=1)
    made.run(cells[1], status="oom", reason="second", minute=2, shard=2)
    return made


def _of(made: Made, blank: Path, folder: Path, cell: str) -> Facts:
    path = folder / "a b.duckdb"
    stored(made, blank, path)
    return _facts(cell, warehouse=str(path))


def test_a_cell_without_a_result_is_explained(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """The newest attempt tells status and reason, the others are listed."""
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/spectral/1")
    assert _value(facts, "cell", "status") == "oom"
    assert _value(facts, "cell", "reason") == "second"
    (other,) = [fact for fact in facts if fact[0] == "other run"]
    assert "failed, first" in other[2]


def test_a_cell_that_never_ran_needs_no_forgetting(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Only an ingest is printed, with quoted paths and the file of an edited grid."""
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert _value(facts, "cell", "status") == "not run yet"
    assert _value(facts, "again", "run") == (
        f"zscwh --warehouse '{tmp_path}/a b.duckdb' ingest grid.toml "
        f"--cell {_value(facts, 'cell', 'key')}"
    )


def test_a_shipped_grid_is_called_by_its_name(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """A grid whose text is the shipped one needs no file."""
    from zsc_wh.declare import shipped_grids

    (grid,) = made.rows["grid"].values()
    grid["toml"] = shipped_grids()["quickstart"].read_text(encoding="utf-8")
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert " ingest quickstart --cell " in _value(facts, "again", "run")
    assert not [fact for fact in facts if fact[1] == "grid file"]


def test_k_is_that_of_the_readable_samples(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """A class whose only image cannot be read is no cluster to look for."""
    made.dataset("torn", ["x", "x", "y", "z", None])
    made.embedding("e", "torn")
    made.unreadable("e", "torn", {1: "cut", 3: "cut"})
    made.cell("e", "torn", "none", "kmeans")
    facts = _of(made, empty_warehouse_file, tmp_path, "e/torn/none/kmeans")
    assert _value(facts, "clusterer", "k") == "2"
    assert _value(facts, "dataset", "n_classes") == "3"


def test_k_needs_no_list_of_labels(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Of a dataset that was imported only the number of classes is known."""
    del made.rows["label"]["d"]
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert _value(facts, "clusterer", "k") == "2"


def test_names_of_a_catalog_of_the_user_are_told(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """What is neither in the grid file nor shipped needs the file that declares it."""
    (grid,) = made.rows["grid"].values()
    grid["toml"] += '[dataset.d]\nloader = { kind = "folder", path = "d" }\n'
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert _value(facts, "again", "catalog") == (
        "encoder 'e': neither in the grid file nor shipped; add --catalog FILE to the "
        "ingest"
    )


def test_a_grid_that_is_whole_needs_no_catalog(folder: Path) -> None:
    """Entries of the grid file and shipped ones are found without more."""
    assert not [fact for fact in _facts(CELL) if fact[1] == "catalog"]


def test_an_imported_number_is_not_said_to_be_computable(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Runs that were computed elsewhere have no command."""
    for run in made.rows["run"].values():
        run["host"] = "imported"
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/spectral")
    assert "computed elsewhere" in _value(facts, "again", "run")
