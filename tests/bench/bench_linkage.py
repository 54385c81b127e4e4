"""Claim: one tree of Ward, cut at three K and three thresholds, against six fits.

Both sides run in turn, each in a process of its own with one thread, on the same made
groups: fastcluster's tree and our cuts, and scikit-learn's AgglomerativeClustering. The
partitions must be the same.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest

from tests.bench.machine import describe, spread

ROUNDS = 2
SIDES = ("ours", "scikit-learn")
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
CHILD = """
import hashlib, json, sys, time
from pathlib import Path
import numpy as np
from sklearn.cluster import AgglomerativeClustering
from zsc_wh.clusterers import TREES
from zsc_wh.fields import complete

side, n = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)
centres = 3 * rng.normal(size=(200, 50))
X = (centres[rng.integers(0, 200, n)] + rng.normal(size=(n, 50))).astype("float32")
ways = [("n_clusters", k) for k in (10, 100, 1000)]
ways += [("distance_threshold", t) for t in (20.0, 40.0, 80.0)]
method = TREES["agglomerative"]


def ours():
    tree = None
    for name, value in ways:
        given = {"engine": "fastcluster"}
        if name == "distance_threshold":
            given[name] = value
        params = complete(method.fields, given)
        tree = tree or method.grown(X, params)
        k = value if name == "n_clusters" else None
        yield method.cut_tree(tree, params, k).labels


def theirs():
    for name, value in ways:
        asked = {"n_clusters": None, **{name: value}}
        yield AgglomerativeClustering(**asked).fit(X).labels_


def resident(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return float("nan")


Path("/proc/self/clear_refs").write_text("5")
before, cpu, wall = resident("VmRSS"), time.process_time(), time.perf_counter()
found = list(ours() if side == "ours" else theirs())
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
# numbered by first appearance: engines order equal clusters otherwise
firsts = [np.unique(labels, return_index=True, return_inverse=True) for labels in found]
renamed = [np.argsort(np.argsort(at))[back] for _, at, back in firsts]
digest = hashlib.sha256(b"".join(r.astype("int64").tobytes() for r in renamed))
print(json.dumps({
    "wall": wall, "cpu": cpu, "mib": resident("VmHWM") - before,
    "answer": digest.hexdigest(),
}))
"""


@pytest.mark.bench
@pytest.mark.skipif(platform.system() != "Linux", reason="reads memory from /proc")
@pytest.mark.parametrize("n", [5_000, 20_000])
def test_one_tree_against_six_fits(n: int) -> None:
    """Print times, their ratio and peak memory; the partitions must be the same."""
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    answers = set()
    for _ in range(ROUNDS):
        for side in SIDES:
            done = subprocess.run(
                [sys.executable, "-c", CHILD, side, str(n)],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, **THREADS},
            )
            run = json.loads(done.stdout)
            answers.add(run.pop("answer"))
            runs[side].append(run)
    out = [f"\n{describe()}", f"n = {n}, d = 50, {ROUNDS} rounds"]
    for side in SIDES:
        wall, cpu, mib = (
            [run[k] for run in runs[side]] for k in ("wall", "cpu", "mib")
        )
        out.append(
            f"{side}: {spread(wall)} s, {spread(cpu)} s of processor, "
            f"peak {max(mib):.0f} MiB"
        )
    for what in ("wall", "cpu"):
        ratios = [
            theirs[what] / ours[what]
            for ours, theirs in zip(*runs.values(), strict=True)
        ]
        out.append(f"ratio of {what} time: {spread(ratios)}")
    peaks = [max(run["mib"] for run in runs[side]) for side in SIDES]
    out.append(f"memory: {peaks[0] / peaks[1]:.1%}\n")
    sys.stdout.write("\n".join(out))
    assert len(answers) == 1
