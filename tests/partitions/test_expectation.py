from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given

from tests.metrics.strategies import QUICK, label_pairs
from zsc_wh.metrics.contingency import Contingency
from zsc_wh.partitions import expectation
from zsc_wh.partitions.expectation import expected_joint

if TYPE_CHECKING:
    from zsc_wh.metrics.labels import CountArray


def plain(true_sizes: CountArray, pred_sizes: CountArray) -> float:
    """Return the expectation with exact probabilities, cell by cell."""
    n = int(true_sizes.sum())
    terms = []
    for a, a_times in Counter(true_sizes.tolist()).items():
        for b, b_times in Counter(pred_sizes.tolist()).items():
            for count in range(max(2, a + b - n), min(a, b) + 1):
                ways = math.comb(a, count) * math.comb(n - a, b - count)
                chance = Fraction(ways, math.comb(n, b))
                terms.append(
                    float(chance * a_times * b_times) * count * math.log(count) / n
                )
    return math.fsum(terms)


def test_it_is_the_mean_over_all_shuffles() -> None:
    """The expectation is over every order of the samples, each as likely."""
    true, pred = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    shuffles = [
        Contingency.of(true, np.array(order)).joint for order in permutations(pred)
    ]
    table = Contingency.of(true, pred)
    assert table.joint_expected == pytest.approx(np.mean(shuffles), abs=1e-14)


@QUICK
@given(label_pairs())
@example((np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64)))
@example((np.arange(5), np.arange(5)))
def test_it_equals_exact_probabilities(pair: tuple[CountArray, CountArray]) -> None:
    """Log space and scaling lose nothing: 1e-12 of the value."""
    table = Contingency.of(*pair)
    sizes = table.true_sizes, table.pred_sizes
    assert expected_joint(*sizes) == pytest.approx(plain(*sizes), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("true_sizes", "pred_sizes"),
    [
        ([1000, 1000], [700, 1300]),
        ([1999, 1], [1000, 1000]),
        ([2] * 1000, [2] * 1000),
        ([1] * 1998 + [2], [1] * 1998 + [2]),
        ([1500] + [5] * 100, [1400] + [3] * 200),
        ([*range(1, 63), 47], [*range(1, 63), 47]),
    ],
)
def test_it_holds_for_large_and_for_nearly_single_clusters(
    true_sizes: list[int], pred_sizes: list[int]
) -> None:
    """Cut tails and cancelling factorials cost at most 1e-12 of the value."""
    sizes = np.array(true_sizes), np.array(pred_sizes)
    assert expected_joint(*sizes) == pytest.approx(plain(*sizes), rel=1e-12, abs=0)


@pytest.mark.parametrize("share", [2, 3, 10])
def test_it_holds_for_clusters_of_hundred_thousands(share: int) -> None:
    """Two clusters against one odd sample, and against pairs: known in closed form."""
    n = 1_000_000
    pred = np.array([n // share, n - n // share])
    b = pred / n
    odd = b @ ((pred - 1) * np.log(pred - 1)) + (1 - b) @ (pred * np.log(pred))
    found = expected_joint(np.array([n - 1, 1]), pred)
    assert found == pytest.approx(odd / n, rel=1e-13, abs=0)
    both = b @ ((pred - 1) / (n - 1))
    found = expected_joint(np.full(n // 2, 2), pred)
    assert found == pytest.approx(both * math.log(2), rel=1e-9)


def test_a_million_samples_in_pairs_keep_their_digits() -> None:
    """Factorials of a million cancel: two pairs are equal by a chance of 2e-12."""
    n = 1_000_000
    pairs = np.full(n // 2, 2)
    chance = 2 / (n * (n - 1))
    expected = (n // 2) ** 2 * chance * 2 * math.log(2) / n
    assert expected_joint(pairs, pairs) == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize(("pairs", "terms"), [(1, 1), (7, 50), (10**6, 10**6)])
def test_it_does_not_depend_on_how_the_work_is_cut(
    monkeypatch: pytest.MonkeyPatch, pairs: int, terms: int
) -> None:
    """Blocks bound the memory and change nothing but rounding."""
    sizes = np.arange(1, 40), np.array([300, 200, 150, 100, 20, 10])
    expected = expected_joint(*sizes)
    monkeypatch.setattr(expectation, "_PAIRS", pairs)
    monkeypatch.setattr(expectation, "_TERMS", terms)
    assert expected_joint(*sizes) == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize("limit", [1, 100, 1 << 17])
def test_terms_held_together_are_bounded(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Runs cover every pair once, and pass the bound only where one pair does."""
    monkeypatch.setattr(expectation, "_TERMS", limit)
    length = np.random.default_rng(0).integers(1, 200, 500)
    runs = [length[run] for run in expectation._runs(length)]
    assert np.concatenate(runs).tolist() == length.tolist()
    assert all(run.sum() <= limit or run.size == 1 for run in runs)


def test_the_width_of_a_count_is_far_below_its_range() -> None:
    """Tails that cannot matter are not computed: 1e5 of 5e5 terms would be slow."""
    a = b = np.array([500_000])
    _, length = expectation._window(a, b, 1_000_000, a * (b / 1_000_000))
    assert length[0] < 10_000
