from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from tests.metrics.strategies import (
    QUICK,
    defined,
    plain_davies_bouldin,
    plain_silhouette,
    quietly,
    spaces,
)
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.metrics import internal_scores, noise_as_cluster
from zsc_wh.scores import INTERNAL, SAMPLED_SILHOUETTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from zsc_wh.metrics.labels import CountArray, IntArray
    from zsc_wh.scores import Score

    Space = tuple[NDArray[np.float64], list[CountArray]]

EVERY = tuple(INTERNAL)

ORACLES: dict[str, Callable[..., Any]] = {
    "silhouette": sklearn_metrics.silhouette_score,
    "silhouette_cosine": partial(sklearn_metrics.silhouette_score, metric="cosine"),
    "silhouette_manhattan": partial(
        sklearn_metrics.silhouette_score, metric="manhattan"
    ),
    # of as few samples as are here, all are drawn
    **dict.fromkeys(SAMPLED_SILHOUETTES, sklearn_metrics.silhouette_score),
    "calinski_harabasz": sklearn_metrics.calinski_harabasz_score,
    "davies_bouldin": sklearn_metrics.davies_bouldin_score,
}


def one(name: str, X: NDArray[Any], labels: IntArray) -> Score:
    return internal_scores(X, [labels], [name])[0][name]


def blobs(n: int = 600, d: int = 8, k: int = 6) -> Space:
    rng = np.random.default_rng(2)
    near = rng.integers(0, k, n)
    X = 3 * rng.normal(size=(k, d))[near] + rng.normal(size=(n, d))
    fine = near * 40 + rng.integers(0, 40, n)
    return X, [near, fine, np.where(rng.random(n) < 0.3, -1, near)]


def test_every_metric_has_an_oracle() -> None:
    """A new metric must be given one, or the tests below would not see it."""
    assert set(ORACLES) == set(INTERNAL)


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(space=spaces())
def test_values_are_those_of_scikit_learn(name: str, space: Space) -> None:
    """Within 1e-6 of the value, for samples left out and copies too."""
    X, labelings = space
    for labels, scores in zip(
        labelings, internal_scores(X, labelings, [name]), strict=True
    ):
        kept = labels >= 0
        n_clusters = np.unique(labels[kept]).size
        if not 2 <= n_clusters < kept.sum():
            assert scores[name].value is None
            continue
        expected = quietly(ORACLES[name], X[kept], labels[kept])
        assert defined(scores[name]) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@QUICK
