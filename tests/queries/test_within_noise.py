from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from tests.queries.made import Made
from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.queries.conftest import Ask


def seeded(scores: Mapping[tuple[str, str], Sequence[float]]) -> Made:
    """Make AMIs by (encoder, clusterer), one a seed, on one dataset."""
    made = Made()
    made.dataset("d", ["a", "b"], group="far")
    made.reducer("none")
    for (encoder, clusterer), values in scores.items():
        made.encoder(encoder)
        made.clusterer(clusterer)
        for seed, ami in enumerate(values):
            made.run(made.cell(encoder, "d", "none", clusterer, seed), {"ami": ami})
    return made


SCORES = {
    ("a", "kmeans"): (0.50, 0.54, 0.52),
    ("a", "spectral"): (0.49, 0.51),
    ("b", "kmeans"): (0.10,),
    ("b", "spectral"): (0.31, 0.35, 0.33, 0.30),
}


@pytest.mark.parametrize("by", ["dataset", "encoder"])
def test_the_interval_is_that_of_the_pooled_t_test(
    ask_of: Callable[[Made], Ask], by: str
) -> None:
    """Margin, SD and degrees of freedom are those of scipy with a pooled variance."""
    rows = {
        (row["encoder"], row["clusterer"]): row
        for row in ask_of(seeded(SCORES))("within_noise", by=by, min_seeds=1)
    }
    assert rows.keys() == SCORES.keys()
    for name, row in rows.items():
        pool = {
            other: np.array(values)
            for other, values in SCORES.items()
            if by == "dataset" or other[0] == name[0]
        }
        best = max(pool, key=lambda other: float(pool[other].mean()))
        df = sum(len(values) - 1 for values in pool.values())
        square = sum(((values - values.mean()) ** 2).sum() for values in pool.values())
        sd = np.sqrt(square / df)
        spread = sd * np.sqrt(1 / len(pool[name]) + 1 / len(pool[best]))
        margin = scipy.stats.t.ppf(0.975, df) * spread
        difference = pool[best].mean() - pool[name].mean()
        assert (row["n_seeds"], row["df"]) == (len(pool[name]), df)
        assert row["sd"] == pytest.approx(sd)
        assert row["margin"] == pytest.approx(margin, rel=4e-4)
        assert row["difference"] == pytest.approx(difference, abs=1e-12)
        assert row["within"] is bool(name == best or difference <= margin)
        assert row["is_best"] is (name == best)
    assert {row["within"] for row in rows.values()} == {True, False}


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 400])
def test_the_quantile_is_that_of_t(ask_of: Callable[[Made], Ask], df: int) -> None:
    """The quantile in SQL is within 0.04 % of the true one, however few seeds."""
    made = seeded({("a", "kmeans"): np.linspace(0.1, 0.9, df + 1).tolist()})
    (row,) = ask_of(made)("within_noise")
    quantile = row["margin"] / row["sd"] / np.sqrt(2 / (df + 1))
    assert quantile == pytest.approx(scipy.stats.t.ppf(0.975, df), rel=4e-4)


def test_one_seed_says_nothing_about_noise(ask_of: Callable[[Made], Ask]) -> None:
    """Without a repeated seed nothing is called within or beyond the noise."""
    made = seeded({("a", "kmeans"): (0.5,), ("b", "kmeans"): (0.5,)})
    rows = ask_of(made)("within_noise", min_seeds=1)
    assert {(row["within"], row["margin"], row["sd"], row["df"]) for row in rows} == {
        (None, None, None, 0)
    }


def test_without_noise_only_equals_are_within(ask_of: Callable[[Made], Ask]) -> None:
    """Where seeds change nothing, any difference counts, and rounding is none."""
    made = seeded(
        {
            ("a", "kmeans"): (0.3, 0.3),
            ("b", "kmeans"): (0.1 + 0.2, 0.1 + 0.2),
            ("c", "kmeans"): (0.29, 0.29),
        }
    )
    rows = {row["encoder"]: row["within"] for row in ask_of(made)("within_noise")}
    assert rows == {"a": True, "b": True, "c": False}


@pytest.mark.parametrize(
    ("params", "n"),
    [
        ({}, 3),
        ({"min_seeds": 1}, 4),
        ({"min_seeds": 4}, 1),
        ({"within": True}, 2),
        ({"within": False}, 1),
        ({"encoder": "b"}, 1),
        ({"clusterer": "kmeans"}, 1),
        ({"dataset": "x"}, 0),
        ({"domain_group": "near"}, 0),
        ({"reducer": "x"}, 0),
        ({"grid": "x"}, 0),
    ],
)
def test_filters(
    ask_of: Callable[[Made], Ask], params: dict[str, object], n: int
) -> None:
    """Filters choose what is compared; `within` chooses among the answers."""
    assert len(ask_of(seeded(SCORES))("within_noise", **params)) == n


def test_an_unknown_pool_is_refused(ask_of: Callable[[Made], Ask]) -> None:
    """A misspelt `by` is an error."""
    ask = ask_of(seeded(SCORES))
    with pytest.raises(QueryError, match="'by' cannot be"):
        ask("within_noise", by="seed")
