from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tests.probes.made import N_CLASSES, groups, probe, value
from zsc_wh.identity import key_of
from zsc_wh.probes import Labelled, knn
from zsc_wh.spaces import similar

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEMPERATURE = 0.07
EAST, WEST, NORTH, ZERO = np.array(
    [[1, 0], [-1, 0], [0, 1], [0, 0]], dtype=np.float32
)  # fmt: skip


def weights(distances: NDArray[Any]) -> NDArray[Any]:
    """Return the study's weights; scikit-learn's cosine distance is 1 - similarity."""
    return np.exp((1 - distances) / TEMPERATURE)


def theirs(train: Labelled, test: Labelled, k: int) -> tuple[float, float]:
    """Return accuracy and top5 by scikit-learn; every class must occur in train."""
    fitted = KNeighborsClassifier(
        k, metric="cosine", algorithm="brute", weights=weights
    ).fit(train.X, train.y)
    shares = fitted.predict_proba(test.X)
    own = shares[np.arange(len(test.y)), test.y][:, None]
    in_top = (own[:, 0] > 0) & ((shares > own).sum(axis=1) < 5)
    return fitted.score(test.X, test.y), in_top.mean()


def few(*samples: tuple[NDArray[Any], int]) -> Labelled:
    """Return samples that are written out."""
    return Labelled(
        np.stack([x for x, _ in samples]), np.array([y for _, y in samples])
    )


