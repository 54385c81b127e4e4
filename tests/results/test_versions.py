from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.queries.conftest import stored
from tests.queries.made import Made
from zsc_wh.errors import QueryError
from zsc_wh.results.versions import Version, base_of, find_versions

if TYPE_CHECKING:
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse


@pytest.fixture
def named(tmp_path: Path, empty_warehouse_file: Path) -> Warehouse:
    """Return a warehouse where every kind has a name that meant something else."""
    made = Made()
    for day, content in enumerate(("one", "two", "three")):
        made.encoder("shared", content=content, day=day)
        made.dataset("photos", ["x", "y"], content=content, day=day)
        made.dataset("shared", ["x", "y"], content=f"other {content}", day=day)
    made.reducer("none")
    made.clusterer("kmeans", content="old")
    made.clusterer("kmeans", day=1)
    return stored(made, empty_warehouse_file, tmp_path / "made.duckdb")


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("photos@1", "photos"),
        ("my photos@12", "my photos"),
        ("photos", None),
        ("photos@", None),
        ("photos@old", None),
        ("photos@1.duckdb", None),
        ("folder/photos@1", None),
        ("@1", None),
    ],
)
def test_a_version_is_a_name_and_a_number(text: str, base: str | None) -> None:
    """Whatever else has an @ is a file."""
    assert base_of(text) == base


@pytest.mark.parametrize("labels", [("photos@1", "photos"), ("photos@2", "photos@1")])
def test_versions_of_a_name_are_found(
    named: Warehouse, labels: tuple[str, str]
) -> None:
    """The kind is that of which the name is, in the order that was asked for."""
    a, b = (Version("dataset", "photos", label) for label in labels)
    assert find_versions(named, labels) == (a, b)


@pytest.mark.parametrize("kind", ["encoder", "dataset"])
def test_a_kind_tells_names_apart(named: Warehouse, kind: str) -> None:
    """Two kinds can have one name."""
    found = find_versions(named, ("shared@1", "shared"), kind)
    assert [version.kind for version in found] == [kind, kind]


@pytest.mark.parametrize(
    ("labels", "kind", "said"),
    [
        (("photo@1", "photo"), None, "no name 'photo'; did you mean 'photos'"),
        (("photo@1", "photo"), "dataset", "no dataset 'photo'; did you mean 'photos'"),
        (("kmeans@1", "kmeans"), "dataset", "no dataset 'kmeans'"),
        (("photos@7", "photos"), None, "no 'photos@7'.*photos, photos@1, photos@2;"),
        (("none", "none@1"), None, "no 'none@1'.*There is none;"),
        (("photos", "photos@3"), None, "no 'photos@3'"),
        (
            ("shared@1", "shared"),
            None,
            "as encoder and dataset.*encoder:shared@1 encoder:shared",
        ),
    ],
)
def test_unknown_names_are_answered(
    named: Warehouse, labels: tuple[str, str], kind: str | None, said: str
) -> None:
    """The nearest name, the versions that there are, or the kinds."""
    with pytest.raises(QueryError, match=said):
        find_versions(named, labels, kind)
