"""Manifests put together of several tables, as large datasets are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.io

from tests.datasets.made import list_samples, make_photos
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import faults

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.datasets import Listing

FILES = {
    "images.txt": "u1 wren/a 1.png\nu2 wren/b.png\n\nu3 gull/c.png\n",
    "labels.txt": "u3 12\nu1 9\nu2 9\nu9 7\n",
    "classes.txt": "9 House Wren (adult)\n12 Gull\n3 Perching birds\n",
    "parents.txt": "9 3\n3 1\n1 0\n12 2\n2 0\n",
    "attributes.txt": "3\nwet small\nu1  -1  1\nu2   1 -1\nu3  -1 -1\n",
    "taxa.tsv": "id\tgenus\tspecies\n"
    "u1\t?\tTroglodytes aedon\nu2\tFixed\t?\nu3\t?\t?\n",
    "test.txt": "u3 \r\nu1\n\nu77\n",
}
IMAGES = ("wren/a 1.png", "wren/b.png", "gull/c.png")
LABELS = {"path": "labels.txt", "columns": ["id", "class"], "on": "id"}
NAMES = {"path": "classes.txt", "columns": ["class", "name"], "on": "class"}
PARENTS = {
    "path": "parents.txt",
    "columns": ["child", "parent"],
    "of": "class",
    "levels": ["order", "family"],
}


def listed(base: Path, **given: Any) -> Listing:
    """List the images by their table, which has no header."""
    for name, text in FILES.items():
        (base / name).write_text(text, encoding="utf-8")
    make_photos(base / "images", names=IMAGES)
    declared = {"path": "images.txt", "columns": ["id", "path"], "images": "images"}
    return list_samples(base, "manifest", **{**declared, **given})


def names(listing: Listing) -> dict[str, tuple[Any, ...]]:
    """Return the label of every sample, by level."""
    return {
        level.name: tuple(
            None if i is None else level.class_names[i] for i in level.class_index
        )
        for level in listing.levels
    }


def test_the_last_column_takes_the_rest_of_the_line(tmp_path: Path) -> None:
    """So that a path may hold blanks; blank lines are no rows."""
    assert listed(tmp_path).sample_ids == IMAGES


def test_labels_come_from_another_table(tmp_path: Path) -> None:
    """In whatever order it has them; numbers sort by value."""
    listing = listed(tmp_path, join=[LABELS], levels=["class"])
    assert names(listing) == {"class": ("9", "9", "12")}
    assert listing.levels[0].class_names == ("9", "12")


def test_names_of_classes_come_from_a_third(tmp_path: Path) -> None:
    """The classes keep the order of their numbers."""
    listing = listed(
        tmp_path,
        join=[LABELS, NAMES],
        levels=["class"],
        name_columns={"class": "name"},
    )
    assert listing.levels[0].class_names == ("House Wren (adult)", "Gull")


def test_classes_of_one_name_stay_apart(tmp_path: Path) -> None:
    """The number says which is which."""
    given = {"join": [LABELS, NAMES], "levels": ["class"]}
    (tmp_path / "other.txt").write_text("9 Gull\n12 Gull\n", encoding="utf-8")
    given["join"] = [LABELS, {**NAMES, "path": "other.txt"}]
    listing = listed(tmp_path, **given, name_columns={"class": "name"})
    assert listing.levels[0].class_names == ("Gull (9)", "Gull (12)")


def test_a_hierarchy_makes_coarser_levels(tmp_path: Path) -> None:
    """Cut at a depth below the root, where a class may stand for itself."""
    listing = listed(
        tmp_path,
        join=[LABELS],
        hierarchy=PARENTS,
        levels=["order", "family", "class"],
    )
    assert names(listing) == {
        "order": ("1", "1", "2"),
        "family": ("3", "3", "12"),
        "class": ("9", "9", "12"),
    }


def test_a_header_may_leave_the_first_column_out(tmp_path: Path) -> None:
    """As R writes it, here below a line that counts the rows."""
    join = {"path": "attributes.txt", "on": "id", "first_column": "id", "skip": 1}
    listing = listed(tmp_path, join=[join], levels=["small", "wet"])
    assert names(listing) == {"small": ("1", "-1", "-1"), "wet": ("-1", "1", "-1")}


def test_lists_choose_rows(tmp_path: Path) -> None:
    """Rows keep their order; blanks at the ends and unknown values mean nothing."""
    given = {"id": ["test.txt"]}
    assert listed(tmp_path, listed=given).sample_ids == (IMAGES[0], IMAGES[2])
    assert listed(tmp_path, unlisted=given).sample_ids == (IMAGES[1],)


def test_a_joined_column_chooses_rows(tmp_path: Path) -> None:
    """As a column of the table itself does."""
    listing = listed(tmp_path, join=[LABELS], where={"class": ["12"]})
    assert listing.sample_ids == (IMAGES[2],)


def test_labels_may_come_from_paths_too(tmp_path: Path) -> None:
    """A level is a group of the pattern, or else a column."""
    listing = listed(
        tmp_path,
        join=[LABELS],
        pattern="^(?P<kind>[^/]+)/",
        levels=["class", "kind"],
    )
    assert names(listing) == {
        "class": ("9", "9", "12"),
        "kind": ("wren", "wren", "gull"),
    }


def test_repairs_follow_each_other(tmp_path: Path) -> None:
    """A later one sees what an earlier one wrote, and gaps are not values."""
    listing = listed(
        tmp_path,
        join=[{"path": "taxa.tsv", "on": "id"}],
        missing=["", "?"],
        levels=["genus", "species"],
        repairs=[
            repair(column="genus", value="Set", where={"genus": "Fixed"}),
            repair(column="genus", value="{species}", first_word=True, missing=True),
            repair(column="species", value="{genus} sp.", missing=True),
        ],
    )
    assert names(listing) == {
        "genus": ("Troglodytes", "Set", None),
        "species": ("Troglodytes aedon", "Set sp.", None),
    }


def repair(**given: Any) -> dict[str, Any]:
    """Declare a correction."""
    return given


def test_a_repair_can_ask_for_known_columns(tmp_path: Path) -> None:
    """Where one of them has no value, nothing is written."""
    listing = listed(
        tmp_path,
        join=[{"path": "taxa.tsv", "on": "id"}],
        missing=["", "?"],
        levels=["species"],
        repairs=[
            repair(column="species", value="none", missing=True, known=["genus"]),
        ],
    )
    assert names(listing) == {"species": ("Troglodytes aedon", "none", None)}


def make_mat(base: Path) -> None:
    """Write labels and a list of their rows, as Flowers is published."""
    scipy.io.savemat(base / "labels.mat", {"labels": np.array([[5, 7, 5]])})
    scipy.io.savemat(
        base / "split.mat", {"test": np.array([[3.0, 1.0]]), "train": np.array([[2]])}
    )
    make_photos(base / "jpg", names=[f"image_{i:05d}.png" for i in (1, 2, 3)])


FLOWERS: dict[str, Any] = {
    "path": "split.mat",
    "columns": ["test"],
    "join": [
        {"path": "labels.mat", "columns": ["labels"], "on": "test", "numbered": True}
    ],
    "file": "image_{test:05d}.png",
    "images": "jpg",
    "levels": ["labels"],
}


def test_matlab_files_are_tables_too(tmp_path: Path) -> None:
    """A list of row numbers chooses the rows of another file, in its order."""
    make_mat(tmp_path)
    listing = list_samples(tmp_path, "manifest", **FLOWERS)
    assert listing.sample_ids == ("image_00003.png", "image_00001.png")
    assert names(listing) == {"labels": ("5", "5")}


def test_matlab_arrays_of_other_lengths_are_told(tmp_path: Path) -> None:
    """They are no columns of one table."""
    make_mat(tmp_path)
    with pytest.raises(DataError, match=r"not of one length \(test 2, train 1\)"):
        list_samples(tmp_path, "manifest", **{**FLOWERS, "columns": []})


FAULTS: dict[str, tuple[type[Exception], dict[str, Any], str]] = {
    "no row": (
        DataError,
        {"join": [{**LABELS, "path": "test.txt", "columns": ["id"]}]},
        r"test.txt: there is no row for id = 'u2' \(images.txt, line 2\)",
    ),
    "two rows": (
        DataError,
        {"join": [{"path": "twice.txt", "columns": ["id", "x"], "on": "id"}]},
        "'u1' stands in two rows: line 1 and line 3",
    ),
    "two columns": (
        ConfigError,
        {"join": [LABELS, LABELS], "levels": ["class"]},
        "the column 'class' stands in two of the tables",
    ),
    "no column": (
        DataError,
        {"levels": ["clas"], "join": [LABELS]},
        "no column 'clas' in the table; did you mean 'class'",
    ),
    "no list": (DataError, {"listed": {"id": ["no.txt"]}}, "no.txt: the list cannot"),
    "no text": (ConfigError, {"listed": {"id": 3}}, "listed.id must be a string"),
    "short line": (
        DataError,
        {"path": "twice.txt", "columns": ["id", "x", "path"]},
        r"line 1 has 2 fields, and there are 3 columns \(id, x, path\)",
    ),
    "no parent": (
        DataError,
        {"join": [LABELS], "hierarchy": {**PARENTS, "path": "orphan.txt"}},
        "the class '9' has no parent",
    ),
    "its own ancestor": (
        DataError,
        {"join": [LABELS], "hierarchy": {**PARENTS, "path": "circle.txt"}},
        "'3' is an ancestor of its own",
    ),
    "two parents": (
        DataError,
        {"join": [LABELS], "hierarchy": {**PARENTS, "path": "parents2.txt"}},
        r"'9' has two parents \(line 2\)",
    ),
    "no child": (
        ConfigError,
        {"join": [LABELS], "hierarchy": {**PARENTS, "columns": ["a", "b"]}},
        "a child and its parent",
    ),
    "open brace": (ConfigError, {"file": "{id"}, "not a valid template"),
    "attribute": (ConfigError, {"file": "{id.x}"}, "not a valid template"),
    "nested": (ConfigError, {"file": "{id:{id}}"}, "not a valid template"),
    "format": (DataError, {"file": "{id:05d}"}, "cannot be filled in with 'u1'"),
    "both": (ConfigError, {"first_column": "id"}, "Declare one of them"),
    "two names": (
        DataError,
        {
            "join": [LABELS],
            "levels": ["class"],
            "name_columns": {"class": "id"},
        },
        r"the label '9' has two names, 'u1' and 'u2' \(line 2\)",
    ),
    "condition": (
        ConfigError,
        {"repairs": [repair(column="id", value="x", where={"id": 3})]},
        "must be a string",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_tables_that_do_not_go_together_are_told(tmp_path: Path, fault: str) -> None:
    """With the file, the line and what to do."""
    (tmp_path / "twice.txt").write_text("u1 a\nu2 b\nu1 c\n", encoding="utf-8")
    (tmp_path / "orphan.txt").write_text("12 2\n", encoding="utf-8")
    (tmp_path / "circle.txt").write_text("9 3\n3 9\n12 3\n", encoding="utf-8")
    (tmp_path / "parents2.txt").write_text("9 3\n9 4\n12 3\n", encoding="utf-8")
    kind, given, message = FAULTS[fault]
    with pytest.raises(kind, match=message) as caught:
        listed(tmp_path, **given)
    assert getattr(caught.value, "hint", "")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path": "x", "on": "id", "colums": []}, "table 1: colums: unknown key"),
        ({"path": "x"}, "table 1: the key 'on' is missing"),
        ({"path": "x", "on": 3}, "table 1: on: must be a string"),
        ("x", "each item a table"),
    ],
)
def test_a_faulty_table_is_told_before_anything_is_read(
    given: object, message: str
) -> None:
    """The fields of a join are checked as those of the loader are."""
    from zsc_wh.datasets import LOADERS

    found = list(faults(LOADERS["manifest"].fields, {"path": "t", "join": [given]}))
    assert len(found) == 1
    assert message in found[0]
