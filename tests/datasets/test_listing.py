from __future__ import annotations

from dataclasses import replace

import pytest

from zsc_wh.datasets import Level, Listing
from zsc_wh.datasets.listing import single_level

LEVEL = Level("class", 0, True, ("a", "b", "c"), (0, 0, None, 2))
LISTING = Listing(("w", "x", "y", "z"), (1, 2, 3, 4), (LEVEL,))


def test_counts_only_classes_that_occur() -> None:
    """A class without samples and a missing label count nowhere."""
    assert LISTING.n_classes == 2
    assert LISTING.imbalance == 2.0


def test_without_labels_there_is_nothing_to_count() -> None:
    """A dataset without labels has neither classes nor imbalance."""
    unlabelled = replace(LISTING, levels=())
    assert unlabelled.target is None
    assert unlabelled.n_classes is None
    assert unlabelled.imbalance is None


def test_target_is_the_level_marked_so() -> None:
    """Of several levels the marked one is the target."""
    coarse = replace(LEVEL, name="order", is_target=False)
    assert replace(LISTING, levels=(coarse, LEVEL)).target is LEVEL


@pytest.mark.parametrize(
    "changed",
    [
        replace(LISTING, sample_ids=("w", "x", "y", "v")),
        replace(LISTING, sample_ids=("x", "w", "y", "z")),
        replace(LISTING, sizes=(1, 2, 3, 5)),
        replace(LISTING, levels=()),
        replace(LISTING, levels=(replace(LEVEL, class_index=(0, 0, 1, 2)),)),
        replace(LISTING, levels=(replace(LEVEL, class_names=("a", "b", "d")),)),
        replace(LISTING, levels=(replace(LEVEL, name="species"),)),
        replace(LISTING, levels=(replace(LEVEL, depth=1),)),
        replace(LISTING, levels=(replace(LEVEL, is_target=False),)),
    ],
    ids=[
        "id", "order", "size", "labels", "missing", "class", "level", "depth", "target",
    ],
)  # fmt: skip
def test_fingerprint_changes_with(changed: Listing) -> None:
    """Every part of what a dataset is enters its fingerprint."""
    assert changed.fingerprint != LISTING.fingerprint


def test_fingerprint_knows_only_the_samples() -> None:
    """What lies beside the samples is not part of the dataset."""
    assert replace(LISTING, ignored=7).fingerprint == LISTING.fingerprint


def test_numbers_are_ordered_by_value() -> None:
    """Class 10 comes after class 9, not after class 1."""
    (level,) = single_level("class", [10, 9, None, 1])
    assert level.class_names == ("1", "9", "10")
    assert level.class_index == (2, 1, None, 0)


def test_texts_are_ordered_by_code_point() -> None:
    """The order of classes does not depend on a locale."""
    (level,) = single_level("class", ["ä", "b", "Z", "a"])
    assert level.class_names == ("Z", "a", "b", "ä")


def test_no_label_at_all_is_no_level() -> None:
    """A dataset whose labels are all missing is unlabelled."""
    missing: list[str | None] = [None, None]
    assert single_level("class", missing) == ()
