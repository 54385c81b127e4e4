from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import zsc_wh
from tests.cli.explained import CELL, facts_of, run_line, value_of
from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.errors import ConfigError, QueryError
from zsc_wh.results.explaining import explain as explain_cell

if TYPE_CHECKING:
    from tests.cli.explained import Facts
    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


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


@pytest.mark.parametrize(
    ("part", "name", "column"),
    [
        ("score", "ami/labels/all/class", "result.ami"),
        ("cell", "key", "cell.cell_key"),
        ("run", "wall_s", "run.wall_s"),
        ("embedding", "sha256", "embedding.sha256"),
        ("reduction", "peak_bytes", "reduction.peak_bytes"),
        ("dataset", "key", "cell.dataset_key"),
        ("dataset", "content_sha256", "dataset.content_sha256"),
        ("labels", "key", "named_cell.label_key"),
        ("labels", "labelling", "named_cell.labelling_key"),
        ("labels", "n_classes", "result.n_classes"),
        ("cell", "k", "result.n_classes"),
        ("reducer", "title", "named_cell.reducer_title"),
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
        "join dataset on dataset.dataset_key = cell.dataset_key "
        "join named_cell on named_cell.cell_key = cell.cell_key "
        "where result.reducer = 'pca-0.90' and named_cell.grid is null"
    )
    assert [(value_of(facts_of(CELL), part, name),)] == [tuple(map(str, *rows.rows))]


def test_parameters_versions_and_grid_are_told(folder: Path) -> None:
    """What made the number is part of the answer."""
    facts = facts_of(CELL)
    assert '"variance":0.9' in value_of(facts, "reducer", "params").replace(" ", "")
    assert value_of(facts, "run versions", "scikit-learn")
    assert value_of(facts, "grid", "tiny") == f"tiny.toml: {CELL} at class"
    assert value_of(facts, "dataset", "version") == "1 of 1"
    assert value_of(facts, "embedding", "array") == "in the store"


def test_an_array_that_is_gone_is_told(folder: Path) -> None:
    """The store may be deleted; the row stays."""
    shutil.rmtree("zscwh.duckdb.store")
    assert "made again" in value_of(facts_of(CELL), "reduction", "array")


def test_the_command_makes_the_number_again(folder: Path) -> None:
    """The printed line runs as it stands: a new run, and the same score."""
    before = facts_of(CELL)
    done = run_line(value_of(before, "again", "run"))
    assert "1 cell executed" in done.stderr
    after = facts_of(CELL)
    assert value_of(after, "run", "key") != value_of(before, "run", "key")
    name = "ami/labels/all/class"
    assert value_of(after, "score", name) == value_of(before, "score", name)


def test_the_grid_can_be_had_back(folder: Path) -> None:
    """The file is the one that was ingested, byte for byte."""
    facts_of(CELL, "--grid", "again.toml")
    assert Path("again.toml").read_bytes() == Path("tiny.toml").read_bytes()


def test_a_file_is_not_overwritten(folder: Path) -> None:
    """The grid goes to a new file."""
    with pytest.raises(ConfigError, match="Give a new file"):
        facts_of(CELL, "--grid", "tiny.toml")


@pytest.mark.parametrize(
    ("cell", "said"), [("blob_features", "no cell is called"), ("", "means 3 cells")]
)
def test_a_name_that_means_no_one_cell_is_answered(
    folder: Path, cell: str, said: str
) -> None:
    """None and several are errors."""
    with pytest.raises(QueryError, match=said):
        facts_of(cell)


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
    return facts_of(cell, warehouse=str(path))


def test_a_cell_without_a_result_is_explained(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """The newest attempt tells status and reason, the others are listed."""
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/spectral/1")
    assert value_of(facts, "cell", "status") == "oom"
    assert value_of(facts, "cell", "reason") == "second"
    (other,) = [fact for fact in facts if fact[0] == "other run"]
    assert "failed, first" in other[2]


def test_a_cell_that_never_ran_needs_no_forgetting(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Only an ingest is printed, with quoted paths and the file of an edited grid."""
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert value_of(facts, "cell", "status") == "not run yet"
    assert value_of(facts, "again", "run") == (
        f"zscwh --warehouse '{tmp_path}/a b.duckdb' ingest grid.toml "
        f"--cell {value_of(facts, 'cell', 'key')}"
    )


def test_a_shipped_grid_is_called_by_its_name(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """A grid whose text is the shipped one needs no file."""
    from zsc_wh.declare import shipped_grids

    (grid,) = made.rows["grid"].values()
    grid["toml"] = shipped_grids()["quickstart"].read_text(encoding="utf-8")
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert " ingest quickstart --cell " in value_of(facts, "again", "run")
    assert not [fact for fact in facts if fact[1] == "grid file"]


def test_an_estimated_k_was_not_asked_for(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """The number of clusters that a cell asks for is its own, where it has one."""
    made.dataset("bare", n=3)
    made.cell("e", "bare", "none", "kmeans")
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert value_of(facts, "cell", "k") == "2"
    facts = facts_of("e/bare/none/kmeans", warehouse=str(tmp_path / "a b.duckdb"))
    known = {fact[:2] for fact in facts}
    assert not {("cell", "k"), ("cell", "level"), ("labels", "key")} & known


def test_all_names_of_a_cell_are_told(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Two names and two levels can share a cell; what was asked for comes first."""
    made.clusterer("twin", content="kmeans", title="Twin")
    made.level("d", "fine", 1, n_classes=2)
    names = [("kmeans", None), ("twin", None), ("kmeans", "fine")]
    cells = [
        made.cell("e", "d", "none", name, seed=7, level=level) for name, level in names
    ]
    assert len(set(cells)) == 1
    made.grid("mine", cells)
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/twin")
    assert value_of(facts, "cell", "clusterer") == "twin"
    assert value_of(facts, "clusterer", "title") == "Twin"
    assert [value for part, _, value in facts if part == "also"] == [
        "e/d/none/kmeans at class, wanted now",
        "e/d/none/kmeans at fine, wanted now",
    ]
    assert [value for part, _, value in facts if part == "grid"] == [
        "grid.toml: e/d/none/kmeans at class",
        "grid.toml: e/d/none/kmeans at fine",
        "grid.toml: e/d/none/twin at class",
    ]


@pytest.mark.parametrize("dataset", ["d", "d@1"])
def test_labels_that_did_not_change_are_those_of_both_versions(
    made: Made, empty_warehouse_file: Path, tmp_path: Path, dataset: str
) -> None:
    """Only labels that the explained version lacks are named after another."""
    made.level("d", "fine", 1, n_classes=2)
    cell = made.cell("e", "d", "none", "kmeans")
    run = made.run(cell, {"ami": 0.4})
    made.level_score(run, "fine", 0.5)
    kept = made.rows["label_level"]["d|fine"]["label_key"]
    made.grid("mine", [cell])
    made.dataset("d", ["x", "x", "y"], content="d", day=1)
    made.level("d", "fine", 1, n_classes=2)
    for row in made.rows["label_level"].values():
        row["label_key"] = kept if row["level"] == "fine" else row["label_key"]
    made.grid("mine", [made.cell("e", "d", "none", "kmeans")], day=1)
    facts = _of(made, empty_warehouse_file, tmp_path, f"e/{dataset}/none/kmeans")
    scores = {name for part, name, _ in facts if part == "score"}
    other = "" if dataset == "d@1" else " (d@1)"
    assert scores == {f"ami/labels/all/class{other}", "ami/labels/all/fine"}


def test_a_cell_without_a_grid_is_explained_by_its_keys(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Shards can bring a run of a cell that no grid here declares."""
    path = tmp_path / "a b.duckdb"
    warehouse = stored(made, empty_warehouse_file, path)
    key = warehouse.cell_key("e/d/none/spectral", closed=False)
    tables = ("grid", "grid_cell", "grid_name")
    warehouse.write(lambda con: [con.execute(f"delete from {t}") for t in tables])
    facts = explain_cell(warehouse, key)
    values = {(fact.part, fact.name): fact.value for fact in facts}
    assert values["cell", "status"] == "oom"
    assert values["clusterer", "kind"] == "spectral"
    assert not {"grid", "again", "also", "labels"} & {fact.part for fact in facts}


def test_names_of_a_catalog_of_the_user_are_told(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """What is neither in the grid file nor shipped needs the file that declares it."""
    (grid,) = made.rows["grid"].values()
    grid["toml"] += '[dataset.d]\nloader = { kind = "folder", path = "d" }\n'
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert value_of(facts, "again", "catalog") == (
        "encoder 'e': neither in the grid file nor shipped; add --catalog FILE to the "
        "ingest"
    )


def test_recipes_of_a_catalog_of_the_user_are_told(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """A study follows recipes, without which its grid declares nothing."""
    (grid,) = made.rows["grid"].values()
    grid["toml"] += (
        '[dataset.d]\nloader = { kind = "folder", path = "d" }\n[encoder.e]\n'
        '[[study]]\nrecipes = ["mine", "default", "@tag"]\n'
        '[[study]]\nrecipes = "mine"\n'
    )
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/kmeans")
    assert value_of(facts, "again", "catalog") == (
        "recipe 'mine': neither in the grid file nor shipped; add --catalog FILE to "
        "the ingest"
    )


def test_a_grid_that_is_whole_needs_no_catalog(folder: Path) -> None:
    """Entries of the grid file and shipped ones are found without more."""
    assert not [fact for fact in facts_of(CELL) if fact[1] == "catalog"]


def test_an_imported_number_is_not_said_to_be_computable(
    made: Made, empty_warehouse_file: Path, tmp_path: Path
) -> None:
    """Runs that were computed elsewhere have no command."""
    for run in made.rows["run"].values():
        run |= {"host": "imported", "tracked_in": "runs.csv"}
    facts = _of(made, empty_warehouse_file, tmp_path, "e/d/none/spectral")
    assert value_of(facts, "again", "run") == (
        "it was computed elsewhere, and imported from runs.csv"
    )
