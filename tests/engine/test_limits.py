from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import zsc_wh
from tests.engine.photos import write_photo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Command
    from tests.engine.conftest import MakeGrid


def _statuses(folder: Path) -> list[tuple[object, ...]]:
    return (
        zsc_wh.open(folder / "zscwh.duckdb")
        .run_sql("select status, count(*) from run group by status order by status")
        .rows
    )


def test_a_task_over_time_costs_its_own_cells(
    make_grid: MakeGrid, zscwh_process: Command, tmp_path: Path
) -> None:
    """A timeout is a row with a reason, held until it is asked for again."""
    grid = make_grid(clusterers=("kmeans",))
    done = zscwh_process("ingest", grid, "--timeout", "0.0001", code=1)
    assert "took longer than the limit" in done.stderr
    assert _statuses(tmp_path) == [("timeout", 3)]
    again = zscwh_process("ingest", grid, code=1)
    assert "3 failed before" in again.stderr
    zscwh_process("ingest", grid, "--retry", "failed", code=1)
    zscwh_process("ingest", grid, "--retry", "all")
    assert _statuses(tmp_path) == [("done", 3), ("timeout", 3)]


def test_a_forecast_over_the_limit_skips_until_the_limit_changes(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """What does not fit is skipped with the figures, and run when it fits."""
    grid = make_grid(clusterers=("kmeans",))
    done = zscwh("ingest", grid, "--memory-limit", "100MiB", code=1)
    assert "skipped: forecast of" in done.stderr
    assert "with a larger --memory-limit the same command runs them" in done.stderr
    assert "failed" not in done.stderr
    assert _statuses(tmp_path) == [("skipped", 3)]
    failures = zscwh("query", "failures", "-f", "csv").stdout
    assert "is over the memory limit of 100 MiB" in failures
    zscwh("ingest", grid, "--memory-limit", "100MiB", code=1)
    assert _statuses(tmp_path) == [("skipped", 3)]
    zscwh("ingest", grid)
    assert _statuses(tmp_path) == [("done", 3), ("skipped", 3)]


def test_k_from_labels_without_labels_is_impossible(
    make_grid: MakeGrid, zscwh: Command, tmp_path: Path
) -> None:
    """A cell that cannot be run is said before anything runs, and recorded once."""
    grid = make_grid(clusterers=("kmeans", "hdbscan"))
    text = grid.read_text(encoding="utf-8")
    grid.write_text(text.replace('"y_true"', '"none"'), encoding="utf-8")
    planned = zscwh("plan", grid)
    assert "impossible (3): 'kmeans' takes K from the labels" in planned.stderr
    zscwh("ingest", grid)
    zscwh("ingest", grid)
    assert _statuses(tmp_path) == [("done", 3), ("skipped", 3)]


NAN_ENCODER = """
import numpy as np

def build():
    return lambda images: np.full((len(images), 4), np.nan, dtype=np.float32)
"""

NAN_GRID = """
name = "nan"
scores = ["ami"]

[encoder.nowhere]
loader = { kind = "python", target = "nowhere:build" }
image_size = 8

[[cross]]
datasets = ["digits"]
encoders = ["nowhere"]
reducers = ["none", "zscore"]
clusterers = ["kmeans", "ac-known"]
"""


def test_one_fault_is_told_once(zscwh: Command, tmp_path: Path) -> None:
    """What waits for a failed task blames that one, and is not told line by line."""
    grid = tmp_path / "nan.toml"
    grid.write_text(NAN_GRID, encoding="utf-8")
    (tmp_path / "nowhere.py").write_text(NAN_ENCODER, encoding="utf-8")
    failed = zscwh("ingest", grid, code=1)
    lines = [line for line in failed.stderr.splitlines() if "not finite" in line]
    assert len(lines) == 1
    assert lines[0].startswith("failed: embed nowhere / digits: ")
    reasons = zsc_wh.open(tmp_path / "zscwh.duckdb").run_sql(
        "select reason, count(*) from run group by reason"
    )
    assert reasons.rows == [(lines[0].removeprefix("failed: "), 4)]


HALF = """
[dataset.half]
loader = { kind = "digits" }
subset = { n = 60 }

[[cross]]
datasets = ["digits", "half"]"""


def test_a_fault_of_an_encoder_is_told_once_for_all_datasets(
    zscwh: Command, tmp_path: Path
) -> None:
    """At once in full, and at the end with the datasets and cells that it cost."""
    grid = tmp_path / "nan.toml"
    text = NAN_GRID.replace('\n[[cross]]\ndatasets = ["digits"]', HALF)
    grid.write_text(text, encoding="utf-8")
    (tmp_path / "nowhere.py").write_text(NAN_ENCODER, encoding="utf-8")
    lines = zscwh("ingest", grid, code=1).stderr.splitlines()
    assert len([line for line in lines if "not finite" in line]) == 1
    told = [line for line in lines if line.startswith("failed: embed nowhere")]
    assert told[1:] == ["failed: embed nowhere: 2 datasets, 8 cells"]


IMPOSSIBLE = """
name = "few"
scores = ["ami", "silhouette_umap"]
maps = ["umap-2"]

[dataset.photos]
loader = { kind = "folder", path = "photos" }

[reducer.wide]
kind = "pca"
n_components = 11

[reducer.tsne]
kind = "tsne"
perplexity = 30

[clusterer.many]
kind = "kmeans"
k = 5000

[clusterer.graph]
kind = "spectral"
n_neighbors = 30

[[cross]]
datasets = ["photos"]
encoders = ["pixels"]
reducers = ["none", "wide", "umap-50", "tsne", "pacmap-50"]
clusterers = ["kmeans", "many", "graph", "hdbscan"]
"""


def test_a_plan_and_an_ingest_agree_on_what_is_impossible(
    zscwh: Command, tmp_path: Path
) -> None:
    """Ten images: each limit is told by the plan, in the words of the row that it gets.

    Nothing that the plan calls possible fails, and what is impossible costs no task.
    """
    for i in range(10):
        write_photo(tmp_path / f"photos/{'ab'[i % 2]}/{i}.bmp", i, 200 * (i % 2))
    grid = tmp_path / "few.toml"
    grid.write_text(IMPOSSIBLE)
    planned = _cells(zscwh("plan", grid, "--cells", "-f", "csv").stdout)
    told = {key: why for key, (state, why) in planned.items() if state == "impossible"}
    assert {key[0] for key in told} >= {"wide", "umap-50", "tsne"}
    assert ("none", "many") in told
    assert "5,000 clusters cannot be made of 10 samples" in told["none", "many"]
    zscwh("ingest", grid)
    rows = (
        zsc_wh.open(tmp_path / "zscwh.duckdb")
        .run_sql(
            "select reducer, clusterer, status, reason from named_cell "
            "inner join run using (cell_key) where grid is null"
        )
        .rows
    )
    assert len(rows) == len(planned)
    for reducer, clusterer, status, reason in rows:
        key = (str(reducer), str(clusterer))
        assert (status == "skipped") == (key in told), (key, status, reason)
        if key in told:
            assert reason == told[key]


def _cells(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(text))
    return {
        (row["reducer"], row["clusterer"]): (row["state"], row["reason"])
        for row in rows
    }


def test_more_cells_than_can_be_planned_are_refused(
    zscwh: Command, tmp_path: Path
) -> None:
    """The product is told before it is made."""
    grid = tmp_path / "big.toml"
    names = ", ".join(f'"k{i}"' for i in range(300))
    methods = "\n".join(
        f'[clusterer.k{i}]\nkind = "kmeans"\nk = {i + 1}' for i in range(300)
    )
    seeds = ", ".join(map(str, range(1000)))
    grid.write_text(
        f'name = "big"\nseeds = [{seeds}]\n{methods}\n[[cross]]\n'
        'datasets = ["digits"]\nencoders = ["pixels"]\nreducers = ["none"]\n'
        f"clusterers = [{names}]\n"
    )
    done = zscwh("plan", grid, code=2)
    assert "declares 1 x 1 x 1 x 300 x 1,000 = 300,000 cells" in done.stderr


UNKNOWN = """
name = "unknown"
scores = ["ami"]

[encoder.untold]
loader = { kind = "random", name = "resnet18" }
image_size = 32

[reducer.fifty]
kind = "pca"
n_components = 50

[[cross]]
datasets = ["digits"]
encoders = ["pixels", "untold"]
reducers = ["none", "fifty", "umap-50"]
clusterers = ["kmeans"]
"""


def test_a_limit_that_only_an_embedding_decides_is_named(
    zscwh: Command, tmp_path: Path
) -> None:
    """Features are not always known before; a reducer that counts on them says so."""
    grid = tmp_path / "unknown.toml"
    grid.write_text(UNKNOWN, encoding="utf-8")
    lines = [line for line in zscwh("plan", grid).stderr.splitlines() if "may" in line]
    assert lines == [
        "  fifty may be impossible for untold / digits: the features are "
        "counted when they are made"
    ]
