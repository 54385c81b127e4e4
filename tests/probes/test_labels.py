from __future__ import annotations

import numpy as np
import pytest

from zsc_wh.errors import DataError
from zsc_wh.probes import not_applicable, union_labels


def test_classes_are_matched_by_name() -> None:
    """Datasets that list the same classes in another order agree afterwards."""
    train, test, classes = union_labels(
        ("frog", "cat", "dog"), (0, 0, 2, 1), ("cat", "dog", "frog"), (2, 1, 0)
    )
    assert classes == ("cat", "dog", "frog")
    assert [classes[i] for i in train] == ["frog", "frog", "dog", "cat"]
    assert [classes[i] for i in test] == ["frog", "dog", "cat"]


def test_numbers_stay_below_the_size_of_the_union() -> None:
    """Classes that only one side has get a number of their own."""
    train, test, classes = union_labels(("m",), (0, 0), ("z", "a", "m"), (0, 1, 2))
    assert classes == ("a", "m", "z")
    assert train.tolist() == [1, 1]
    assert test.tolist() == [2, 0, 1]


def test_a_class_without_samples_is_left_out() -> None:
    """The union is of the classes that occur, whatever else a dataset names."""
    _, _, classes = union_labels(("a", "b"), (1,), ("b", "c"), (0, None))
    assert classes == ("b",)


def test_a_missing_label_stays_missing() -> None:
    """It is -1 in both."""
    train, test, _ = union_labels(("a",), (None, 0), ("a",), (0, None, None))
    assert train.tolist() == [-1, 0]
    assert test.tolist() == [0, -1, -1]
    assert train.dtype == test.dtype == np.int64


@pytest.mark.parametrize("split", ["train", "test"])
def test_two_classes_of_one_name_are_refused(split: str) -> None:
    """Matching them would make them one."""
    names = {"train": ("a", "b"), "test": ("a", "b"), split: ("crane", "a", "crane")}
    with pytest.raises(DataError, match=f"{split} dataset, the first is 'crane'"):
        union_labels(names["train"], (0,), names["test"], (0,))


@pytest.mark.parametrize(
    ("train", "test", "reason"),
    [
        ([-1, -1], [0], "no train sample has a label"),
        ([0], [-1], "no test sample has a label"),
        ([], [0], "no train sample has a label"),
        ([0, -1], [1, 2, -1], "none of 2 test classes occurs in train"),
        ([0, 0, -1], [0, 1], "all train samples are of one class"),
        ([0, 5], [1, 5], None),
    ],
)
def test_what_cannot_be_probed(
    train: list[int], test: list[int], reason: str | None
) -> None:
    """Labels alone tell, so that nothing is embedded in vain."""
    found = not_applicable(np.array(train, dtype=int), np.array(test))
    assert (found or "").endswith(reason or "")
    assert (found is None) == (reason is None)
