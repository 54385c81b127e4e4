from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zsc_wh

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command

GRID = """
name = "probed"
scores = ["ami"]
probes = [{probes}]

[dataset.test]
loader = {{ kind = "embeddings", path = "test.npz" }}
train = "train"

[dataset.train]
loader = {{ kind = "embeddings", path = "train.npz" }}

[encoder.features]
loader = {{ kind = "embeddings", path = "{{dataset}}.npz" }}

[probe.few]
kind = "knn"
k = [1, 5, 1000]

[[cross]]
datasets = ["test"]
encoders = ["features"]
reducers = ["none"]
clusterers = ["kmeans"]
"""


def _write_blobs(path: Path, classes: list[int], n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(scale=3, size=(9, 8))
    y_true = rng.permutation(np.repeat(classes, n // len(classes)))
    features = centres[y_true] + rng.normal(size=(len(y_true), 8))
    np.savez(path, embeddings=features.astype(np.float32), y_true=y_true)


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Return a grid whose test set has the classes 2 to 4 and its train set 1 to 3."""
    _write_blobs(tmp_path / "test.npz", [2, 3, 4], 90, seed=1)
    _write_blobs(tmp_path / "train.npz", [1, 2, 3], 150, seed=2)
    path = tmp_path / "probed.toml"
    path.write_text(GRID.format(probes='"few"'))
    return path


def _scores(folder: Path) -> dict[tuple[int, str], tuple[float | None, str | None]]:
    rows = zsc_wh.open(folder / "zscwh.duckdb").run_sql(
        "select cast(params ->> '$.k' as integer), metric, value, reason"
        " from probe inner join probe_score using (probe_key) where method = 'knn'"
    )
    return {(k, metric): (value, reason) for k, metric, value, reason in rows.rows}


def test_knn_equals_scikit_learn(grid: Path, zscwh: Command, tmp_path: Path) -> None:
    """Votes weigh exp(cosine / 0.07); a class that train lacks counts as wrong."""
    from sklearn.neighbors import KNeighborsClassifier

    zscwh("ingest", grid)
    train, test = np.load(tmp_path / "train.npz"), np.load(tmp_path / "test.npz")
    expected = (
        KNeighborsClassifier(
            5,
            metric="cosine",
            algorithm="brute",
            weights=lambda distances: np.exp((1 - distances) / 0.07),
        )
        .fit(train["embeddings"], train["y_true"])
        .score(test["embeddings"], test["y_true"])
    )
    assert 0.5 < expected < 0.7  # a third of the samples cannot be right
    found = _scores(tmp_path)
    value, reason = found[5, "accuracy"]
    assert value == pytest.approx(expected, abs=1e-9)
    value, reason = found[1000, "accuracy"]
    assert value is None
    assert "1000" in str(reason)


def test_probes_are_not_made_twice(grid: Path, zscwh: Command) -> None:
    """The same ingest again probes nothing; another probe runs alone."""
    zscwh("ingest", grid)
    planned = zscwh("plan", grid)
    assert "probes: 1 done, 0 to run" in planned.stderr
    grid.write_text(GRID.format(probes='"few", "linear"'))
    planned = zscwh("plan", grid, "-f", "csv")
    rows = [line.split(",") for line in planned.stdout.splitlines()[1:]]
    assert {stage: n for stage, n, *_ in rows if n != "0"} == {"probe": "1"}
    zscwh("ingest", grid)
    assert "probes: 2 done, 0 to run" in zscwh("plan", grid).stderr


def test_labels_that_train_lacks_are_not_applicable(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """No class in common: rows with the reason, and the train set is not embedded."""
    _write_blobs(tmp_path / "train.npz", [6, 7], 60, seed=2)
    planned = zscwh("plan", grid)
    assert "not applicable (1 probe): cannot be probed: none of" in planned.stderr
    zscwh("ingest", grid)
    found = _scores(tmp_path)
    assert {value for value, _ in found.values()} == {None}
    assert "none of 3 test classes occurs" in str(found[1, "accuracy"][1])
    embeddings = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql(
        "select count(*) from embedding"
    )
    assert embeddings.rows == [(1,)]
    assert zsc_wh.open(tmp_path / "zscwh.duckdb").audit() == []


def test_probes_wait_with_the_cells_over_a_limit(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """`--limit` puts the probes of embeddings off whose cells it puts off."""
    done = zscwh("ingest", grid, "--limit", "0")
    assert "0 cells executed" in done.stderr
    tasks = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql("select count(*) from task")
    assert tasks.rows == [(0,)]


def test_a_failed_probe_waits_for_retry(
    grid: Path, zscwh: Command, tmp_path: Path
) -> None:
    """A probe that fails is named, and tried again when asked."""
    train = np.load(tmp_path / "train.npz")
    np.savez(
        tmp_path / "train.npz",
        embeddings=train["embeddings"][:, :-1],
        y_true=train["y_true"],
    )
    failed = zscwh("ingest", grid, code=1)
    assert "failed: probe features / test / few (class)" in failed.stderr
    planned = zscwh("plan", grid)
    assert "0 to run" in planned.stderr.splitlines()[2]
    assert "failed before (1 probe): probe features / test" in planned.stderr
    again = zscwh("plan", grid, "--retry", "failed")
    assert "1 to run" in again.stderr.splitlines()[2]
