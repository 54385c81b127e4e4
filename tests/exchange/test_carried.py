"""What a mapping carries beside one score per run and names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tests.exchange.photos import SMALL, photos_file, rows_of, study_with
from tests.exchange.runs import PCA, Row, study_runs, write_csv
from zsc_wh.errors import DataError
from zsc_wh.exchange import import_runs
from zsc_wh.exchange.rows import MISSING

if TYPE_CHECKING:
    from zsc_wh.warehouse import Warehouse

README = Path(__file__).parents[2] / "README.md"
HEAD = "net,data,images,random_seed,AMI family,AMI species,seconds\n"


@pytest.fixture
def guide(tmp_path: Path) -> str:
    """Return the mapping that the README shows, saved as it says."""
    blocks = re.findall(r"```sql\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (text,) = (block for block in blocks if block.startswith("-- name: mine\n"))
    (tmp_path / "mine.sql").write_text(text)
    return str(tmp_path / "mine.sql")


def _file(tmp_path: Path, *lines: str, name: str = "runs.csv") -> Path:
    (tmp_path / name).write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return tmp_path / name


def _predictions(tmp_path: Path, labels: Any, **more: Any) -> None:
    np.savez(tmp_path / "a.npz", y_pred=np.asarray(labels), **more)


def test_a_run_is_judged_at_several_levels(
    warehouse: Warehouse, tmp_path: Path, guide: str
) -> None:
    """Each score has the labels of its level; the finest one is the target."""
    file = _file(tmp_path, "a,birds,900,1,0.4,0.7,3")
    came = import_runs(warehouse, [file], guide)
    assert (came.runs, came.cells) == (1, 1)
    assert rows_of(
        warehouse, "select level, ami, n_classes, k, wall_s from result"
    ) == [("species", 0.7, 80, 80, None)]
    levels = warehouse.run_query("level_scores", {}).rows
    assert [(row[2], row[3], row[4], row[5], row[10]) for row in levels] == [
        ("family", 0, 12, False, 0.4),
        ("species", 1, 80, True, 0.7),
    ]
    assert import_runs(warehouse, [file], guide).new == {}


def test_levels_of_as_many_classes_have_labels_of_their_own(
    warehouse: Warehouse, tmp_path: Path, guide: str
) -> None:
    """Two scores never take one place."""
    text = Path(guide).read_text().replace("[12, 80]", "[80, 80]")
    Path(guide).write_text(text)
    import_runs(warehouse, [_file(tmp_path, "a,birds,900,1,0.4,0.7,3")], guide)
    assert rows_of(
        warehouse,
        "select level, value from score inner join label_level using (label_key)",
    ) == [("family", 0.4), ("species", 0.7)]


def test_rows_of_one_run_do_not_contradict_each_other(
    warehouse: Warehouse, tmp_path: Path, guide: str
) -> None:
    """A fact of a run is no fact of a level."""
    text = Path(guide).read_text().replace("seconds as", "unnest([1, 2]) as")
    Path(guide).write_text(text)
    file = _file(tmp_path, "a,birds,900,1,0.4,0.7,3")
    with pytest.raises(DataError, match="line 2: its rows say different things"):
        import_runs(warehouse, [file], guide)


def test_several_files_are_one_grid(
    warehouse: Warehouse, tmp_path: Path, guide: str
) -> None:
    """Of any form; bad lines are named with their file."""
    first = _file(tmp_path, "a,birds,900,1,0.4,0.7,3")
    second = tmp_path / "more.parquet"
    columns = HEAD.strip().split(",")
    row = dict(zip(columns, ["b", "birds", 900, 1, 0.5, 0.6, 2.0], strict=True))
    pl.DataFrame([row]).write_parquet(second)
    came = import_runs(warehouse, [first, second], guide)
    assert (came.grid, came.runs) == ("runs", 2)
    assert rows_of(
        warehouse, "select grid, encoder from named_cell where grid <> ''"
    ) == [
        ("runs", "a"),
        ("runs", "b"),
    ]
    third = _file(tmp_path, "c,birds,900,x,0.4,0.7,3", name="third.csv")
    fourth = _file(tmp_path, "c,birds,900,1,4,0.7,3", name="fourth.csv")
    with pytest.raises(DataError) as caught:
        import_runs(warehouse, [third, fourth], guide)
    assert caught.value.what.splitlines()[1:] == [
        f"  {fourth}, line 2: ami is 4; it lies from -inf to 1",
        f"  {third}, line 2: column 'random_seed' has 'x', not a whole number",
    ]


def test_silhouettes_of_a_separate_file_belong_to_their_runs(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """The job that measures in UMAP space names the run; its lines are no runs."""
    pca = {"dim_reducer": "PCA", "dim_reducer_man": None, "pca_variance": 0.9}
    runs = photos_file(tmp_path, pca | {"zscore": True})
    line: Row = {"model": "net", "dataset_name": "photos", "id": "run1"}
    line |= {"silhouette-umap-euclidean_pred": 0.25}
    more = write_csv([line], tmp_path / "umap.csv")
    came = import_runs(warehouse, [runs, more], "study")
    assert (came.runs, came.unused) == (1, 1)
    assert rows_of(warehouse, "select reducer, silhouette_umap from result") == [
        ("pca-0.90", 0.25)
    ]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ({"time_reducing": 9, "time_pca": 2, "time_reduce_man": 3}, 9.0),
        ({"time_pca": 2, "time_reduce_man": 3}, 5.0),
        ({"time_pca": 2}, 2.0),
        ({}, None),
    ],
)
def test_the_time_of_a_reduction_is_a_cost_of_the_run(
    warehouse: Warehouse, tmp_path: Path, times: dict[str, int], seconds: float | None
) -> None:
    """The whole reduction, or the sum of its parts."""
    file = photos_file(tmp_path, {**times, "time_clustering": 1.5})
    import_runs(warehouse, [file], "study")
    found = "select reduce_wall_s, cluster_wall_s from result"
    assert rows_of(warehouse, found) == [(seconds, 1.5)]


def test_a_fine_tuned_encoder_has_the_facts_of_its_base(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Of one in the catalog; what the mapping says itself counts more."""
    mapping = study_with(
        tmp_path, "'dino_resnet50' as encoder_base, 'cls' as encoder_feature,\n"
    )
    import_runs(warehouse, [photos_file(tmp_path, {})], mapping)
    assert rows_of(
        warehouse,
        "select backbone, family, objective, fine_tuned, feature from encoder_name"
        " inner join encoder using (encoder_key)",
    ) == [("ResNet-50", "ssl", "DINO", True, "cls")]


