from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn import metrics as sklearn_metrics
from sklearn.metrics.cluster import contingency_matrix

from tests.metrics.strategies import QUICK, defined, label_pairs, quietly
from tests.partitions.test_expectation import plain
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.metrics import external_scores
from zsc_wh.metrics.contingency import Contingency
from zsc_wh.scores import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsc_wh.metrics.labels import CountArray, IntArray
    from zsc_wh.scores import Score

    Pair = tuple[CountArray, CountArray]

EVERY = tuple(EXTERNAL)


def best_matching(true: IntArray, pred: IntArray) -> float:
    """Return the share of matched samples, by SciPy's dense solver."""
    table = contingency_matrix(true, pred)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(true))


ORACLES: dict[str, Callable[..., Any]] = {
    "ami": sklearn_metrics.adjusted_mutual_info_score,
    "nmi": sklearn_metrics.normalized_mutual_info_score,
    "ari": sklearn_metrics.adjusted_rand_score,
    "fowlkes_mallows": sklearn_metrics.fowlkes_mallows_score,
    "homogeneity": sklearn_metrics.homogeneity_score,
    "completeness": sklearn_metrics.completeness_score,
    "clustering_accuracy": best_matching,
}

SYMMETRIC = ("ami", "nmi", "ari", "fowlkes_mallows", "clustering_accuracy")
NOT_SYMMETRIC = ("ami_true", "homogeneity", "completeness")
ADJUSTED = ("ami", "ami_true", "ari")
NOT_ADJUSTED = (
    "nmi",
    "fowlkes_mallows",
    "homogeneity",
    "completeness",
    "clustering_accuracy",
)

whole = partial(external_scores, subset="all")
clustered = partial(external_scores, subset="clustered")


def one(name: str, true: IntArray, pred: IntArray) -> float:
    return defined(whole(true, pred, [name])[name])


def same(first: Score, second: Score) -> bool:
    if first.value is None or second.value is None:
        return first == second
    return first.value == pytest.approx(second.value, abs=1e-12)


def test_the_sets_of_properties_cover_every_metric() -> None:
    """A new metric must be put into each set, or these tests would not see it."""
    assert set(SYMMETRIC) | set(NOT_SYMMETRIC) == set(EXTERNAL)
    assert set(ADJUSTED) | set(NOT_ADJUSTED) == set(EXTERNAL)
    assert set(ORACLES) | {"ami_true"} == set(EXTERNAL)
    assert {name for name in EXTERNAL if EXTERNAL[name].symmetric} == set(SYMMETRIC)
    assert {name for name in EXTERNAL if EXTERNAL[name].adjusted} == set(ADJUSTED)


