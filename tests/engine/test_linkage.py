"""One tree of merges serves every cell that cuts it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "cuts"
scores = ["ami"]

[dataset.cloud]
loader = {{ kind = "embeddings", path = "cloud.npz", labels = "y" }}

[encoder.given]
loader = {{ kind = "embeddings", path = "{{dataset}}.npz" }}

[clusterer.four]
kind = "agglomerative"
{ways}
k = 4

[clusterer.nine]
kind = "agglomerative"
{ways}
k = 9

[clusterer.near]
kind = "agglomerative"
{ways}
distance_threshold = 3.0

[clusterer.scaled]
kind = "agglomerative"
{ways}
standardise = "zscore"
k = 4

[[cross]]
datasets = ["cloud"]
encoders = ["given"]
reducers = ["none"]
clusterers = {clusterers}
"""


def features(folder: Path) -> np.ndarray:
    """Store 90 points of two classes, and return them."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(90, 4)).astype(np.float32)
    np.savez(folder / "cloud.npz", embeddings=X, y=np.arange(90) % 2)
    return X


def declare(folder: Path, *clusterers: str, ways: str = "") -> str:
    """Write the grid with these clusterers, and return its name."""
    text = GRID.format(ways=ways, clusterers=str(list(clusterers)).replace("'", '"'))
    (folder / "cuts.toml").write_text(text, encoding="utf-8")
    return "cuts.toml"


def asked(zscwh: Command, sql: str) -> list[list[str]]:
    """Return the rows of a statement, without the header."""
    text = zscwh("sql", sql, "-f", "csv").stdout
    return list(csv.reader(io.StringIO(text)))[1:]


GROWN = "select count(*) from task where stage = 'linkage'"


def test_cells_that_cut_alike_share_a_tree(zscwh: Command, tmp_path: Path) -> None:
    """Numbers and thresholds asked for later cut the tree that is there."""
    X = features(tmp_path)
    zscwh("ingest", declare(tmp_path, "four", "near"))
    assert asked(zscwh, GROWN) == [["1"]]
    zscwh("ingest", declare(tmp_path, "four", "near", "nine", "scaled"))
    assert asked(zscwh, GROWN) == [["2"]]  # scaled features have a tree of their own
    trees = "select count(distinct linkage_key) from run group by linkage_key"
    assert len(asked(zscwh, trees)) == 2
    ways: dict[str, dict[str, Any]] = {
        "four": {"n_clusters": 4},
        "nine": {"n_clusters": 9},
        "near": {"n_clusters": None, "distance_threshold": 3.0},
    }
    warehouse = zsc_wh.open(tmp_path / "zscwh.duckdb")
    for name, way in ways.items():
        (labels,) = warehouse.sql(
            "select distinct labels from assignment"
            " inner join closing_run using (run_key)"
            f" inner join named_cell using (cell_key) where clusterer = '{name}'"
        )["labels"].to_list()
        np.testing.assert_array_equal(
            labels, AgglomerativeClustering(**way).fit(X).labels_
        )


def test_the_time_of_a_clustering_holds_that_of_its_tree(
    zscwh: Command, tmp_path: Path
) -> None:
    """A run has the time of the cut alone, the tree its own; `results` adds them."""
    features(tmp_path)
    zscwh("ingest", declare(tmp_path, "four", "nine"))
    (same,) = asked(
        zscwh,
        "select bool_and(abs(cluster_wall_s - run.wall_s - linkage.wall_s) < 1e-9)"
        " from scored_cell inner join run using (run_key)"
        " inner join linkage using (linkage_key)",
    )
    assert same == ["true"]
    assert [stage for stage, *_ in asked(zscwh, "from computed order by stage")] == [
        "cluster",
        "cluster",
        "embed",
        "linkage",
    ]


def test_a_tree_that_cannot_be_is_told_by_its_cells(
    zscwh: Command, tmp_path: Path
) -> None:
    """A row of zeros has no cosine: both cells are skipped, and stay so."""
    X = features(tmp_path)
    X[7] = 0
    np.savez(tmp_path / "cloud.npz", embeddings=X, y=np.arange(90) % 2)
    ways = 'linkage = "average"\nmetric = "cosine"'
    grid = declare(tmp_path, "four", "nine", ways=ways)
    zscwh("ingest", grid)
    reasons = asked(zscwh, "select status, reason from run")
    assert [status for status, _ in reasons] == ["skipped", "skipped"]
    assert all("no cosine distance" in reason for _, reason in reasons)
    assert "2 impossible" in zscwh("plan", grid).stderr


def test_a_tree_is_freed_and_forgotten_with_its_array(
    zscwh: Command, tmp_path: Path
) -> None:
    """It is grown again when a cell wants it."""
    features(tmp_path)
    zscwh("ingest", declare(tmp_path, "four"))
    zscwh("prune", "--complete", "--yes")
    grid = declare(tmp_path, "four", "nine")
    zscwh("ingest", grid)
    assert asked(zscwh, GROWN) == [["2"]]
    zscwh("forget", "--grid", "cuts", "--arrays", "--yes")
    assert asked(zscwh, "select count(*) from linkage") == [["0"]]
    zscwh("ingest", grid)
    assert asked(zscwh, "select count(*) from linkage") == [["1"]]
    assert zscwh("doctor").returncode == 0


def test_fastcluster_is_another_tree(zscwh: Command, tmp_path: Path) -> None:
    """Its results are cells of their own, with the same clusters here."""
    features(tmp_path)
    zscwh("ingest", declare(tmp_path, "four"))
    zscwh("ingest", declare(tmp_path, "four", ways='engine = "fastcluster"'))
    found = asked(
        zscwh,
        "select count(*), count(distinct cell_key), count(distinct labels)"
        " from run inner join assignment using (run_key)",
    )
    assert found == [["2", "2", "1"]]
