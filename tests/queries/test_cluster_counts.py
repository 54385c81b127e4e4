"""Numbers of clusters that were estimated (A11) against numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors


def counted(tensor: Tensor, counts: np.ndarray[Any, Any]) -> Tensor:
    """Give each cell two runs: one with a number of clusters, one with one more."""
    runs = [
        {
            "run_key": f"{cell['run_key']}{more}",
            "cell_key": cell["cell_key"],
            "n_clusters": int(counts[place]) + more,
            "n_noise": 10 * int(counts[place]),
        }
        for place, cell in zip(tensor.places(), tensor.rows(), strict=True)
        if not np.isnan(tensor.scores["ami"][place])
        for more in (0, 1)
    ]
    return replace(tensor, extra={"closed_run": runs} if runs else {})


@EXAMPLES
@given(tensor=tensors(("ami",)), seed=st.integers(0, 99))
def test_ratios_and_flags_equal_numpy(
    in_memory: Rows, tensor: Tensor, seed: int
) -> None:
    """The ratio is that of medians; nothing found has none and is never the best."""
    counts = np.random.default_rng(seed).integers(-1, 8, tensor.shape) * 1.0
    counts[counts < 0] = 0
    answer = in_memory.put(counted(tensor, counts))("cluster_counts")
    rows = by(answer, "dataset", "encoder", "clusterer", "reducer")
    halves = Tensor({"ami": np.where(np.isnan(tensor.scores["ami"]), np.nan, counts)})
    found = halves.medians() + 0.5  # the two runs of a cell differ by one
    classes = np.arange(4, 4 + tensor.shape[1]).reshape(1, -1, 1, 1)
    errors = np.abs(np.log(found / classes))
    estimated = [c for c, name in enumerate(tensor.clusterers()) if name != "kmeans"]
    assert len(rows) == errors[..., estimated].size
    for place in np.ndindex(errors.shape):
        e, d, r, c = place
        if c not in estimated:
            continue
        row = rows[
            tensor.datasets()[d][0],
            tensor.encoders()[e][0],
            tensor.clusterers()[c],
            tensor.reducers()[r] if tensor.shape[2] > 1 else None,
        ]
        assert row["n_clusters"] == approx(float(found[place]))
        assert row["log_ratio"] == approx(np.log(found[place] / classes[0, d, 0, 0]))
        noise = 10 * (float(found[place]) - 0.5) / 100
        assert row["noise_fraction"] == approx(noise)
        rivals = {
            "is_best": errors[:, d][..., estimated],
            "is_best_of_clusterer": errors[:, d, r, c],
        }
        for flag, group in rivals.items():
            others = group[~np.isnan(group)]
            best = others.size and round(errors[place] - others.min(), 12) <= 0.005
            assert row[flag] == (None if np.isnan(errors[place]) else best)
        largest = rivals["is_best"][~np.isnan(rivals["is_best"])]
        share = errors[place] / largest.max() if largest.any() else np.nan
        assert row["relative_error"] == approx(share)


def test_without_a_cluster_there_is_no_ratio(in_memory: Rows) -> None:
    """All noise: NULL, and the others are shaded and judged without it."""
    tensor = Tensor({"ami": np.full((3, 1, 1, 1, 1), 0.5)})
    runs = [
        {**cell, "n_clusters": found, "n_noise": 100 - found}
        for cell, found in zip(tensor.rows(), (0, 4, 8), strict=True)
    ]
    keys = ("run_key", "cell_key", "n_clusters", "n_noise")
    extra = {"closed_run": [{key: run[key] for key in keys} for run in runs]}
    rows = by(in_memory.put(replace(tensor, extra=extra))("cluster_counts"), "encoder")
    said = [
        (row["n_clusters"], row["log_ratio"], row["relative_error"], row["is_best"])
        for row in (rows[name,] for name in ("net", "ssl", "tuned"))
    ]
    assert said == [
        (0, None, None, None),
        (4, 0, 0, True),
        (8, approx(np.log(2)), 1, False),
    ]
