"""Levels as declared: numbers in names, names of labels, combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.made import list_samples, make_photos
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

FACES = ("100_1_a.png", "9_0_b.png", "9_1_c.png", "notes_d.png")
PATTERN = r"^(?P<age>\d+)_(?P<gender>[01])_"
DECLARED: dict[str, Any] = {
    "path": "faces",
    "pattern": PATTERN,
    "levels": ["gender", "age"],
    "only_matching": True,
}


def levels(base: Path, **given: Any) -> dict[str, tuple[Any, Any]]:
    """Return names and indices of the classes, by level."""
    make_photos(base / "faces", names=FACES)
    listing = list_samples(base, "folder", **{**DECLARED, **given})
    return {each.name: (each.class_names, each.class_index) for each in listing.levels}


def test_numbers_in_names_sort_by_value(tmp_path: Path) -> None:
    """9 comes before 100; what the pattern does not match is left out, by name."""
    assert levels(tmp_path) == {
        "gender": (("0", "1"), (1, 0, 1)),
        "age": (("9", "100"), (1, 0, 0)),
    }
    listing = list_samples(tmp_path, "folder", **DECLARED)
    assert listing.sample_ids == FACES[:3]
    assert listing.ignored == ("notes_d.png",)


def test_what_does_not_match_stays_without_a_label(tmp_path: Path) -> None:
    """Unless it is said to be left out."""
    assert levels(tmp_path, only_matching=False)["age"][1] == (1, 0, 0, None)


def test_leading_zeros_make_texts(tmp_path: Path) -> None:
    """As in tables."""
    make_photos(tmp_path / "faces", names=("007_1_x.png",))
    assert levels(tmp_path)["age"][0] == ("007", "100", "9")


def test_names_give_the_order_of_the_classes(tmp_path: Path) -> None:
    """A class of which there is no sample is one of them."""
    names = {"2": "other", "1": "female", "0": "male"}
    found = levels(tmp_path, class_names={"gender": names})
    assert found["gender"] == (("other", "female", "male"), (1, 2, 1))


def test_combinations_follow_the_order_of_their_parts(tmp_path: Path) -> None:
    """The first part decides first, each by its own order."""
    found = levels(
        tmp_path,
        levels=["gender", "age", "both"],
        combined={"both": ["gender", "age"]},
        class_names={"gender": {"1": "f", "0": "m"}},
    )
    assert found["both"] == (("f/9", "f/100", "m/9"), (1, 2, 0))


def test_a_combination_needs_all_parts(tmp_path: Path) -> None:
    """A sample without one of them has no label."""
    found = levels(
        tmp_path,
        only_matching=False,
        levels=["gender", "age", "both"],
        combined={"both": ["age", "gender"]},
    )
    assert found["both"][1] == (2, 0, 1, None)


@pytest.mark.parametrize("order", ["folder", "path"])
def test_order_is_by_folder_or_by_path(tmp_path: Path, order: str) -> None:
    """They differ where one folder's name begins like another's."""
    names = ("a-b/1.png", "a/1.png")
    make_photos(tmp_path / "photos", names=names)
    listing = list_samples(tmp_path, "folder", path="photos", order=order)
    assert listing.sample_ids == (names if order == "path" else names[::-1])


FAULTS: dict[str, tuple[type[Exception], dict[str, Any], str]] = {
    "unnamed": (
        DataError,
        {"class_names": {"gender": {"0": "male"}}},
        "the label '1' of the level 'gender' is not among its 1 class names",
    ),
    "one name twice": (
        ConfigError,
        {"class_names": {"gender": {"0": "x", "1": "x"}}},
        "a name of its own",
    ),
    "names of no level": (
        ConfigError,
        {"class_names": {"sex": {"0": "x"}}},
        "'sex', which is not a level",
    ),
    "parts that are no levels": (
        ConfigError,
        {"levels": ["age", "both"], "combined": {"both": ["age", "gendre"]}},
        "'gendre', which is not a level",
    ),
    "parts that are no list": (
        ConfigError,
        {"levels": ["age", "both"], "combined": {"both": "age"}},
        "list other levels",
    ),
    "no pattern": (ConfigError, {"pattern": None}, "needs a pattern"),
    "nothing matches": (
        DataError,
        {"pattern": "(?P<age>x)(?P<gender>y)"},
        "matches none of 4 images, such as '100_1_a.png'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_declaration_is_told(tmp_path: Path, fault: str) -> None:
    """With the place that has to be corrected, and how."""
    kind, given, message = FAULTS[fault]
    with pytest.raises(kind, match=message) as caught:
        levels(tmp_path, **given)
    assert getattr(caught.value, "hint", "")
    assert "faces" in str(caught.value)
