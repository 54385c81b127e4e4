"""Claim: our affinity propagation equals scikit-learn's, faster and in less memory.

The sides run in turn, each in a process of its own, on the same made groups: ours on
one thread, on two, and with messages of float32, which have an answer of their own.
Compilation happens before the clock starts and is printed by itself.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys

import pytest

from tests.bench.machine import describe, spread

ROUNDS = 3
SIZES = (2000, 6000)
SIDES = ("scikit-learn", "ours", "ours on 2 threads", "ours in float32")
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
CHILD = """
import hashlib, json, sys, time
from pathlib import Path
import numpy as np
from sklearn.cluster import AffinityPropagation
from zsc_wh.clusterers.propagation import propagate

side, n, dtype = sys.argv[1], int(sys.argv[2]), sys.argv[3]
settings = {"damping": 0.9, "max_iter": 1000, "convergence_iter": 15}
rng = np.random.default_rng(0)
centres = rng.normal(size=(40, 50))


def made(n):
    X = centres[rng.integers(0, 40, n)] + 2 * rng.normal(size=(n, 50))
    return X.astype(dtype)


def fit(X):
    if side.startswith("ours"):
        more = {
            "threads": 2 if "2 threads" in side else 1,
            "precision": "float32" if "float32" in side else "float64",
        }
        found = propagate(X, preference=None, seed=0, **settings, **more)
        return found.labels, found.n_iter
    found = AffinityPropagation(random_state=0, **settings).fit(X)
    return found.labels_, found.n_iter_


def resident(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return float("nan")


X = made(n)
start = time.perf_counter()
fit(made(50))
first = time.perf_counter() - start
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
start = time.perf_counter()
labels, n_iter = fit(X)
seconds = time.perf_counter() - start
digest = hashlib.sha256(labels.astype("int64").tobytes()).hexdigest()
print(json.dumps({
    "seconds": seconds, "first": first, "mib": resident("VmHWM") - before,
    "answer": [digest, int(n_iter)],
}))
"""


@pytest.mark.bench
@pytest.mark.skipif(platform.system() != "Linux", reason="reads memory from /proc")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", SIZES)
def test_affinity_against_scikit_learn(n: int, dtype: str) -> None:
    """Print times, their ratio and peak memory; the answers must be the same."""
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    answers: dict[str, list[list[object]]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side in SIDES:
            done = subprocess.run(
                [sys.executable, "-c", CHILD, side, str(n), dtype],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, **THREADS},
            )
            run = json.loads(done.stdout)
            answers[side].append(run.pop("answer"))
            runs[side].append(run)
    n_iter = answers["ours"][0][1]
    out = [f"\n{describe()}", f"n = {n}, {dtype}, {n_iter} iterations, {ROUNDS} rounds"]
    for side in SIDES:
        seconds = [run["seconds"] for run in runs[side]]
        out.append(
            f"{side}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to "
            f"{max(seconds):.2f}), peak {max(r['mib'] for r in runs[side]):.0f} MiB, "
            f"first call {statistics.median(r['first'] for r in runs[side]):.2f} s"
        )
    for side in SIDES[1:]:
        pairs = list(zip(runs[side], runs["scikit-learn"], strict=True))
        faster = spread([theirs["seconds"] / ours["seconds"] for ours, theirs in pairs])
        smaller = spread([ours["mib"] / theirs["mib"] for ours, theirs in pairs])
        same = answers[side] == answers["scikit-learn"]
        out.append(
            f"{side}: {faster} times as fast in {smaller} of the memory, "
            f"{'the same' if same else 'other'} exemplars"
        )
    sys.stdout.write("\n".join([*out, ""]))
    exact = (answers[side] for side in SIDES if "float32" not in side)
    assert all(each == answers["ours"] for each in exact)