@pytest.mark.parametrize("blocks", [(1024, 8192), (7, 11)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [1, 3, 10, 20, 100, 200])
def test_scores_are_those_of_scikit_learn(
    k: int, dtype: str, blocks: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each k, whatever the size of the blocks; top5 only counts classes with votes.

    The default numbers of neighbours are asked for together with k.
    """
    monkeypatch.setattr(knn, "_QUERIES", blocks[0])
    monkeypatch.setattr(similar, "REFERENCES", blocks[1])
    train, test = groups(230, 1, dtype=dtype), groups(90, 2, dtype=dtype)
    asked = [200, k, 1] if k not in (1, 200) else [200, 1]
    found = probe("knn", train, test, k=asked)[asked.index(k)]
    assert found.params == {"k": k, "temperature": TEMPERATURE}
    accuracy, top5 = theirs(train, test, k)
    assert value(found, "accuracy") == pytest.approx(accuracy)
    assert value(found, "top5") == pytest.approx(top5)


@pytest.mark.parametrize("n_classes", [2, 3, 4, 5])
@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_scores_of_few_classes_are_those_of_scikit_learn(
    k: int, n_classes: int
) -> None:
    """With no more classes than top5 looks at, it still wants a vote for the true one.

    One neighbour votes for one class, so that its top5 is its accuracy.
    """
    train, test = (
        Labelled(side.X, side.y % n_classes)
        for side in (groups(230, 1, noise=2), groups(90, 2, noise=2))
    )
    (found,) = probe("knn", train, test, n_classes, k=[k])
    accuracy, top5 = theirs(train, test, k)
    assert value(found, "accuracy") == pytest.approx(accuracy)
    assert value(found, "top5") == pytest.approx(top5)
    if k == 1:
        assert value(found, "top5") == value(found, "accuracy") < 1


def test_rows_of_the_first_top5_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counted classes without votes has other keys."""
    now = key_of("probe")
    monkeypatch.setattr("zsc_wh.identity.REVISIONS", {"probe": 1})
    assert key_of("probe") != now


@pytest.mark.parametrize("width", [1, 2, 8192])
@pytest.mark.parametrize(("classes", "accuracy"), [((0, 1, 1), 1.0), ((1, 0, 0), 0.0)])
def test_among_equal_similarities_the_lower_index_is_nearer(
    classes: tuple[int, ...],
    accuracy: float,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the equal samples lie in different blocks."""
    monkeypatch.setattr(similar, "REFERENCES", width)
    train = few((WEST, 0), *((EAST, y) for y in classes))
    (found,) = probe("knn", train, few((EAST, 0)), k=[1])
    assert value(found, "accuracy") == accuracy


@pytest.mark.parametrize("nearest", [0, 1])
def test_among_equal_votes_the_class_of_the_nearest_wins(nearest: int) -> None:
    """Whatever the number of that class."""
    train = few((EAST, nearest), (EAST, 1 - nearest))
    (found,) = probe("knn", train, few((EAST, nearest)), k=[2])
    assert value(found, "accuracy") == 1


def test_a_row_of_zeros_has_similarity_0() -> None:
    """It is nearer than what points away, and all are equally near to it."""
    train = few((WEST, 0), (ZERO, 1), (NORTH, 2))
    (found,) = probe("knn", train, few((EAST, 1), (ZERO, 0)), k=[1])
    assert value(found, "accuracy") == 1


@pytest.mark.parametrize(("temperature", "accuracy"), [(0.01, 1.0), (1000.0, 0.0)])
def test_temperature_weighs_the_nearer_more(
    temperature: float, accuracy: float
) -> None:
    """At a low one the nearest sample outvotes two, at a high one it does not."""
    train = few((EAST, 0), (EAST + NORTH, 1), (EAST + NORTH, 1))
    (found,) = probe("knn", train, few((EAST, 0)), k=[3], temperature=temperature)
    assert value(found, "accuracy") == accuracy


def test_top5_of_one_neighbour_is_its_class_alone() -> None:
    """A class without votes is never among the five, however few classes there are."""
    train = few((EAST, 0), (NORTH, 1))
    found = probe("knn", train, few((EAST, 1)), n_classes=2, k=[1, 2])
    assert [value(row, "top5") for row in found] == [0, 1]


def test_the_sixth_class_is_not_among_the_top5() -> None:
    """Five other classes with more votes push the true one out."""
    train = few(*((EAST + NORTH * step, step) for step in range(N_CLASSES)))
    found = probe("knn", train, few((EAST, 4), (EAST, 5)), k=[6])[0]
    assert value(found, "top5") == 0.5


def test_length_of_features_does_not_matter() -> None:
    """Cosine similarity: each sample may be scaled by a number of its own."""
    train, test = groups(80, 1, dtype="float64"), groups(60, 2, dtype="float64")
    scaled = Labelled(train.X * np.geomspace(1e-9, 1e9, 80)[:, None], train.y)
    assert probe("knn", scaled, test, k=[5]) == probe("knn", train, test, k=[5])


def test_too_many_neighbours_are_a_reason() -> None:
    """The other numbers of neighbours keep their scores."""
    train = groups(30, 1)
    y = train.y.copy()
    y[:10] = -1
    one, all_of_them, more = probe(
        "knn", Labelled(train.X, y), groups(40, 2), k=[1, 20, 21]
    )
    assert value(one, "accuracy") > 0
    assert value(all_of_them, "accuracy") > 0
    assert more.scores["accuracy"].reason == more.scores["top5"].reason
    assert more.scores["top5"].reason == (
        "train has 20 labelled samples, fewer than k = 21"
    )


def test_classes_that_train_lacks_count_as_wrong() -> None:
    """More classes in test than in train, with numbers above those of train."""
    train = few((EAST, 0), (NORTH, 1))
    test = few((EAST, 0), (NORTH, 5), (WEST, 4), (NORTH, 1))
    (found,) = probe("knn", train, test, k=[2])
    assert value(found, "accuracy") == 0.5
    assert value(found, "top5") == 0.5


def test_numbering_of_the_classes_does_not_matter() -> None:
    """Exactly the same scores, ties included."""
    train, test = groups(200, 1, noise=2), groups(150, 2, noise=2)
    train, test = (Labelled(side.X.round(), side.y) for side in (train, test))
    order = np.array([3, 5, 0, 4, 1, 2])
    other, tested = (Labelled(side.X, order[side.y]) for side in (train, test))
    assert probe("knn", other, tested, k=[2, 8]) == probe("knn", train, test, k=[2, 8])


@pytest.mark.parametrize(
    ("k", "fault"),
    [
        ([], "at least one number"),
        ([3, 0], "each from 1"),
        ([3, 3], "each number once"),
        ([5, 1], None),
    ],
)
def test_faults_of_k(k: list[int], fault: str | None) -> None:
    """What cannot be searched for is refused when it is declared."""
    found = knn.KNN.fault({"k": k, "temperature": 0.07})
    assert (found is None) == (fault is None)
    assert (fault or "") in (found or "")
