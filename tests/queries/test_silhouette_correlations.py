"""Correlations of silhouette and AMI by group (A15) against scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.queries.study import DATASETS, SPACES, Study, nanmedian
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors
from zsc_wh.analyses.correlation import spearman

if TYPE_CHECKING:
    from tests.queries.conftest import Ask


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


def test_intervals_resample_datasets(study: Study, ask_study: Ask) -> None:
    """The interval is the step's over complete points; one dataset has none."""
    ami = study.scores["ami"]
    silhouette = np.where(np.isnan(ami), np.nan, study.scores[SPACES["umap"]])
    medians = [nanmedian(values, -1) for values in (ami, silhouette)]
    kept = ~np.isnan(medians).any(axis=0)
    places = np.nonzero(kept)[1]
    ends = spearman(
        {
            "x": [medians[0][kept]],
            "y": [medians[1][kept]],
            "datasets": [[list(DATASETS)[place] for place in places]],
        },
        {"resamples": 1000, "confidence": 0.95},
    )
    rows = ask_study("silhouette_correlations", space="umap")
    [pooled] = [row for row in rows if row["grouped_by"] == "pooled"]
    got = (pooled["low"], pooled["high"])
    assert got == pytest.approx([found for (found,) in ends.values()], abs=1e-9)
    assert got[0] < pooled["spearman"] < got[1]
    alone = [row for row in rows if row["grouped_by"] == "dataset"]
    assert {(row["low"], row["high"]) for row in alone} == {(None, None)}


def test_the_same_of_a_clusterer(ask_study: Ask) -> None:
    """Both queries say the same of a clusterer."""
    scoped = {
        (row["subject"], row["space"]): row
        for row in ask_study("silhouette_correlations", grouped_by="clusterer")
    }
    for row in ask_study("ami_vs_silhouette"):
        other = scoped[row["clusterer"], row["space"]]
        assert row["rho"] == pytest.approx(other["spearman"], abs=1e-9)
        for fact in ("low", "high", "n_points", "n_points_total", "n_runs"):
            assert row[fact] == pytest.approx(other[fact], abs=1e-9), fact
