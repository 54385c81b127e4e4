"""Claims: UMAP by manifolds-rs is faster, on two threads again; neighbours are shared.

Run with ``pytest -m bench -s tests/bench/bench_umap.py``; ``$ZSCWH_DATA`` says where
CIFAR-10 is (see `tests.bench.real_images`). Every side is a process of its own, what
numba compiles is compiled before the clock starts, and the sides run in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bench.machine import describe
from tests.bench.real_images import features
from zsc_wh.compiling import code_kept

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = 10_000
CHILD = """
import json, resource, sys, time
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from zsc_wh.fields import complete
from zsc_wh.reducers import METHODS
from zsc_wh.reducers.method import neighbours_of

file, engine, dims, threads, is_shared = json.loads(sys.argv[1])
umap = METHODS["umap"]
with np.load(file) as stored:
    X, y = stored["X"], stored["y"]


def asked(dim, **more):
    return complete(umap.fields, {"engine": engine, "n_components": dim, **more})


if engine == "umap-learn":  # compile, the approximate search for many samples too
    umap.fit(X[:4200, :20], asked(2, n_epochs=2), 0)
wall, cpu = time.perf_counter(), time.process_time()
found = None
if is_shared:
    found = neighbours_of(X, 32, asked(2), threads=threads)
arrays = [
    umap.fit(X, asked(dim), 0, neighbours=found, threads=threads).array for dim in dims
]
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
labels = KMeans(10, n_init=3, random_state=0).fit_predict(arrays[-1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
ami = adjusted_mutual_info_score(y, labels)
print(json.dumps([wall, cpu, peak, ami, hash(arrays[-1].tobytes())]))
"""
SIDES: dict[str, tuple[str, list[int], int, bool]] = {
    "umap-learn, 50": ("umap-learn", [50], 1, False),
    "manifolds, 50, one thread": ("manifolds", [50], 1, False),
    "manifolds, 50, two threads": ("manifolds", [50], 2, False),
    "manifolds, 2": ("manifolds", [2], 1, False),
    "manifolds, 10": ("manifolds", [10], 1, False),
    "manifolds, 2, 10 and 50, neighbours shared": ("manifolds", [2, 10, 50], 1, True),
    "umap-learn, 2": ("umap-learn", [2], 1, False),
    "umap-learn, 10": ("umap-learn", [10], 1, False),
}


def measured(file: Path, environment: dict[str, str], side: tuple[Any, ...]) -> Any:
    """Return wall seconds, processor seconds, MiB, AMI, and a hash of the array."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps([str(file), *side])],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.bench
def test_time_of_both_engines(tmp_path: Path) -> None:
    """Print each side, and the ratios that are claimed."""
    X, y = features("cifar10", SAMPLES)
    np.savez(tmp_path / "features.npz", X=X, y=y)
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = dict.fromkeys(threads, "1") | {"PYTHONHASHSEED": "0"}
    sys.stdout.write(f"\nUMAP of CIFAR-10, {X.shape}; {describe()}\n")
    found: dict[str, Any] = {}
    with code_kept(print) as kept:
        for name, side in SIDES.items():
            given = {**environment, **kept}
            found[name] = measured(tmp_path / "features.npz", given, side)
            wall, cpu, peak, ami, _ = found[name]
            sys.stdout.write(
                f"{name:<43} wall {wall:6.1f} s, processors {cpu:6.1f} s, "
                f"{peak:5.0f} MiB, K-Means AMI {ami:.3f}\n"
            )
            sys.stdout.flush()
    one, two, three = (found[name] for name in list(SIDES)[:3])
    shared = found["manifolds, 2, 10 and 50, neighbours shared"]

    def alone(engine: str) -> float:
        return sum(float(found[f"{engine}, {dim}"][1]) for dim in (2, 10))

    by_manifolds, by_umap_learn = (
        (alone(engine) + each[1]) / shared[1]
        for engine, each in (("manifolds", two), ("umap-learn", one))
    )
    sys.stdout.write(
        f"umap-learn / manifolds, processors: {one[1] / two[1]:.2f}\n"
        f"one thread / two, wall: {two[0] / three[0]:.2f}; same bits: "
        f"{two[4] == three[4]}\n"
        f"three alone / three by manifolds that share neighbours, processors: alone by "
        f"manifolds {by_manifolds:.2f}, by umap-learn {by_umap_learn:.2f}\n"
    )
