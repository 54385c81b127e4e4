"""Claim: UMAP by manifolds-rs is as good as by umap-learn, within the noise of seeds.

Run with ``pytest -m bench -s tests/bench/bench_umap_quality.py``; ``$ZSCWH_DATA`` says
where MNIST and CIFAR-10 are (see `tests.bench.real_images`). Each seed is a process's.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import t as student

from tests.bench.machine import describe
from tests.bench.real_images import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS = range(10)
SAMPLES = 1500
ENGINES = ("umap-learn", "manifolds")
SCORES = ("K-Means AMI", "Ward AMI", "10 nearest kept")


def scores(job: tuple[str, int, NDArray[Any], Any]) -> tuple[float, ...]:
    """Return how good one reduction to 50 dimensions is."""
    from sklearn.cluster import AgglomerativeClustering, KMeans
    from sklearn.metrics import adjusted_mutual_info_score

    from zsc_wh.fields import complete
    from zsc_wh.reducers import METHODS
    from zsc_wh.spaces.neighbours import exact_neighbours

    engine, seed, X, y = job
    umap = METHODS["umap"]
    array = umap.fit(X, complete(umap.fields, {"engine": engine}), seed).array
    k = len(set(y.tolist()))
    near, found = (exact_neighbours(each, 10)["index"] for each in (X, array))
    return (
        adjusted_mutual_info_score(
            y, KMeans(k, n_init=1, random_state=seed).fit_predict(array)
        ),
        adjusted_mutual_info_score(y, AgglomerativeClustering(k).fit_predict(array)),
        float((near[:, :, None] == found[:, None]).any(axis=2).mean()),
    )


def interval(a: NDArray[Any], b: NDArray[Any]) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two means (Welch's)."""
    of_a, of_b = (each.var(ddof=1) / len(each) for each in (a, b))
    error = (of_a + of_b) ** 0.5
    if not error:
        return float(b.mean() - a.mean()), float(b.mean() - a.mean())
    freedom = error**4 / (of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1))
    half = student.ppf(0.975, freedom) * error
    return float(b.mean() - a.mean() - half), float(b.mean() - a.mean() + half)


@pytest.mark.bench
@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10"])
def test_scores_of_both_engines(name: str) -> None:
    """Print means, the spread of seeds, and the interval of the difference."""
    X, y = features(name, SAMPLES)
    jobs = [(engine, seed, X, y) for engine in ENGINES for seed in SEEDS]
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        table = np.array(pool.map(scores, jobs, chunksize=5))
    own, other = np.split(table, 2)
    sys.stdout.write(
        f"\nUMAP-50 of {name}, {X.shape}, {len(SEEDS)} seeds; {describe()}\n"
    )
    for i, score in enumerate(SCORES):
        a, b = own[:, i], other[:, i]
        low, high = interval(a, b)
        sys.stdout.write(
            f"{score:<16} umap-learn {a.mean():.3f} ({a.min():.3f} to {a.max():.3f}), "
            f"manifolds {b.mean():.3f} ({b.min():.3f} to {b.max():.3f}); manifolds - "
            f"umap-learn {b.mean() - a.mean():+.3f}, 95 % interval {low:+.3f} to "
            f"{high:+.3f}, sd of seeds {a.std(ddof=1):.3f}\n"
        )