def test_stored_predictions_are_the_assignment(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Numbered without gaps, noise apart; what the line does not count is counted."""
    _predictions(tmp_path, [7, 7, 3, -1] * 3, y_true=np.zeros(12))
    line = {"predictions": "a.npz", "num_cluster_pred": None, "ratio_unclustered": None}
    import_runs(warehouse, [photos_file(tmp_path, line)], "study")
    assert rows_of(
        warehouse,
        "select labels, n_clusters, n_noise"
        " from assignment inner join run using (run_key)",
    ) == [([1, 1, 0, -1] * 3, 2, 3)]
    assert warehouse.audit() == []


@pytest.mark.parametrize(
    ("named", "labels", "fault"),
    [
        ("a.npz", [0] * 11, "a.npz is of 11 samples, not of 12"),
        ("a.npz", [0] * 12, "has n_clusters = 1, and the line says 2"),
        ("a.npz", [0.5] * 12, "holds float64 of shape"),
        ("a.npz", [-2] * 12, "holds -2; noise is -1"),
        ("a.npz", np.array([{}] * 12), "a.npz: the array holds Python objects"),
        ("b.npz", [0] * 12, "b.npz: no such file"),
        ("few.csv", [0] * 12, "few.csv: cannot be read as arrays: it seems to be text"),
        ("../a.npz", [0] * 12, "is not below the folder of the file"),
    ],
)
def test_predictions_that_do_not_fit_are_a_bad_line(
    warehouse: Warehouse, tmp_path: Path, named: str, labels: Any, fault: str
) -> None:
    """A fault of the file is told before anything is written."""
    _predictions(tmp_path, labels)
    file = photos_file(tmp_path, {"predictions": named})
    with pytest.raises(DataError, match=f"line 2: .*{fault}"):
        import_runs(warehouse, [file], "study")


@pytest.mark.parametrize(
    ("missing", "n_cells"), [(None, 3), ("study", 4), ("cross", 8)]
)
def test_missing_cells_are_declared_on_request(
    warehouse: Warehouse, tmp_path: Path, missing: str | None, n_cells: int
) -> None:
    """So that n of N counts them: by recipes, or everything with everything."""
    first, second, third = (row | SMALL for row in study_runs(3))
    rows = [
        first | {"model": "a"},
        second | {"model": "a", "dataset_name": "more"},
        third | {"model": "b"} | PCA | {"dim_reducer_man": None},
    ]
    file = write_csv(rows, tmp_path / "few.csv")
    came = import_runs(warehouse, [file], "study", missing=missing)
    assert came.missing == n_cells - 3
    (row,) = warehouse.run_query("grids", {}).rows
    assert n_cells in row
    assert len(rows_of(warehouse, "select 1 from result")) == 3
    assert len(warehouse.run_query("missing_cells", {}).rows) == n_cells - 3
    assert warehouse.audit() == []
    assert import_runs(warehouse, [file], "study", missing=missing).new == {}
    assert missing is None or missing in MISSING
