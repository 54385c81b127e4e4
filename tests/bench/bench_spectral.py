"""Claim: spectral clustering of 50,000 samples into 1,000 clusters, within 8 GB.

Both solvers run in turn, each in a process of its own with one thread, on the same made
groups. ARPACK is left out at the largest size, where its forecast is printed instead.
The clusters must be as good by AMI as those of ARPACK, within a hundredth.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

from tests.bench.machine import describe, spread
from tests.clusterers.made import params
from zsc_wh.clusterers import METHODS
from zsc_wh.sizes import Shape

SIDES = ("chebyshev", "arpack")
DIM = 50
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
CHILD = """
import json, sys, time
from pathlib import Path
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_mutual_info_score
from zsc_wh.clusterers import METHODS
from zsc_wh.fields import complete

solver, n, k, d = sys.argv[1], *map(int, sys.argv[2:])
X, y = make_blobs(
    n, d, centers=k, cluster_std=0.9, center_box=(-1, 1), random_state=0
)
X = X.astype("float32")
method = METHODS["spectral"]
asked = complete(method.fields, {"eigen_solver": solver})
method.fit(X[:50], asked, 2, 0)  # imports


def resident(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 2**20
    return float("nan")


Path("/proc/self/clear_refs").write_text("5")
wall, cpu = time.perf_counter(), time.process_time()
found = method.fit(X, asked, k, 0)
print(json.dumps({
    "wall": time.perf_counter() - wall,
    "cpu": time.process_time() - cpu,
    "gib": resident("VmHWM"),
    "ami": adjusted_mutual_info_score(y, found.labels),
}))
"""


@pytest.mark.bench
@pytest.mark.skipif(platform.system() != "Linux", reason="reads memory from /proc")
@pytest.mark.parametrize(
    ("n", "k", "rounds"), [(2000, 50, 3), (5000, 100, 3), (50_000, 1000, 1)]
)
def test_spectral_against_arpack(n: int, k: int, rounds: int) -> None:
    """Print seconds, peak memory and AMI of each solver, and the ratio."""
    sides = SIDES if n <= 5000 else SIDES[:1]
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            done = subprocess.run(
                [sys.executable, "-c", CHILD, side, *map(str, (n, k, DIM))],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, **THREADS},
            )
            runs[side].append(json.loads(done.stdout))
    out = [f"\n{describe()}", f"n = {n}, K = {k}, d = {DIM}, {rounds} rounds"]
    method = METHODS["spectral"]
    for side in SIDES:
        asked = params("spectral", eigen_solver=side)
        peak = method.peak_bytes(Shape(n, DIM, k), asked) / 2**30
        if side not in runs:
            out.append(f"{side}: left out, forecast {peak:.1f} GiB")
            continue
        cpu, wall, gib, ami = (
            spread([run[name] for run in runs[side]])
            for name in ("cpu", "wall", "gib", "ami")
        )
        out.append(
            f"{side}: {cpu} CPU s, {wall} s, process at most {gib} GiB "
            f"(forecast {peak:.2g} beside it), AMI {ami}"
        )
    if len(runs) == 2:
        pairs = zip(runs["arpack"], runs["chebyshev"], strict=True)
        ratio = spread([theirs["cpu"] / ours["cpu"] for theirs, ours in pairs])
        out.append(f"chebyshev is {ratio} times as fast in CPU time")
    sys.stdout.write("\n".join([*out, ""]))
    best = [max(run["ami"] for run in each) for each in runs.values()]
    assert abs(best[0] - best[-1]) < 0.01
    assert max(run["gib"] for run in runs["chebyshev"]) < 8
