"""Correlations of silhouette and AMI by group (A15) against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.queries.study import SPACES
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors


def correlation(pairs: list[tuple[float, float]], name: str) -> float | None:
    """Return that of scipy, or None where it is undefined."""
    x, y = np.array(pairs).reshape(-1, 2).T
    if len(pairs) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    if name == "pearson":
        return float(scipy.stats.pearsonr(x, y).statistic)
    return float(scipy.stats.spearmanr(x, y).statistic)


@EXAMPLES
@given(tensor=tensors())
@pytest.mark.parametrize("per_backbone", [False, True])
def test_correlations_equal_scipy(
    in_memory: Rows, tensor: Tensor, *, per_backbone: bool
) -> None:
    """Every grouping pools its own points; incomplete ones go before ranking."""
    answer = in_memory.put(tensor)("silhouette_correlations", per_backbone=per_backbone)
    rows = by(answer, "space", "backbone", "grouped_by", "subject")
    ami = tensor.medians("ami")
    points: dict[tuple[object, ...], list[tuple[float, float]]] = {}
    for space, score in SPACES.items():
        silhouette = tensor.judged(score).medians(score)
        for e, d, r, c in np.ndindex(ami.shape):
            encoder, _, backbone, _ = tensor.encoders()[e]
            if per_backbone and backbone is None:
                continue
            groups = {
                "pooled": None,
                "clusterer": tensor.clusterers()[c],
                "encoder": encoder,
                "dataset": tensor.datasets()[d][0],
            }
            for grouping, subject in groups.items():
                pool = backbone if per_backbone else None
                place: tuple[object, ...] = (space, pool, grouping, subject)
                pair = (float(ami[e, d, r, c]), float(silhouette[e, d, r, c]))
                points.setdefault(place, []).append(pair)
    assert rows.keys() == points.keys()
    for key, pairs in points.items():
        complete = [pair for pair in pairs if not np.isnan(pair).any()]
        row = rows[key]
        assert (row["n_points"], row["n_points_total"]) == (len(complete), len(pairs))
        for name in ("pearson", "spearman"):
            wanted = correlation(complete, name)
            assert row[name] == approx(wanted)
            alike = [
                other[name]
                for place, other in rows.items()
                if place[:3] == key[:3] and other[name] is not None
            ]
            assert row[f"mean_{name}"] == approx(np.mean(alike) if alike else None)
