"""Claim: a slice of a study takes an eighth of the time of a script, or a fifteenth.

A slice is one embedding of real images with six clusterers on UMAP-50 and all standard
scores. The script does what the study's own did for each cell: a process of its own
that makes UMAP again, clusters, and takes twelve Euclidean silhouettes (the original,
the reduced and the clustered space, by true and by found labels, with and without
noise). Ours is ``zscwh ingest`` of a new warehouse, from start to exit, with umap-learn
and with manifolds-rs; what numba can keep is compiled before. Then four slices by one
ingest, against four ingests.

Run with ``pytest -m bench -s tests/bench/bench_slice.py``; ``$ZSCWH_DATA`` says where
CIFAR-10 is. ``$ZSCWH_BENCH_SAMPLES`` takes fewer than the 10,000 of the claim.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bench.machine import describe
from tests.bench.real_images import features
from zsc_wh.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAMPLES = int(os.environ.get("ZSCWH_BENCH_SAMPLES", "10000"))
ENCODERS = ("first", "second", "third", "fourth")
CLUSTERERS = ("kmeans", "spectral", "ac-known", "ac-unknown", "affinity", "hdbscan")
REDUCERS = {"umap-learn": "umap-50", "manifolds": "umap-50-manifolds"}
GRID = """
name = "slice"
seeds = [1]
scores = ["@standard"]
[dataset.images]
loader = {{ kind = "embeddings", path = "first.npz", labels = "y_true" }}
{encoders}
[[cross]]
datasets = ["images"]
encoders = {names}
reducers = ["{reducer}"]
clusterers = {clusterers}
"""
ENCODER = """
[encoder.{name}]
loader = {{ kind = "embeddings", path = "{name}.npz" }}
"""
SCRIPT = """
import json, sys
import numpy as np
from sklearn import cluster, metrics
from umap import UMAP

file, name = sys.argv[1:]
with np.load(file) as stored:
    X, y = stored["embeddings"], stored["y_true"]
n, k = len(X), len(np.unique(y))
reduced = UMAP(n_neighbors=30, n_components=50, min_dist=0.0, random_state=1)
reduced = reduced.fit_transform(X)
fit = reduced
if name == "ac-unknown":
    fit = (reduced - reduced.mean(0)) / reduced.std(0).mean() / 50**0.5
clusterer = {
    "kmeans": lambda: cluster.KMeans(k, n_init=1, max_iter=1000, random_state=1),
    "spectral": lambda: cluster.SpectralClustering(
        k, affinity="nearest_neighbors", assign_labels="cluster_qr", random_state=1
    ),
    "ac-known": lambda: cluster.AgglomerativeClustering(k),
    "ac-unknown": lambda: cluster.AgglomerativeClustering(
        None, distance_threshold=2.0
    ),
    "affinity": lambda: cluster.AffinityPropagation(
        damping=0.9, max_iter=1000, random_state=1
    ),
    "hdbscan": lambda: cluster.HDBSCAN(max_cluster_size=round(0.2 * n), copy=True),
}[name]()
found = clusterer.fit_predict(fit)
kept = found != -1
scores = {}
for rows, subset in ((slice(None), "all"), (kept, "clustered")):
    for score in (
        metrics.adjusted_mutual_info_score,
        metrics.normalized_mutual_info_score,
        metrics.adjusted_rand_score,
        metrics.fowlkes_mallows_score,
        metrics.homogeneity_score,
        metrics.completeness_score,
    ):
        scores[f"{score.__name__} {subset}"] = score(y[rows], found[rows])
    for space, array in (("original", X), ("reduced", reduced), ("fit", fit)):
        for kind, labels in (("true", y), ("found", found)):
            if 1 < len(np.unique(labels[rows])) < len(labels[rows]):
                scores[f"silhouette {space} {kind} {subset}"] = float(
                    metrics.silhouette_score(array[rows], labels[rows])
                )
for score in (metrics.calinski_harabasz_score, metrics.davies_bouldin_score):
    for array in (X, reduced):
        if 1 < len(np.unique(found)) < n:
            score(array, found)
