"""Claim: how long K-Means takes at K = 1,000 for 100,000 samples, and where.

Lloyd's and Elkan's steps run in turn, each in a process of its own with one thread, on
the same made groups and from the same start. One step shows what the start alone costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.bench.machine import describe, spread

SIDES = {
    "start and one step": {"max_iter": 1},
    "lloyd": {"algorithm": "lloyd"},
    "elkan": {"algorithm": "elkan"},
}
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
CHILD = """
import json, sys, time
import numpy as np
from zsc_wh.clusterers import METHODS
from zsc_wh.fields import complete

n, k, given = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
rng = np.random.default_rng(0)
X = 3 * rng.normal(size=(k, 50))[rng.integers(0, k, n)] + 2 * rng.normal(size=(n, 50))
X = X.astype("float32")
method = METHODS["kmeans"]
asked = complete(method.fields, given)
method.fit(X[:50], asked, 2, 0)  # imports
wall, cpu = time.perf_counter(), time.process_time()
found = method.fit(X, asked, k, 0)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
sums = np.zeros((k, 50))
np.add.at(sums, found.labels, X)
counts = np.bincount(found.labels, minlength=k)
centres = sums / np.maximum(counts, 1)[:, None]
inertia = float(((X - centres[found.labels]) ** 2).sum())
print(json.dumps(
    {"cpu": cpu, "wall": wall, "n_iter": found.n_iter, "inertia": inertia}
))
"""


@pytest.mark.bench
@pytest.mark.parametrize(("n", "k", "rounds"), [(10_000, 100, 3), (100_000, 1000, 1)])
def test_kmeans(n: int, k: int, rounds: int) -> None:
    """Print seconds and steps; both algorithms must end equally well."""
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(rounds):
        for side, given in SIDES.items():
            done = subprocess.run(
                [sys.executable, "-c", CHILD, str(n), str(k), json.dumps(given)],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, **THREADS},
            )
            runs[side].append(json.loads(done.stdout))
    out = [f"\n{describe()}", f"n = {n}, K = {k}, d = 50, float32, {rounds} rounds"]
    for side, each in runs.items():
        cpu, wall = (spread([run[name] for run in each]) for name in ("cpu", "wall"))
        out.append(
            f"{side}: {cpu} CPU s, {wall} s, {each[0]['n_iter']:.0f} steps, "
            f"inertia {each[0]['inertia']:.6g}"
        )
    pairs = zip(runs["lloyd"], runs["elkan"], strict=True)
    ratio = spread([lloyd["cpu"] / elkan["cpu"] for lloyd, elkan in pairs])
    out.append(f"elkan is {ratio} times as fast as lloyd in CPU time")
    sys.stdout.write("\n".join([*out, ""]))
    lloyd, elkan = (runs[side][0]["inertia"] for side in ("lloyd", "elkan"))
    assert abs(lloyd / elkan - 1) < 1e-3
