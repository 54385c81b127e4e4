from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.datasets.made import (
    list_samples,
    make_image,
    make_zip,
    open_images,
    pixels_of,
)
from zsc_wh.errors import ConfigError, DataError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = {
    "path": ["b/2.png", "a/1.png", "./b//3.png", "a/4.png"],
    "order": ["bird", "bird", "bee", None],
    "species": ["owl", "tit", "", None],
    "fold": ["1", "2", "1", "3"],
}
IDS = ("b/2.png", "a/1.png", "b/3.png", "a/4.png")


def write(path: Path, /, **columns: Any) -> Path:
    """Write the table, some columns of it replaced, and files for its images."""
    for name in IDS:
        if not (path.parent / name).exists():
            (path.parent / name).parent.mkdir(exist_ok=True)
            (path.parent / name).write_bytes(b"?")
    frame = pl.DataFrame({**ROWS, **columns}, strict=False)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet"])
def test_rows_are_samples(name: str, tmp_path: Path) -> None:
    """Samples are the rows in their order, levels the declared columns."""
    write(tmp_path / name)
    listing = list_samples(tmp_path, "manifest", path=name, levels=["order", "species"])
    order, species = listing.levels
    assert listing.sample_ids == IDS
    assert (order.name, order.depth, order.is_target) == ("order", 0, False)
    assert (order.class_names, order.class_index) == (("bee", "bird"), (1, 1, 0, None))
    assert (species.name, species.depth, species.is_target) == ("species", 1, True)
    assert species.class_names == ("owl", "tit")
    assert species.class_index == (0, 1, None, None)


def test_rows_can_be_sorted_by_path(tmp_path: Path) -> None:
    """``order = "path"`` brings the labels along."""
    write(tmp_path / "t.csv")
    given = {"path": "t.csv", "levels": ["species"], "order": "path"}
    listing = list_samples(tmp_path, "manifest", **given)
    assert listing.sample_ids == tuple(sorted(IDS))
    assert listing.levels[0].class_index == (1, None, 0, None)


def test_without_levels_there_are_no_labels(tmp_path: Path) -> None:
    """A list of paths is a dataset."""
    write(tmp_path / "t.csv")
    assert list_samples(tmp_path, "manifest", path="t.csv").levels == ()


def test_target_can_be_another_level(tmp_path: Path) -> None:
    """The declared level is the one by which clusterings are judged."""
    write(tmp_path / "t.csv")
    listing = list_samples(
        tmp_path,
        "manifest",
        path="t.csv",
        levels=["order", "species"],
        target="order",
    )
    assert listing.target is listing.levels[0]