print(
    json.dumps(
        [
            scores["adjusted_mutual_info_score all"],
            scores.get("silhouette original found all"),
        ]
    )
)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with four embeddings, the last three with a little noise."""
    path = tmp_path_factory.mktemp("slice")
    X, y = features("cifar10", SAMPLES)
    rng = np.random.default_rng(0)
    for number, name in enumerate(ENCODERS):
        noise = rng.normal(0, 0.01 * number, X.shape).astype(np.float32)
        np.savez(path / f"{name}.npz", embeddings=X + noise, y_true=y)
    sys.stdout.write(f"\n{X.shape} of CIFAR-10; {describe()}\n")
    return path


def ingested(
    folder: Path, engine: str, encoders: Sequence[str]
) -> tuple[float, Warehouse]:
    """Return the wall seconds of an ingest into a new warehouse, and the warehouse."""
    grid = folder / "slice.toml"
    text = GRID.format(
        encoders="".join(ENCODER.format(name=name) for name in encoders),
        names=json.dumps(list(encoders)),
        reducer=REDUCERS[engine],
        clusterers=json.dumps(CLUSTERERS),
    )
    grid.write_text(text, encoding="utf-8")
    path = folder / f"{engine}-{time.time_ns()}.duckdb"
    command = ["-m", "zsc_wh", "--warehouse", str(path), "ingest", str(grid)]
    return run(command), Warehouse(path)


def run(command: Sequence[str]) -> float:
    """Return the wall seconds of a process."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - start


def warm_up(folder: Path, engine: str) -> None:
    """Compile what can be kept: on 300 samples, of which nothing stays."""
    small = folder / "small"
    small.mkdir(exist_ok=True)
    with np.load(folder / "first.npz") as stored:
        arrays = {name: stored[name][:300] for name in stored.files}
    np.savez(small / "first.npz", **arrays)
    ingested(small, engine, ENCODERS[:1])


@pytest.mark.bench
def test_slice_against_a_script(folder: Path) -> None:
    """Print each cell of the script, the slices, the ratios and what both found."""
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    seconds, expected = {}, {}
    for name in CLUSTERERS:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(script), str(folder / "first.npz"), name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seconds[name] = time.perf_counter() - start
        expected[name] = json.loads(done.stdout.splitlines()[-1])
        sys.stdout.write(f"script, {name:<11}{seconds[name]:8.1f} s\n")
        sys.stdout.flush()
    total = sum(seconds.values())
    sys.stdout.write(f"script, all        {total:8.1f} s\n")
    for engine in REDUCERS:
        warm_up(folder, engine)
        wall, warehouse = ingested(folder, engine, ENCODERS[:1])
        sys.stdout.write(
            f"ours, {engine:<13}{wall:8.1f} s; script / ours {total / wall:.1f}\n"
        )
        rows = warehouse.query("results").select(
            "clusterer", "ami", "silhouette_original"
        )
        assert rows.height == len(CLUSTERERS)
        for clusterer, *found in rows.rows():
            pairs = zip(("AMI", "silhouette"), found, expected[clusterer], strict=True)
            shown = ", ".join(f"{name} {ours} / {other}" for name, ours, other in pairs)
            sys.stdout.write(f"  {clusterer:<11} ours / script: {shown}\n")


@pytest.mark.bench
@pytest.mark.parametrize("engine", REDUCERS)
def test_four_slices_at_once(folder: Path, engine: str) -> None:
    """Print four ingests of one embedding, and one ingest of four."""
    warm_up(folder, engine)
    alone = [ingested(folder, engine, (name,))[0] for name in ENCODERS]
    together, warehouse = ingested(folder, engine, ENCODERS)
    n_cells = len(ENCODERS) * len(CLUSTERERS)
    assert warehouse.query("results").height == n_cells
    sys.stdout.write(
        f"\n{engine}: four alone {sum(alone):.1f} s, together {together:.1f} s, ratio "
        f"{sum(alone) / together:.2f}\n"
    )
