"""Friedman's test with Nemenyi's, of encoders and of clusterers: one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats

from tests.analyses.oracle import interval
from tests.queries.made import Made
from tests.queries.study import CLUSTERERS, DATASETS, ENCODERS, Study
from zsc_wh.sqlfiles import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask

NAMES = {"encoder": list(ENCODERS), "clusterer": list(CLUSTERERS)}
SCOPES = {"overall": list(DATASETS), "far": ["dtd", "mnist", "svhn"]}


def blocks_of(
    study: Study, of: str, per: str, scope: str
) -> tuple[NDArray[np.float64], list[str], int]:
    """Return AMI as (compared, block), the dataset of each block, and how many more."""
    chosen = [list(DATASETS).index(name) for name in SCOPES[scope]]
    ami = study.medians("ami")[:, chosen]
    if of == "clusterer":
        ami = np.moveaxis(ami, 3, 0)  # (clusterer, encoder, dataset, reducer)
        ami = np.moveaxis(ami, 2, 1)
    else:  # (encoder, dataset, reducer, clusterer)
        ami = np.moveaxis(ami, 3, 2)
    cells = ami.reshape(len(ami), len(chosen), -1)
    kept: NDArray[np.bool_] = np.logical_not(np.isnan(cells).any(axis=0))
    found, datasets = [], []
    for place, name in enumerate(SCOPES[scope]):
        blocks = cells[:, place, kept[place]]
        if per == "dataset" and blocks.size:
            blocks = blocks.mean(axis=1, keepdims=True)
        found.append(blocks.round(12))
        datasets += [name] * blocks.shape[1]
    total = len(chosen) if per == "dataset" else kept.size
    return np.concatenate(found, axis=1), datasets, total


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("per", ["dataset", "cell"])
@pytest.mark.parametrize("of", NAMES)
def test_differences_equal_scipy(
    study: Study, ask_study: Ask, of: str, per: str, scope: str
) -> None:
    """Ranks, intervals, chi-squared, its p and the critical difference, n of N."""
    blocks, datasets, total = blocks_of(study, of, per, scope)
    ranks = scipy.stats.rankdata(-blocks, axis=0)
    result = scipy.stats.friedmanchisquare(*ranks)
    k, n = ranks.shape
    quantile = scipy.stats.studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2)
    nemenyi = quantile * np.sqrt(k * (k + 1) / (6 * n))
    rows = [
        row for row in ask_study(f"{of}_differences", per=per) if row["scope"] == scope
    ]
    assert {row[of] for row in rows} == {*NAMES[of]}
    by_name: dict[str, Any] = {row[of]: row for row in rows}
    for name, own in zip(NAMES[of], ranks, strict=True):
        row = by_name[name]
        assert row["mean_rank"] == pytest.approx(own.mean())
        parts = {
            each: own[[other == each for other in datasets]] for each in {*datasets}
        }
        assert (row["low"], row["high"]) == pytest.approx(interval(parts), abs=1e-12)
        assert row["chi2"] == pytest.approx(result.statistic)
        assert row["p_value"] == pytest.approx(result.pvalue)
        assert row["critical_difference"] == pytest.approx(nemenyi)
        assert (row["n_blocks"], row["n_blocks_total"]) == (n, total)
        for other in rows:
            apart = abs(row["mean_rank"] - other["mean_rank"]) >= nemenyi
            share = {*row["groups"].split()} & {*other["groups"].split()}
            assert bool(share) == (not apart)


def test_both_have_one_shape() -> None:
    """But for what is compared, the columns are the same, with the same help."""
    encoder, clusterer = (
        [
            (column.name, column.type, column.help)
            for column in queries()[f"{of}_differences"].columns
            if column.name != of
        ]
        for of in NAMES
    )
    as_encoders = [
        tuple(part.replace("clusterer", "encoder") for part in column)
        for column in clusterer
    ]
    assert as_encoders == encoder


def test_one_dataset_has_ranks_and_no_test(ask_of: Callable[[Made], Ask]) -> None:
    """Nor has one encoder; an untrained one is ranked in groups alone."""
    made = Made()
    made.reducer("none")
    made.clusterer("kmeans")
    made.dataset("d", ["a", "b"], group="far")
    for encoder, family in {"a": "ssl", "b": "random"}.items():
        made.encoder(encoder, family)
        made.run(made.cell(encoder, "d", "none", "kmeans"), {"ami": 0.5})
    ask = ask_of(made)
    facts = ("is_overall", "encoder", "mean_rank", "low", "chi2", "groups")
    rows = ask("encoder_differences")
    assert [tuple(row[fact] for fact in facts) for row in rows] == [
        (True, "a", 1.0, None, None, None),
        (False, "a", 1.5, None, None, None),
        (False, "b", 1.5, None, None, None),
    ]
    (alone, _) = ask("clusterer_differences")
    assert (alone["mean_rank"], alone["critical_difference"]) == (1.0, None)