@pytest.mark.parametrize("name", ORACLES)
@QUICK
@given(pair=label_pairs(lowest=-1))
@example(pair=(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)))
@example(pair=(np.zeros(6, dtype=np.int64), np.zeros(6, dtype=np.int64)))
@example(pair=(np.zeros(6, dtype=np.int64), np.arange(6)))
@example(pair=(np.arange(6), np.zeros(6, dtype=np.int64)))
@example(pair=(np.arange(6), np.arange(6)))
@example(pair=(np.arange(6) // 2, np.arange(6)))
@example(pair=(np.arange(6) // 2, np.full(6, -1)))
def test_values_are_those_of_scikit_learn(name: str, pair: Pair) -> None:
    """Within 1e-9, trivial partitions and noise as one more cluster included."""
    expected = quietly(ORACLES[name], *pair)
    assert one(name, *pair) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize(("n", "classes", "clusters"), [(3000, 10, 40), (4000, 900, 7)])
def test_values_are_those_of_scikit_learn_at_length(
    name: str, n: int, classes: int, clusters: int
) -> None:
    """Within 1e-9 on thousands of samples whose labels and clusters are related."""
    rng = np.random.default_rng(1)
    true = rng.integers(0, classes, n)
    pred = np.where(rng.random(n) < 0.6, true % clusters, rng.integers(0, clusters, n))
    assert one(name, true, pred) == pytest.approx(ORACLES[name](true, pred), abs=1e-9)


@QUICK
@given(label_pairs(most=25))
@example((np.arange(6) // 2, np.arange(6)))
@example((np.arange(6), np.arange(6)))
@example((np.arange(6), np.zeros(6, dtype=np.int64)))
@example((np.zeros(6, dtype=np.int64), np.arange(6)))
def test_ami_true_is_its_definition(pair: Pair) -> None:
    """(I - E[I]) / (H(true) - E[I]) with exact probabilities, where that is defined."""
    table = Contingency.of(*pair)
    score = whole(*pair, ["ami_true"])["ami_true"]
    # E[I] = H(true) + H(pred) - ln n + the expected sum of x ln x / n
    chance = table.true_entropy + table.pred_entropy - np.log(table.n)
    chance += plain(table.true_sizes, table.pred_sizes)
    if table.n_true == 1:
        assert score == (None, "all labels are of one class")
    elif table.n_pred == table.n:
        assert score == (None, "every sample is a cluster of its own")
    else:
        expected = (table.mutual_information - chance) / (table.true_entropy - chance)
        assert defined(score) == pytest.approx(expected, abs=1e-9)


def test_nearly_single_clusters_keep_their_digits() -> None:
    """Where entropies agree to many digits the score is not rounding noise.

    With one pair of samples in each partition, and not the same one, the score is
    -p / (1 - p), p the chance that two pairs of samples are the same.
    """
    n = 3000
    true, pred = np.arange(n), np.arange(n)
    true[1], pred[3] = 0, 2
    p = 2 / (n * (n - 1))
    assert one("ami", true, pred) == pytest.approx(-p / (1 - p), rel=1e-9, abs=0)


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(pair=label_pairs(lowest=-1), seed=st.integers(0, 1000))
def test_names_of_clusters_do_not_matter(name: str, pair: Pair, seed: int) -> None:
    """Other numbers for classes and clusters, gaps included, give the same score."""
    rng = np.random.default_rng(seed)
    true, pred = pair
    new_true, new_pred = rng.permutation(80), 10_000 * rng.permutation(80)
    first = whole(true, pred, [name])[name]
    assert same(first, whole(new_true[true], new_pred[pred], [name])[name])


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(pair=label_pairs(lowest=-1), seed=st.integers(0, 1000))
def test_the_order_of_samples_does_not_matter(name: str, pair: Pair, seed: int) -> None:
    """Samples in another order give the same score."""
    order = np.random.default_rng(seed).permutation(pair[0].size)
    first = whole(*pair, [name])[name]
    assert same(first, whole(pair[0][order], pair[1][order], [name])[name])


@pytest.mark.parametrize("name", SYMMETRIC)
@QUICK
@given(pair=label_pairs())
def test_symmetric_metrics_take_either_order(name: str, pair: Pair) -> None:
    """Labels and assignment may be swapped."""
    assert one(name, *pair) == pytest.approx(one(name, *pair[::-1]), abs=1e-12)


@pytest.mark.parametrize("name", NOT_SYMMETRIC)
def test_other_metrics_do_not(name: str) -> None:
    """Swapping labels and assignment changes what these ask."""
    true, pred = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    assert abs(one(name, true, pred) - one(name, pred, true)) > 0.05


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(pair=label_pairs(lowest=-1))
def test_values_lie_in_the_declared_range(name: str, pair: Pair) -> None:
    """A value is in its range to the last bit, or there is a reason."""
    value, reason = whole(*pair, [name])[name]
    assert (value is None) == (reason is not None)
    if value is not None:
        assert EXTERNAL[name].low <= value <= EXTERNAL[name].high


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(n=st.integers(4, 60), n_clusters=st.integers(2, 3), seed=st.integers(0, 99))
def test_equal_partitions_score_one(
    name: str, n: int, n_clusters: int, seed: int
) -> None:
    """The labels themselves, renamed, are a perfect assignment."""
    true = np.random.default_rng(seed).permutation(np.arange(n) % n_clusters)
    assert one(name, true, (true + 1) % n_clusters) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ADJUSTED)
@pytest.mark.parametrize("clusters", [2, 30, 1000])
def test_adjusted_metrics_are_near_zero_at_random(name: str, clusters: int) -> None:
    """The mean over random assignments is 0 however many clusters there are."""
    rng = np.random.default_rng(5)
    true = rng.integers(0, 10, 2000)
    values = [one(name, true, rng.integers(0, clusters, 2000)) for _ in range(20)]
    assert abs(np.mean(values)) < 0.01


@pytest.mark.parametrize("name", NOT_ADJUSTED)
def test_the_others_are_not(name: str) -> None:
    """Without adjustment many random clusters look like structure, or like pairs."""
    rng = np.random.default_rng(5)
    true, pred = rng.integers(0, 10, 2000), rng.integers(0, 100, 2000)
    assert one(name, true, pred) > 0.02


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ami", 0.298792458171),
        ("ari", 8 / 33),
        ("fowlkes_mallows", 2 / math.sqrt(6 * 3)),
        ("homogeneity", 2 / 3),
        ("completeness", 2 * math.log(2) / (3 * math.log(3))),
    ],
)
def test_known_values(name: str, expected: float) -> None:
    """The example of scikit-learn's user guide, where it can be worked out by hand."""
    true, pred = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    assert one(name, true, pred) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["ami", "ari", "nmi", "homogeneity", "completeness"])
def test_counts_over_sixteen_bits(name: str) -> None:
    """Clusters of over 2**16 samples, in labels of one byte, score as they should."""
    n = 150_000
    true = (np.arange(n) % 2).astype(np.int8)
    pred = true.copy()
    pred[: n // 10] = 0
    assert one(name, true, pred) == pytest.approx(ORACLES[name](true, pred), abs=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_noise_counts_as_one_cluster_in_all(name: str) -> None:
    """With subset all, noise scores as if it were a cluster."""
    true = np.array([0, 0, 1, 1, 2, 2, 2])
    pred = np.array([0, 0, 1, -1, -1, 2, -1])
    renamed = np.where(pred < 0, 9, pred)
    assert one(name, true, pred) == one(name, true, renamed)


@pytest.mark.parametrize("name", EVERY)
def test_noise_is_left_out_of_clustered(name: str) -> None:
    """With subset clustered, noise scores as if those samples were absent."""
    true = np.array([0, 0, 1, 1, 2, 2, 2, 0])
    pred = np.array([0, 0, 1, -1, -1, 2, 2, 1])
    kept = pred >= 0
    assert clustered(true, pred, [name]) == whole(true[kept], pred[kept], [name])
    assert clustered(true, pred, [name]) != whole(true, pred, [name])


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("subset", ["all", "clustered"])
def test_samples_without_a_label_are_left_out(name: str, subset: str) -> None:
    """What stands in place of a missing label does not matter."""
    true = np.array([0, 0, 1, 1, -1, 7, 1])
    pred = np.array([0, 0, 1, -1, 1, 0, 0])
    missing = np.array([False, False, False, False, True, True, False])
    found = external_scores(true, pred, [name], subset=subset, missing=missing)
    kept = ~missing
    assert found == external_scores(true[kept], pred[kept], [name], subset=subset)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("pred", "missing", "subset", "reason"),
    [
        ([], [], "all", "there is no sample"),
        ([], [], "clustered", "there is no sample"),
        ([-1, -1], [False, False], "clustered", "no sample is in a cluster"),
        ([0, 1], [True, True], "all", "no sample has a label"),
        (
            [-1, 0],
            [False, True],
            "clustered",
            "no sample that has a label is in a cluster",
        ),
    ],
)
def test_with_no_sample_left_there_is_a_reason(
    name: str, pred: list[int], missing: list[bool], subset: str, reason: str
) -> None:
    """An empty set of samples has no score, and it says why."""
    found = external_scores(
        np.zeros(len(pred), dtype=np.int64),
        np.array(pred, dtype=np.int64),
        [name],
        subset=subset,
        missing=np.array(missing, dtype=bool),
    )
    assert found == {name: (None, reason)}


@pytest.mark.parametrize("name", ["ami", "ami_true"])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 4, 4), (5, 6, 7, 11), (1, 1, 9)])
def test_all_noise_has_no_information(name: str, sizes: tuple[int, ...]) -> None:
    """One cluster of noise against labels: exactly 0, as for one cluster."""
    true = np.repeat(np.arange(len(sizes)), sizes)
    assert one(name, true, np.full(true.size, -1)) == 0.0


