from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
from hypothesis import given

from tests.queries.made import Made
from tests.queries.study import CLUSTERERS, SPACES, Study, nanmedian
from tests.queries.tensors import EXAMPLES, Rows, Tensor, approx, by, tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask


def pairs_of(
    study: Study, clusterer: str, space: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return AMI and silhouette of all points of a clusterer, NaN where missing."""
    place = CLUSTERERS.index(clusterer)
    ami = study.scores["ami"][:, :, :, place]
    silhouette = study.scores[SPACES[space]][:, :, :, place].copy()
    silhouette[np.isnan(ami)] = np.nan  # runs without AMI go first
    return nanmedian(ami, axis=3).ravel(), nanmedian(silhouette, axis=3).ravel()


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("clusterer", CLUSTERERS)
def test_rho_equals_scipy(
    study: Study, ask_study: Ask, clusterer: str, space: str
) -> None:
    """The correlation, n and N are those of scipy over the pairwise complete points."""
    ami, silhouette = pairs_of(study, clusterer, space)
    both = ~np.isnan(ami) & ~np.isnan(silhouette)
    (row,) = ask_study("ami_vs_silhouette", clusterer=clusterer, space=space)
    assert row["rho"] == pytest.approx(
        scipy.stats.spearmanr(ami[both], silhouette[both]).statistic, abs=1e-12
    )
    assert (row["n_points"], row["n_points_total"]) == (both.sum(), ami.size)
    assert 0 < both.sum() < ami.size


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("clusterer", CLUSTERERS)
def test_points_carry_the_same_rho_and_average_ranks(
    study: Study, ask_study: Ask, clusterer: str, space: str
) -> None:
    """Each axis is ranked over its own values, from 0, and rho is that of the pairs."""
    ami, silhouette = pairs_of(study, clusterer, space)
    rows = ask_study("silhouette_points", clusterer=clusterer, space=space)
    scored = ~np.isnan(ami)
    assert len(rows) == scored.sum()
    for column, values in (("ami", ami[scored]), ("silhouette", silhouette[scored])):
        want = scipy.stats.rankdata(values, nan_policy="omit") - 1
        points = sorted((v, r) for v, r in zip(values, want, strict=True) if v == v)
        got = sorted(
            (row[column], row[f"{column}_rank"])
            for row in rows
            if row[column] is not None
        )
        np.testing.assert_allclose(got, points, atol=1e-12)
    (summary,) = ask_study("ami_vs_silhouette", clusterer=clusterer, space=space)
    np.testing.assert_allclose([row["rho"] for row in rows], summary["rho"])
    assert {row["n_points"] for row in rows} == {summary["n_points"]}


@EXAMPLES
@given(tensor=tensors())
def test_any_tensor_has_the_rho_of_scipy(in_memory: Rows, tensor: Tensor) -> None:
    """Whatever is missing, tied or constant, in the summary and beside the points."""
    ask = in_memory.put(tensor)
    rows = by(ask("ami_vs_silhouette"), "clusterer", "space")
    points = ask("silhouette_points")
    ami = tensor.medians()
    for c, clusterer in enumerate(tensor.clusterers()):
        for space, score in SPACES.items():
            sides = (ami[..., c], tensor.judged(score).medians(score)[..., c])
            both = np.stack([side.ravel() for side in sides])
            x, y = both[:, ~np.isnan(both).any(axis=0)]
            row = rows[clusterer, space]
            counts = (row["n_points"], row["n_points_total"])
            assert counts == (x.size, both.shape[1])
            defined = x.size >= 4 and np.ptp(x) > 0 and np.ptp(y) > 0
            rho = scipy.stats.spearmanr(x, y).statistic if defined else None
            assert row["rho"] == approx(rho)
            own = [
                p for p in points if (p["clusterer"], p["space"]) == (clusterer, space)
            ]
            assert len(own) == (~np.isnan(both[0])).sum()
            assert all(point["rho"] == approx(rho) for point in own)


@pytest.mark.parametrize(
    ("n", "params", "rho"),
    [
        (3, {}, None),
        (4, {}, 1.0),
        (3, {"min_points": 3}, 1.0),
        (1, {"min_points": 1}, None),
    ],
)
@pytest.mark.parametrize("name", ["ami_vs_silhouette", "silhouette_points"])
def test_few_points_have_no_correlation(
    ask_of: Callable[[Made], Ask],
    name: str,
    n: int,
    params: dict[str, int],
    rho: float | None,
) -> None:
    """Two points always lie on a line: fewer than four say nothing, unless asked."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["a", "b"])
    for place in range(n):
        made.encoder(f"e{place}")
        cell = made.cell(f"e{place}", "d", "none", "kmeans")
        made.run(cell, {"ami": place / 10, "silhouette_umap": place / 10})
    rows = ask_of(made)(name, space="umap", **params)
    assert rows
    assert {row["n_points"] for row in rows} == {n}
    assert [row["rho"] for row in rows] == [rho and pytest.approx(rho)] * len(rows)


@pytest.mark.parametrize("silhouettes", [[0.5, 0.5, 0.5, 0.5], [0.5], []])
def test_rho_without_spread_is_null(
    ask_of: Callable[[Made], Ask], silhouettes: list[float]
) -> None:
    """A constant side, one point, or none: NULL, never NaN."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["a", "b"])
    made.encoder("never run")
    made.cell("never run", "d", "none", "kmeans")
    for place, silhouette in enumerate(silhouettes):
        made.encoder(f"e{place}")
        cell = made.cell(f"e{place}", "d", "none", "kmeans")
        made.run(cell, {"ami": place / 10, "silhouette_umap": silhouette})
    (row,) = ask_of(made)("ami_vs_silhouette", space="umap")
    assert (row["rho"], row["n_points"], row["n_points_total"]) == (
        None,
        len(silhouettes),
        len(silhouettes) + 1,
    )