@given(spaces(most=25))
def test_silhouette_is_its_definition(space: Space) -> None:
    """Within 1e-9 of the mean of (b - a) / max(a, b) from exact distances."""
    X, labelings = space
    for labels, scores in zip(
        labelings, internal_scores(X, labelings, ["silhouette"]), strict=True
    ):
        if scores["silhouette"].value is not None:
            expected = plain_silhouette(X, labels)
            assert defined(scores["silhouette"]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("d", [2, 300])
def test_values_are_those_of_scikit_learn_at_length(
    name: str, which: int, d: int
) -> None:
    """Within 1e-9 of the value on blobs, with few, many and noisy clusters.

    Davies-Bouldin within 1e-6: scikit-learn puts a sample that is alone in its cluster
    up to 1e-7 away from its own centroid.
    """
    X, labelings = blobs(d=d)
    labels = labelings[which]
    expected = ORACLES[name](X[labels >= 0], labels[labels >= 0])
    rel = 1e-6 if name == "davies_bouldin" else 1e-9
    assert defined(one(name, X, labels)) == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("d", [2, 300])
def test_davies_bouldin_is_its_definition(which: int, d: int) -> None:
    """Within 1e-9 of the mean of the worst ratios from exact distances."""
    X, labelings = blobs(d=d)
    expected = plain_davies_bouldin(X, labelings[which])
    found = defined(one("davies_bouldin", X, labelings[which]))
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_silhouette_far_from_the_origin(offset: float) -> None:
    """A common offset costs no digits, as it does in the product form alone."""
    X, labelings = blobs(n=200)
    X = (X + offset).round(6)
    expected = plain_silhouette(X - offset, labelings[0])
    found = defined(one("silhouette", X, labelings[0]))
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_single_precision_features_score_as_their_values(name: str) -> None:
    """Features in float32 are promoted, not computed with."""
    X, labelings = blobs()
    narrow = X.astype(np.float32)
    expected = defined(one(name, narrow.astype(np.float64), labelings[1]))
    assert defined(one(name, narrow, labelings[1])) == pytest.approx(
        expected, rel=1e-12
    )


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(space=spaces(), seed=st.integers(0, 1000))
def test_names_of_clusters_do_not_matter(name: str, space: Space, seed: int) -> None:
    """Other numbers for clusters, gaps included, give the same score."""
    X, labelings = space
    new = np.append(1000 * np.random.default_rng(seed).permutation(50), -1)
    renamed = [new[labels] for labels in labelings]
    first, second = (internal_scores(X, some, [name]) for some in (labelings, renamed))
    assert _values(first, name) == pytest.approx(_values(second, name), rel=1e-9)


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(space=spaces(), seed=st.integers(0, 1000))
def test_the_order_of_samples_does_not_matter(
    name: str, space: Space, seed: int
) -> None:
    """Samples in another order give the same score."""
    X, labelings = space
    order = np.random.default_rng(seed).permutation(len(X))
    first = internal_scores(X, labelings, [name])
    second = internal_scores(X[order], [labels[order] for labels in labelings], [name])
    assert _values(first, name) == pytest.approx(_values(second, name), rel=1e-9)


def _values(found: list[dict[str, Score]], name: str) -> list[float]:
    return [-7.0 if s[name].value is None else defined(s[name]) for s in found]


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(space=spaces(), stretch=st.sampled_from([1e-3, 7.0, 1e100]))
def test_units_and_origin_do_not_matter(
    name: str, space: Space, stretch: float
) -> None:
    """Scores of distances do not change when space is stretched or moved."""
    X, labelings = space
    first = internal_scores(X, labelings, [name])
    second = internal_scores(X * stretch, labelings, [name])
    assert _values(first, name) == pytest.approx(_values(second, name), rel=1e-6)


@pytest.mark.parametrize("name", EVERY)
@QUICK
@given(space=spaces())
def test_values_lie_in_the_declared_range(name: str, space: Space) -> None:
    """A value is in its range to the last bit, or there is a reason."""
    for scores in internal_scores(*space, [name]):
        value, reason = scores[name]
        assert (value is None) == (reason is not None)
        assert value is None or INTERNAL[name].low <= value <= INTERNAL[name].high


@pytest.mark.parametrize("name", EVERY)
def test_the_direction_of_a_metric_is_as_declared(name: str) -> None:
    """Blobs score better by their own labels than by labels at random."""
    X, labelings = blobs()
    good = defined(one(name, X, labelings[0]))
    random = np.random.default_rng(0).permutation(labelings[0])
    bad = defined(one(name, X, random))
    assert (good > bad) == INTERNAL[name].higher_is_better


def test_a_row_of_zeros_has_no_direction() -> None:
    """Its cosine with all others is 0, with its copies too, as in scikit-learn."""
    X, labelings = blobs(n=60)
    X[[3, 4, 20]] = 0.0
    expected = ORACLES["silhouette_cosine"](X, labelings[0])
    assert expected != pytest.approx(
        ORACLES["silhouette_cosine"](X[5:], labelings[0][5:]), rel=1e-3
    )
    found = defined(one("silhouette_cosine", X, labelings[0]))
    assert found == pytest.approx(expected, rel=1e-12)


def test_small_angles_keep_their_digits() -> None:
    """1 - cos loses what half the squared difference of unit rows does not."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    angles = (labels + rng.uniform(0, 0.8, 40)) * 1e-6
    X = np.column_stack([np.ones(40), angles]) * rng.uniform(1, 9, (40, 1))
    gaps = (angles[:, None] - angles) ** 2  # cos is 1 - angle**2 / 2 here
    expected = sklearn_metrics.silhouette_score(gaps, labels, metric="precomputed")
    found = defined(one("silhouette_cosine", X, labels))
    assert found == pytest.approx(expected, rel=1e-8)


def test_random_labels_have_a_silhouette_near_zero() -> None:
    """Clusters at random are no nearer to themselves than to others."""
    X, _ = blobs()
    random = np.random.default_rng(0).integers(0, 3, len(X))
    assert abs(defined(one("silhouette", X, random))) < 0.05


def test_clusters_of_copies_are_perfect() -> None:
    """Nothing within, something between: silhouette 1, and scikit-learn's constants."""
    X = np.array([[0.1, 0.7], [0.3, 0.2], [0.9, 0.4]]).repeat(7, axis=0) + 1e5 / 3
    scores = internal_scores(X, [np.arange(21) // 7], EVERY)[0]
    assert defined(scores["silhouette"]) == 1.0
    assert defined(scores["calinski_harabasz"]) == 1.0
    assert defined(scores["davies_bouldin"]) == 0.0


def test_samples_on_one_spot_have_no_silhouette() -> None:
    """Where all distances are 0 each sample counts 0, and nothing divides by 0."""
    scores = internal_scores(np.full((6, 3), 0.1), [np.arange(6) % 2], EVERY)[0]
    assert defined(scores["silhouette"]) == 0.0
    assert defined(scores["davies_bouldin"]) == 0.0


def test_a_sample_alone_counts_zero() -> None:
    """One pair and one single: two thirds of the pair's silhouette."""
    X = np.array([[0.0], [1.0], [10.0]])
    expected = ((10 - 1) / 10 + (9 - 1) / 9 + 0) / 3
    found = defined(one("silhouette", X, np.array([0, 0, 1])))
    assert found == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "there is no sample"),
        ([0], "there is only one cluster"),
        ([3, 3, 3], "there is only one cluster"),
        ([3, -1, 3], "there is only one cluster"),
        ([-1, -1], "no sample is in a cluster"),
        ([0, 1, 2], "every sample is a cluster of its own"),
        ([0, -1, 2], "every sample is a cluster of its own"),
    ],
)
def test_a_trivial_partition_has_a_reason(
    name: str, labels: list[int], reason: str
) -> None:
    """Where a score is not defined it says why, and others are scored all the same."""
    X = np.arange(2.0 * len(labels)).reshape(len(labels), 2)
    assert one(name, X, np.array(labels, dtype=np.int64)) == (None, reason)


