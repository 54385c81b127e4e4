from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.datasets.made import list_samples, loader, make_image, make_zip
from zsc_wh import datasets
from zsc_wh.datasets.subset import SUBSET
from zsc_wh.errors import DataError
from zsc_wh.fields import complete

if TYPE_CHECKING:
    from pathlib import Path

IDS = ("b/2.png", "a/1.png", "b/3.png", "a/4.png")


def write(folder: Path) -> None:
    """Write a table, and a file for every row."""
    for name in IDS:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"?")
    pl.DataFrame({"path": IDS}).write_csv(folder / "t.csv")


def test_rows_without_a_file_are_named(tmp_path: Path) -> None:
    """Absent files are told apart from empty ones, in the order of the samples."""
    write(tmp_path)
    (tmp_path / "a/4.png").unlink()
    (tmp_path / "a/1.png").unlink()
    (tmp_path / "b/3.png").write_bytes(b"")
    listing = list_samples(tmp_path, "manifest", path="t.csv")
    assert listing.absent == ("a/1.png", "a/4.png")
    assert listing.absent_hint == ""
    assert listing.sample_ids == IDS


def test_no_file_at_all_is_an_error(tmp_path: Path) -> None:
    """The first file, the folder and a remedy are named."""
    (tmp_path / "photos").mkdir()
    write(tmp_path)
    with pytest.raises(DataError, match=r"none of the files .* 'b/2\.png'") as caught:
        list_samples(tmp_path, "manifest", path="t.csv", images="photos")
    assert caught.value.where == str(tmp_path / "photos")
    assert "`images`" in caught.value.hint


HINTS: dict[str, tuple[str, str, str]] = {
    "NFD on the disk": ("a/u\u0308.png", "a/\u00fc.png", "NFD, as macOS"),
    "NFC on the disk": ("a/\u00fc.png", "a/u\u0308.png", "Unicode NFC"),
    "backslashes": ("a/5.png", "a\\5.png", "instead of backslashes"),
    "Windows": ("a/5.png", "C:\\a\\6.png", "with backslashes: write"),
    "blanks": ("a/5.png", "a/5.png ", "without the blanks"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("there", "named", "message"), HINTS.values(), ids=HINTS)
def test_spelling_of_an_absent_file_is_hinted(
    there: str, named: str, message: str, packed: bool, tmp_path: Path
) -> None:
    """The same name as another system writes it is found, and said."""
    make_image(tmp_path / "photos" / there)
    place = make_image(tmp_path / "photos" / "x.png").parent
    if packed:
        place = make_zip(place, tmp_path / "x.zip")
    pl.DataFrame({"path": [named, "x.png"]}).write_csv(tmp_path / "t.csv")
    given = {"path": "t.csv", "images": place.name}
    listing = list_samples(tmp_path, "manifest", **given)
    assert listing.absent == (named,)
    assert message in listing.absent_hint
    pl.DataFrame({"path": [named]}).write_csv(tmp_path / "t.csv")
    with pytest.raises(DataError, match="none of the files") as caught:
        list_samples(tmp_path, "manifest", **given)
    assert caught.value.hint == listing.absent_hint


def test_absent_rows_of_a_subset_are_those_chosen(tmp_path: Path) -> None:
    """A row that was not drawn is no loss."""
    write(tmp_path)
    for name in IDS[:3]:
        (tmp_path / name).unlink()
    subset = complete(SUBSET, {"n": 2})
    params = loader("manifest", path="t.csv")
    listing = datasets.list_samples(params, tmp_path, subset)
    expected = tuple(name for name in listing.sample_ids if name in IDS[:3])
    assert listing.absent == expected
    assert 0 < len(expected) < 3
