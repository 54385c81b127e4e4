from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.preprocessing import StandardScaler

from tests.probes.made import N_CLASSES, groups, probe, value
from zsc_wh.probes import Labelled
from zsc_wh.probes.heads import Judged, fixed_arithmetic, judge, train_heads
from zsc_wh.probes.linear import METRICS, RATES, best_head, split

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plain_heads(
    data: Labelled, rates: list[float], epochs: int, batch: int, scale: float, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Train one head after the other in float64, by the formulas.

    The bias is the weight of a feature that is always 1.
    """
    generator = torch.Generator().manual_seed(seed)
    n, d = data.X.shape
    X = np.hstack([data.X, np.ones((n, 1))])
    size = (d, len(rates) * N_CLASSES)
    first = torch.normal(0.0, 0.01, size, generator=generator).double().numpy()
    orders = [torch.randperm(n, generator=generator).numpy() for _ in range(epochs)]
    batches = [
        order[start : start + batch]
        for order in orders
        for start in range(0, n - batch + 1, batch)
    ]
    trained = []
    for head, rate in enumerate(rates):
        own = first[:, head * N_CLASSES : (head + 1) * N_CLASSES]
        weight = np.vstack([own, np.zeros(N_CLASSES)])
        speed = np.zeros_like(weight)
        for step, chosen in enumerate(batches):
            shares = softmax(X[chosen] @ weight, axis=1)
            slope = (shares - np.eye(N_CLASSES)[data.y[chosen]]) / batch
            speed = 0.9 * speed + X[chosen].T @ slope
            cosine = (1 + np.cos(np.pi * step / len(batches))) / 2
            weight -= rate * scale * cosine * speed
        trained.append(weight)
    both = np.hstack(trained)
    return both[:-1], both[-1]


@pytest.mark.parametrize(
    ("n", "batch", "used"),
    [(256, 256, 256), (100, 32, 32), (300, 256, 256), (40, 256, 40)],
)
def test_each_head_is_trained_as_if_it_were_alone(
    n: int, batch: int, used: int
) -> None:
    """At its own rate, scaled by the batch; incomplete last batches are dropped.

    Fewer samples than a batch make one.
    """
    data, rates = groups(n, 1), [0.01, 0.5]
    heads = train_heads(data.X, data.y, N_CLASSES, rates, epochs=3, seed=5, batch=batch)
    weight, bias = plain_heads(data, rates, 3, used, used / 256, 5)
    np.testing.assert_allclose(heads.weight, weight, atol=1e-5)
    np.testing.assert_allclose(heads.bias, bias, atol=1e-5)


def test_a_head_comes_to_the_optimum_of_logistic_regression() -> None:
    """Long training in full batches ends where scikit-learn does, unregularised."""
    data = groups(300, 1)
    with fixed_arithmetic():
        heads = train_heads(
            data.X, data.y, N_CLASSES, [2.0], epochs=600, seed=0, batch=300
        )
        found = judge(heads, data.X, data.y)
    theirs = LogisticRegression(C=1e8, max_iter=5000, tol=1e-8).fit(data.X, data.y)
    shares = theirs.predict_proba(data.X)
    assert found.cross_entropy[0] == pytest.approx(log_loss(data.y, shares), abs=1e-4)
    assert (found.predicted[0] == theirs.predict(data.X)).mean() > 0.99


def test_learning_rates_are_those_of_the_study() -> None:
    """1, 2 and 5 times the powers of ten from -4 to -1; 1, 2, 5 and 10."""
    powers = [step * 10.0**power for power in range(-4, 1) for step in (1, 2, 5)]
    assert pytest.approx([*powers, 10.0]) == RATES


@pytest.mark.parametrize("selection", ["holdout", "test"])
def test_scores_are_those_of_scikit_learn(selection: str) -> None:
    """Of the head that is chosen.

    Two classes of test do not occur in train, one that is predicted not in test.
    """
    train, test = groups(400, 1), groups(300, 2)
    train = Labelled(train.X[train.y < 4], train.y[train.y < 4])
    test = Labelled(test.X[test.y > 0], test.y[test.y > 0])
    (found,) = probe("linear", train, test, selection=selection, epochs=5)
    fitted, held = split(train.y, 3)
    chosen_by = test
    if selection == "holdout":
        chosen_by = Labelled(train.X[held], train.y[held])
        train = Labelled(train.X[fitted], train.y[fitted])
    with fixed_arithmetic():
        heads = train_heads(train.X, train.y, N_CLASSES, RATES, epochs=5, seed=3)
        judged = judge(heads, chosen_by.X, chosen_by.y)
    best = int(np.lexsort((judged.cross_entropy, -judged.accuracy))[0])
    columns = slice(best * N_CLASSES, (best + 1) * N_CLASSES)
    outputs = test.X @ heads.weight[:, columns].numpy() + heads.bias[columns].numpy()
    predicted = outputs.argmax(axis=1)
    assert 0 in predicted
    right = predicted == test.y
    expected = {
        "accuracy": right.mean(),
        "balanced_accuracy": np.mean([right[test.y == c].mean() for c in range(1, 6)]),
        "f1_micro": f1_score(test.y, predicted, average="micro"),
        "f1_macro": f1_score(test.y, predicted, average="macro"),
        "f1_weighted": f1_score(test.y, predicted, average="weighted"),
        "cross_entropy": -log_softmax(outputs.astype(float), axis=1)[
            np.arange(len(test.y)), test.y
        ].mean(),
        "learning_rate": RATES[best],
    }
    assert {name: value(found, name) for name in METRICS} == pytest.approx(
        expected, rel=1e-5
    )


def test_far_groups_are_told_apart() -> None:
    """Without a mistake, with little doubt."""
    (found,) = probe("linear", groups(600, 1, noise=0.1), groups(200, 2, noise=0.1))
    assert {value(found, metric) for metric in METRICS[:5]} == {1.0}
    assert value(found, "cross_entropy") < 0.1


def test_numbering_of_the_classes_hardly_matters() -> None:
    """It changes which first weights a class gets, and which samples are held out."""
    train, test = groups(600, 1), groups(300, 2)
    order = np.array([3, 5, 0, 4, 1, 2])
    (one,) = probe("linear", train, test)
    train, test = (Labelled(side.X, order[side.y]) for side in (train, test))
    (other,) = probe("linear", train, test)
    assert value(one, "accuracy") == pytest.approx(value(other, "accuracy"), abs=0.03)


def test_the_test_samples_do_not_choose_the_held_out_head() -> None:
    """Other test labels give other scores of the same head."""
    train, test = groups(200, 1), groups(100, 2)
    other = Labelled(test.X, (test.y + 1) % N_CLASSES)
    (one,), (two,) = (probe("linear", train, side, epochs=5) for side in (test, other))
    assert value(one, "learning_rate") == value(two, "learning_rate")
    assert value(one, "accuracy") > value(two, "accuracy")


def judged(accuracy: list[float], cross_entropy: list[float]) -> Judged:
    """Return what heads say of no particular samples."""
    none = np.empty((len(accuracy), 0), dtype=np.int64)
    return Judged(none, np.array(accuracy), np.array(cross_entropy))


@pytest.mark.parametrize(
    ("accuracy", "cross_entropy", "of_test", "best"),
    [
        ([0.1, 0.9, 0.8], [3.0, 2.0, 1.0], [1.0, 1.0, 1.0], 1),
        ([0.9, 0.9, 0.9], [3.0, 1.0, 2.0], [1.0, 1.0, 1.0], 1),
        ([0.1, 0.9, 0.8], [3.0, np.nan, 2.0], [1.0, 1.0, 1.0], 2),
        ([0.1, 0.9, 0.8], [3.0, 2.0, 1.0], [1.0, np.inf, np.nan], 0),
        ([0.1, 0.9], [np.inf, np.nan], [1.0, 1.0], None),
    ],
)
def test_the_best_head(
    accuracy: list[float],
    cross_entropy: list[float],
    of_test: list[float],
    best: int | None,
) -> None:
    """The most accurate, then the surest; never one that is not finite on either."""
    tested = judged([0.0] * len(of_test), of_test)
    assert best_head(judged(accuracy, cross_entropy), tested) == best


@pytest.mark.parametrize(("size", "some"), [(1e19, True), (1e30, False)])
def test_heads_that_diverge_are_left_out(size: float, *, some: bool) -> None:
    """When none is left there is a reason."""
    train, test = groups(300, 1), groups(100, 2)
    train, test = (
        Labelled(side.X * np.float32(size), side.y) for side in (train, test)
    )
    (found,) = probe("linear", train, test, epochs=5)
    if some:
        assert value(found, "accuracy") > 0.5
        assert value(found, "learning_rate") < 1
    else:
        assert {score.reason for score in found.scores.values()} == {
            "no head has finite outputs: the features are too large at these learning "
            "rates; set standardise = true"
        }


def test_standardised_by_train() -> None:
    """Test samples are shifted and scaled by what the fitted samples have."""
    train, test = groups(300, 1), groups(100, 2)
    spread = np.geomspace(0.001, 1000, 8, dtype=np.float32)
    train, test = (
        Labelled(side.X * spread + 5 * spread, side.y) for side in (train, test)
    )
    asked: dict[str, Any] = {"selection": "test", "epochs": 5}
    (one,) = probe("linear", train, test, standardise=True, **asked)
    scaler = StandardScaler().fit(train.X)
    train, test = (Labelled(scaler.transform(side.X), side.y) for side in (train, test))
    (other,) = probe("linear", train, test, **asked)
    assert one.scores == other.scores


def test_another_seed_is_another_training() -> None:
    """First weights, order and held-out samples are drawn."""
    train, test = groups(300, 1), groups(100, 2)
    (one,), (other,) = (
        probe("linear", train, test, seed=seed, epochs=3) for seed in (0, 1)
    )
    assert value(one, "cross_entropy") != value(other, "cross_entropy")


def test_torch_is_left_as_it_was() -> None:
    """Threads, denormal numbers and the global generator are the caller's."""
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(3)
    probe("linear", groups(100, 1), groups(50, 2), epochs=1)
    left = torch.get_num_threads()
    torch.set_num_threads(threads)
    assert left == 3
    assert torch.equal(torch.get_rng_state(), state)
    assert (torch.tensor(1e-39) * 1).item() > 0


def test_a_tenth_of_every_class_is_held_out() -> None:
    """To within one sample; a sample without a label is in neither part."""
    y = np.repeat([0, 1, 2, -1], [100, 40, 11, 30])
    y = np.random.default_rng(0).permutation(y)
    fitted, held = split(y, 0)
    assert np.bincount(y[held]).tolist() == pytest.approx([10, 4, 1], abs=1)
    assert sorted([*fitted, *held]) == np.flatnonzero(y >= 0).tolist()
    assert held.tolist() != split(y, 1)[1].tolist()


@pytest.mark.parametrize(
    ("y", "n_held"), [([0, 0], 1), ([0, 0, 1, 2], 1), ([0, 1, 2], 0), ([0], 0)]
)
def test_one_sample_of_every_class_is_kept(y: list[int], n_held: int) -> None:
    """However few there are; at least one is held out if any can be."""
    labels = np.array(y)
    fitted, held = split(labels, 0)
    assert held.size == n_held
    assert set(labels[fitted]) == set(y)


def test_nothing_to_hold_out_is_a_reason() -> None:
    """Choosing by the test samples is then the way."""
    train = Labelled(groups(3, 1).X, np.array([0, 1, 2]))
    (found,) = probe("linear", train, groups(50, 2), epochs=1)
    assert {score.reason for score in found.scores.values()} == {
        "no class has two labelled train samples: none can be held out"
    }
    (found,) = probe("linear", train, groups(50, 2), epochs=1, selection="test")
    assert value(found, "accuracy") > 0