@pytest.mark.parametrize("name", EVERY)
def test_a_trivial_label_vector_does_not_spoil_the_others(name: str) -> None:
    """Defined and undefined label vectors keep their places."""
    X, labelings = blobs(n=60)
    single = np.zeros(60, dtype=np.int64)
    found = internal_scores(X, [single, labelings[0], np.arange(60)], [name])
    assert [scores[name].value is None for scores in found] == [True, False, True]
    assert found[1][name] == one(name, X, labelings[0])


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_not_finite_have_a_reason(name: str, bad: float) -> None:
    """One bad feature leaves every score of the space without a value."""
    X, labelings = blobs(n=60)
    X[5, 3] = bad
    found = internal_scores(X, [*labelings, np.zeros(60, dtype=np.int64)], [name])
    reasons = [scores[name].reason for scores in found]
    assert reasons == ["a feature is not finite"] * 3 + ["there is only one cluster"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("stretch", [1e-300, 1e300])
def test_extreme_features_neither_overflow_nor_vanish(
    name: str, stretch: float
) -> None:
    """The squares of these leave float64; the scores do not."""
    X, labelings = blobs(n=60)
    score = one(name, X * stretch, labelings[0])
    expected = defined(one(name, X, labelings[0]))
    assert defined(score) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("gap", [1e-160, 1e-200])
def test_a_ratio_that_overflows_has_a_reason(gap: float) -> None:
    """A spread next to nothing makes no infinite score, nor counts as none at all."""
    X = np.array([[0.0], [gap], [1.0], [1.0]])
    score = one("calinski_harabasz", X, np.array([0, 0, 1, 1]))
    assert score == (None, "the score is too large for a float")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("silhouette", 0.0), ("calinski_harabasz", 1.0), ("davies_bouldin", 0.0)],
)
def test_no_features_at_all(name: str, expected: float) -> None:
    """In a space of no dimensions all samples are on one spot."""
    assert one(name, np.zeros((6, 0)), np.arange(6) % 2) == (expected, None)


@pytest.mark.parametrize("name", EVERY)
def test_noise_is_left_out_or_a_cluster_as_the_caller_says(name: str) -> None:
    """-1 leaves a sample out; noise_as_cluster puts it in."""
    X, labelings = blobs(n=100)
    labels = labelings[2]
    kept = labels >= 0
    assert defined(one(name, X, labels)) == pytest.approx(
        ORACLES[name](X[kept], labels[kept]), rel=1e-9
    )
    assert defined(one(name, X, noise_as_cluster(labels))) == pytest.approx(
        ORACLES[name](X, labels), rel=1e-9
    )


def test_a_mapped_file_is_read_in_place(tmp_path: Any) -> None:
    """Features may be a read-only map of a file."""
    X, labelings = blobs(n=60)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = internal_scores(X, labelings, EVERY)
    assert internal_scores(mapped, labelings, EVERY) == expected


def test_only_what_was_asked_for_comes_back() -> None:
    """The result names just the metrics that were asked for, in their order."""
    X, labelings = blobs(n=60)
    asked = ["davies_bouldin", "silhouette"]
    assert [list(s) for s in internal_scores(X, labelings, asked)] == [asked] * 3
    assert internal_scores(X, [], asked) == []


def test_an_unknown_metric_is_refused() -> None:
    """A metric of labels is no internal one."""
    with pytest.raises(ConfigError, match="no metric 'ami'"):
        internal_scores(np.zeros((2, 2)), [], ["ami"])


def test_labels_of_another_length_are_refused() -> None:
    """There is one label a row of the features."""
    with pytest.raises(DataError, match="3 labels for 2 samples") as caught:
        internal_scores(np.zeros((2, 2)), [np.arange(3)], ["silhouette"])
    assert caught.value.where == "label vector"