@pytest.mark.parametrize(
    ("missing", "classes"),
    [([""], ("owl", "tit")), (["", "tit"], ("owl",)), ([], ("", "owl", "tit"))],
)
def test_missing_labels_are_declared(
    missing: list[str], classes: tuple[str, ...], tmp_path: Path
) -> None:
    """The declared texts mean no label, and NULL always does."""
    write(tmp_path / "t.parquet")
    (level,) = list_samples(
        tmp_path, "manifest", path="t.parquet", levels=["species"], missing=missing
    ).levels
    assert level.class_names == classes


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"fold": "1"}, ("b/2.png", "b/3.png")),
        ({"fold": ["1", "2"], "order": "bird"}, ("b/2.png", "a/1.png")),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_rows_can_be_chosen(
    where: dict[str, Any], ids: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    """Only rows that hold the wanted texts, or numbers written so, are samples."""
    write(tmp_path / name, fold=[1, 2, 1, 3])
    listing = list_samples(tmp_path, "manifest", path=name, where=where)
    assert listing.sample_ids == ids


@pytest.mark.parametrize("packed", [False, True])
def test_images_are_read_from_their_place(packed: bool, tmp_path: Path) -> None:
    """Paths start at the folder or archive of the images."""
    root = tmp_path / "photos"
    for seed, name in enumerate(IDS):
        make_image(root / name, seed=seed)
    place = make_zip(root, tmp_path / "x.zip") if packed else root
    write(tmp_path / "t.csv")
    given = {"path": "t.csv", "images": place.name}
    listing = list_samples(tmp_path, "manifest", **given)
    images = open_images(tmp_path, "manifest", **given)
    assert listing.sizes == tuple((root / name).stat().st_size for name in IDS)
    assert [images.read(i).tobytes() for i in range(4)] == [
        pixels_of(root / name) for name in IDS
    ]


def test_images_lie_beside_the_table_unless_told(tmp_path: Path) -> None:
    """Without `images` the paths start at the folder of the table."""
    make_image(tmp_path / "data" / "b" / "2.png")
    write(tmp_path / "data" / "t.csv")
    images = open_images(tmp_path, "manifest", path="data/t.csv")
    assert images[0].size == (12, 9)


@pytest.mark.parametrize("packed", [False, True])
def test_absent_file_is_a_sample(packed: bool, tmp_path: Path) -> None:
    """A row without its file has 0 bytes, and is named when it is read."""
    make_image(tmp_path / "photos" / "b" / "2.png")
    place = tmp_path / "photos"
    if packed:
        place = make_zip(place, tmp_path / "x.zip")
    write(tmp_path / "t.csv")
    given = {"path": "t.csv", "images": place.name}
    assert list_samples(tmp_path, "manifest", **given).sizes[1:] == (0, 0, 0)
    with pytest.raises(UnreadableError, match=r"(?i)no such file") as caught:
        open_images(tmp_path, "manifest", **given).read(1)
    assert caught.value.where.endswith("a/1.png")


def test_row_that_names_a_folder_is_a_sample(tmp_path: Path) -> None:
    """What is not a file cannot be read, and does not end the others."""
    (tmp_path / "b" / "2.png").mkdir(parents=True)
    write(tmp_path / "t.csv")
    assert list_samples(tmp_path, "manifest", path="t.csv").sizes[0] == 0
    with pytest.raises(UnreadableError, match="not a regular file"):
        open_images(tmp_path, "manifest", path="t.csv").read(0)


def test_path_with_a_null_byte_is_a_sample(tmp_path: Path) -> None:
    """A path that no system can hold is one unreadable sample."""
    write(tmp_path / "t.parquet", path=["a\0.png", "b", "c", "a/1.png"])
    assert list_samples(tmp_path, "manifest", path="t.parquet").sizes[0] == 0
    with pytest.raises(UnreadableError, match="null"):
        open_images(tmp_path, "manifest", path="t.parquet").read(0)


def test_applied_orientation_is_part_of_the_identity(tmp_path: Path) -> None:
    """Turned images are another dataset."""
    write(tmp_path / "t.csv")
    listing = list_samples(tmp_path, "manifest", path="t.csv", exif="apply")
    assert listing.facts == {"exif": "apply"}


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "column": ({}, {"column": "paths"}, "did you mean 'path'", "order, species"),
    "level": ({}, {"levels": ["genus"]}, "no column 'genus'", "order, species"),
    "no label": (
        {"order": [None] * 4},
        {"levels": ["order"]},
        "no sample has a label at the level 'order'",
        "`levels`",
    ),
    "where": ({}, {"where": {"split": "x"}}, "no column 'split'", "order, species"),
    "no row": ({}, {"where": {"fold": "9"}}, "no row of the table", "`where`"),
    "number": ({"path": [1, 2, 3, 4]}, {}, "must hold strings, not Int64", "column"),
    "no path": ({"path": ["a", None, "b", "c"]}, {}, "no path: row 2", "drop"),
    "empty": ({"path": ["a", "", "b", "c"]}, {}, "a row has no path", "drop"),
    "twice": (
        {"path": ["a", "b", "./a", "c"]},
        {},
        "'a' is in 2 rows, such as row 1 and row 3",
        "one row",
    ),
    "absolute": ({"path": ["/a", "b", "c", "d"]}, {}, "'/a' leads out", "`images`"),
    "above": (
        {"path": ["../a", "b", "c", "d"]},
        {},
        "leads out .* .row 1.",
        "`images`",
    ),
    "winding": ({"path": ["a/../../b", "b", "c", "d"]}, {}, "leads out", "`images`"),
    "itself": ({"path": ["a/..", "b", "c", "d"]}, {}, "leads out", "`images`"),
}


@pytest.mark.parametrize(
    ("columns", "given", "message", "hint"), FAULTS.values(), ids=FAULTS
)
def test_fault_is_told(
    columns: dict[str, Any],
    given: dict[str, Any],
    message: str,
    hint: str,
    tmp_path: Path,
) -> None:
    """What the table does not hold is an error with the file and a remedy."""
    write(tmp_path / "t.parquet", **columns)
    with pytest.raises(DataError, match=message) as caught:
        list_samples(tmp_path, "manifest", path="t.parquet", **given)
    assert caught.value.where.startswith(str(tmp_path / "t.parquet"))
    assert hint in caught.value.hint


@pytest.mark.parametrize("texts", [1, ["1", 2], True])
def test_wanted_values_are_texts(texts: object, tmp_path: Path) -> None:
    """A number in `where` is refused instead of matching nothing."""
    write(tmp_path / "t.csv")
    with pytest.raises(ConfigError, match=r"where\.fold must be") as caught:
        list_samples(tmp_path, "manifest", path="t.csv", where={"fold": texts})
    assert 'fold = "1"' in caught.value.hint


def _gone(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _ragged(path: Path) -> None:
    path.write_bytes(b"path,class\na.png\nb.png,1,2,3\n")


def _latin(path: Path) -> None:
    path.write_bytes("path\nü.png\n".encode("latin-1"))


def _half_parquet(path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("spoil", [_gone, _empty, _ragged, _latin, _half_parquet])
def test_unsound_table_is_named(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    """A table that is absent or damaged is an error with its path."""
    spoil(write(tmp_path / "t.csv"))
    with pytest.raises(DataError, match=r"no such file|cannot be read as a") as caught:
        list_samples(tmp_path, "manifest", path="t.csv")
    assert caught.value.where == str(tmp_path / "t.csv")
    assert caught.value.hint
