from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

from tests.metrics.strategies import QUICK, label_pairs
from zsc_wh.metrics import contingency
from zsc_wh.metrics.contingency import Contingency
from zsc_wh.metrics.labels import CountArray

Pair = tuple[CountArray, CountArray]


@QUICK
@given(label_pairs(lowest=-1))
def test_counts_are_those_of_scikit_learn(pair: Pair) -> None:
    """Cells that are not empty, with their places and their sums."""
    table = Contingency.of(*pair)
    dense = np.zeros((table.n_true, table.n_pred), dtype=np.int64)
    dense[table.rows, table.columns] = table.counts
    assert dense.tolist() == contingency_matrix(*pair).tolist()
    assert dense.sum(axis=1).tolist() == table.true_sizes.tolist()
    assert dense.sum(axis=0).tolist() == table.pred_sizes.tolist()
    assert (table.counts > 0).all()


def test_sorting_and_counting_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table too large to count in is sorted, with the same result."""
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 30, 200), rng.integers(0, 30, 200)
    counted = Contingency.of(true, pred)
    monkeypatch.setattr(contingency, "_DENSE_CELLS", 0)
    cells = Contingency.of(true, pred)
    assert cells.counts.tolist() == counted.counts.tolist()
    assert cells.rows.tolist() == counted.rows.tolist()
    assert cells.columns.tolist() == counted.columns.tolist()


def test_a_large_table_is_never_laid_out() -> None:
    """20,000 clusters on either side: memory goes with samples, not with cells."""
    tracemalloc.start()
    table = Contingency.of(np.arange(20_000), np.arange(20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.counts.size == 20_000
    assert peak < 20 * 2**20


@QUICK
@given(label_pairs(lowest=-1))
def test_pairs_are_those_of_scikit_learn(pair: Pair) -> None:
    """Ordered pairs by whether they are together in labels and in the assignment."""
    (apart, only_pred), (only_true, together) = pair_confusion_matrix(*pair).tolist()
    expected = (together, only_true, only_pred, apart)
    assert tuple(Contingency.of(*pair).pairs) == expected


def test_pairs_beyond_32_bits_are_exact() -> None:
    """200,000 samples in two halves: products of these counts leave 64 bits."""
    n = 200_000
    true, pred = np.arange(n) % 2, np.arange(n) // (n // 2)
    pairs = Contingency.of(true, pred).pairs
    quarter = (n // 2) * (n // 4)
    assert pairs.together == 2 * quarter - n
    assert sum(pairs) == n * (n - 1)
    assert pairs.together * pairs.apart > 2**63
    assert all(type(count) is int for count in pairs)


@QUICK
@given(label_pairs())
def test_mutual_information_never_exceeds_an_entropy(pair: Pair) -> None:
    """Rounding must not push homogeneity past 1 or below 0."""
    table = Contingency.of(*pair)
    assert table.mutual_information >= 0
    assert table.mutual_information <= min(table.true_entropy, table.pred_entropy)


def test_entropies_by_hand() -> None:
    """Halves have ln 2; a constant has none; independent halves share nothing."""
    table = Contingency.of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert table.true_entropy == pytest.approx(math.log(2), abs=1e-15)
    assert table.mutual_information == pytest.approx(0, abs=1e-15)
    assert Contingency.of(np.zeros(3, int), np.arange(3)).true_entropy == 0.0


def test_identical_means_equal_but_for_names() -> None:
    """A renamed partition is identical, a refined one is not."""
    true = np.array([0, 0, 1, 2])
    assert Contingency.of(true, np.array([7, 7, 3, 5])).identical
    assert not Contingency.of(true, np.array([0, 1, 2, 3])).identical