def test_pure_clusters_explain_the_labels() -> None:
    """A refinement of the labels has ami_true 1, and ami below it."""
    true, pred = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    assert one("ami_true", true, pred) == pytest.approx(1, abs=1e-14)
    assert one("ami", true, pred) < 0.9


def test_scores_come_in_the_order_asked_for() -> None:
    """The result names just the metrics that were asked for."""
    asked = ["nmi", "ami"]
    assert list(whole(np.arange(3), np.arange(3), asked)) == asked


def test_inputs_are_not_changed() -> None:
    """Label vectors can be read-only and stay as they are."""
    true, pred = np.array([0, 1, 1]), np.array([-1, 0, 0])
    true.flags.writeable = pred.flags.writeable = False
    assert set(clustered(true, pred, EVERY)) == set(EXTERNAL)


def test_an_unknown_metric_is_refused() -> None:
    """A metric of distances is no external one."""
    with pytest.raises(ConfigError, match="no metric 'silhouette'") as caught:
        whole(np.arange(2), np.arange(2), ["silhouette"])
    assert "ami_true" in caught.value.hint


def test_an_unknown_subset_is_refused() -> None:
    """Subsets are all and clustered."""
    with pytest.raises(ConfigError, match="no subset 'noise'") as caught:
        external_scores(np.arange(2), np.arange(2), ["ami"], subset="noise")
    assert caught.value.hint == "Use one of all, clustered."


def test_vectors_of_different_length_are_refused() -> None:
    """Labels and assignment are of the same samples."""
    with pytest.raises(DataError, match="3 labels but 2 samples") as caught:
        whole(np.arange(3), np.arange(2), ["ami"])
    assert caught.value.hint


@pytest.mark.parametrize("missing", [np.zeros(3, bool), np.zeros(2, int)])
def test_a_wrong_mark_of_missing_labels_is_refused(missing: Any) -> None:
    """Missing labels are marked by one boolean a sample."""
    with pytest.raises(DataError, match="must be 2 booleans") as caught:
        whole(np.arange(2), np.arange(2), ["ami"], missing=missing)
    assert caught.value.where == "missing"
