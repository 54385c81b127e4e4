from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from zsc_wh.datasets import Level, Listing
from zsc_wh.datasets.listing import levels_of
from zsc_wh.errors import ConfigError, DataError

LEVEL = Level("class", 0, True, ("a", "b", "c"), (0, 0, None, 2))
DIGESTS = tuple(letter * 64 for letter in "0123")
LISTING = Listing(("w", "x", "y", "z"), (1, 2, 3, 4), (LEVEL,), digests=DIGESTS)


def relabelled(**changes: Any) -> Listing:
    return replace(LISTING, levels=(replace(LEVEL, **changes),))


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


KEYS = ("key", "labelling_key", "listing_key", "meaning")
CHANGES = {
    "another image": (
        replace(LISTING, digests=("4" * 64, *DIGESTS[1:])),
        {"key", "meaning"},
    ),
    "unreadable image": (
        replace(LISTING, digests=(None, *DIGESTS[1:])),
        {"key", "meaning"},
    ),
    "order of images": (replace(LISTING, digests=DIGESTS[::-1]), {"key", "meaning"}),
    "facts": (replace(LISTING, facts={"exif": "apply"}), {"key", "meaning"}),
    "id": (replace(LISTING, sample_ids=("w", "x", "y", "v")), {"listing_key"}),
    "order of ids": (
        replace(LISTING, sample_ids=("x", "w", "y", "z")),
        {"listing_key"},
    ),
    "no labels": (replace(LISTING, levels=()), {"labelling_key", "meaning"}),
    "one label": (
        relabelled(class_index=(0, 0, 1, 2)),
        {"labelling_key", "meaning"},
    ),
    "class renamed": (
        relabelled(class_names=("a", "b", "d")),
        {"labelling_key", "meaning"},
    ),
    "level renamed": (relabelled(name="species"), {"labelling_key", "meaning"}),
    "depth": (relabelled(depth=1), {"labelling_key", "meaning"}),
    "no target": (relabelled(is_target=False), {"labelling_key", "meaning"}),
    "sizes": (replace(LISTING, sizes=(1, 2, 3, 5)), set()),
    "ignored files": (replace(LISTING, ignored=("x.txt",)), set()),
}


@pytest.mark.parametrize(("changed", "keys"), CHANGES.values(), ids=CHANGES)
def test_identity_changes_with(changed: Listing, keys: set[str]) -> None:
    """Images, labels and names are known apart, and nothing else is in an identity."""
    other = {key for key in KEYS if getattr(changed, key) != getattr(LISTING, key)}
    assert other == keys


def test_facts_differ() -> None:
    """What else decides which pixels are read is part of the dataset, as it is."""
    listings = [replace(LISTING, facts={"exif": how}) for how in ("a", "b")]
    assert listings[0].key != listings[1].key


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"class_index": (0, 0, None, 1)}, False),
        ({"class_index": (0, 0, 0, 2)}, False),
        ({"class_names": ("a", "b", "d")}, False),
        ({"name": "species"}, True),
        ({"depth": 3}, True),
        ({"is_target": False}, True),
    ],
)
def test_labels_are_known_by_what_they_say(changed: dict[str, Any], same: bool) -> None:
    """The name of a level and its place among others are not part of its labels."""
    assert (replace(LEVEL, **changed).key == LEVEL.key) == same


def test_content_is_a_line_for_every_sample() -> None:
    """An audit computes the same: sha256 of the digests, an empty line without one."""
    listing = replace(LISTING, digests=("ab", None, "cd"))
    expected = hashlib.sha256(b"ab\n\ncd").hexdigest()
    assert listing.content_sha256 == expected
    assert (
        listing.content_sha256 != replace(listing, digests=("ab", "cd")).content_sha256
    )


def test_rows_are_the_positions_in_the_whole() -> None:
    """Samples of a subset lie where they do in the whole dataset."""
    assert list(LISTING.rows) == [0, 1, 2, 3]
    assert list(replace(LISTING, positions=(3, 5, 6, 9)).rows) == [3, 5, 6, 9]


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
    assert "`levels`" in caught.value.hint


def test_unknown_target_is_told() -> None:
    """A wrong target is answered with the nearest level."""
    with pytest.raises(ConfigError, match="did you mean 'species'") as caught:
        levels_of(["genus", "species"], [["x"], ["y"]], "x", "specie")
    assert caught.value.hint == "The levels are: genus, species."


def test_level_named_twice_is_told() -> None:
    """Levels are told apart by their names."""
    with pytest.raises(ConfigError, match="'a' is named twice"):
        levels_of(["a", "a"], [["x"], ["y"]], "x")
