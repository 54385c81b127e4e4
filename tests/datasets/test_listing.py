from __future__ import annotations

from dataclasses import replace

import pytest

from zsc_wh.datasets import Level, Listing
from zsc_wh.datasets.listing import levels_of
from zsc_wh.errors import ConfigError, DataError

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
    assert replace(LISTING, ignored=("x.txt",)).fingerprint == LISTING.fingerprint


def test_fingerprint_of_a_dataset_without_facts_stays() -> None:
    """What was embedded before there were facts is still found."""
    assert LISTING.fingerprint == (
        "7ad9a9a6a9d0381e5027b62dede7e90da5f53c282de5d45aff3b5abcb61f2392"
    )


def test_facts_enter_the_fingerprint() -> None:
    """What else decides which pixels are read is part of the dataset."""
    first, second = (replace(LISTING, facts={"exif": how}) for how in ("a", "b"))
    assert len({LISTING.fingerprint, first.fingerprint, second.fingerprint}) == 3


def test_numbers_are_ordered_by_value() -> None:
    """Class 10 comes after class 9, not after class 1."""
    (level,) = levels_of(["class"], [[10, 9, None, 1]], "x")
    assert level.class_names == ("1", "9", "10")
    assert level.class_index == (2, 1, None, 0)


def test_texts_are_ordered_by_code_point() -> None:
    """The order of classes does not depend on a locale."""
    (level,) = levels_of(["class"], [["ä", "b", "Z", "a"]], "x")
    assert level.class_names == ("Z", "a", "b", "ä")


def test_without_names_there_is_no_level() -> None:
    """A dataset without label columns is unlabelled."""
    assert levels_of([], [], "x") == ()


@pytest.mark.parametrize(("target", "marked"), [(None, "b"), ("a", "a")])
def test_target_is_the_finest_or_the_named(target: str | None, marked: str) -> None:
    """One level is the target; depth counts from the coarsest."""
    levels = levels_of(["a", "b"], [["x", "y"], ["x", None]], "x", target)
    assert [level.name for level in levels if level.is_target] == [marked]
    assert [level.depth for level in levels] == [0, 1]


@pytest.mark.parametrize(
    ("coarse", "named"), [("x", "level 'b'"), (None, "level 'a' or 'b'")]
)
def test_level_without_labels_is_told(coarse: str | None, named: str) -> None:
    """A level that is empty is a mistake, not one level less."""
    with pytest.raises(DataError, match=f"has a label at the {named}") as caught:
        levels_of(["a", "b"], [[coarse], [None]], "table.csv")
    assert caught.value.where == "table.csv"
    assert "`levels`" in caught.value.mend


def test_unknown_target_is_told() -> None:
    """A wrong target is answered with the nearest level."""
    with pytest.raises(ConfigError, match="did you mean 'species'") as caught:
        levels_of(["genus", "species"], [["x"], ["y"]], "x", "specie")
    assert caught.value.mend == "The levels are: genus, species."


def test_level_named_twice_is_told() -> None:
    """Levels are told apart by their names."""
    with pytest.raises(ConfigError, match="'a' is named twice"):
        levels_of(["a", "a"], [["x"], ["y"]], "x")
