from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.datasets.made import (
    SIZES,
    list_samples,
    make_folder,
    make_image,
    open_images,
)
from zsc_wh.errors import ConfigError, DataError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_lists_by_class_folder_and_name(tmp_path: Path) -> None:
    """Ids are relative paths in the order of torchvision's ImageFolder."""
    from torchvision.datasets import ImageFolder

    names = (
        "B/x.png", "a/x.png", "a/c/0.png", "a/c-d/0.png", "a/z/0.png", "a-b/x.png",
        "b/10.png", "b/9.png", "ä/x.png",
    )  # fmt: skip
    for name in names:
        make_image(tmp_path / name)
    listing = list_samples(tmp_path, "folder", path=".")
    theirs = [path for path, _ in ImageFolder(str(tmp_path)).samples]
    assert [str(tmp_path / name) for name in listing.sample_ids] == theirs
    assert listing.sample_ids.index("a/x.png") < listing.sample_ids.index("a/c/0.png")


def test_sizes_are_bytes_of_files(tmp_path: Path) -> None:
    """Sizes are those of the files, by which giant ones are known."""
    make_folder(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".")
    on_disk = tuple((tmp_path / name).stat().st_size for name in sorted(SIZES))
    assert listing.sizes == on_disk


def test_first_folder_is_the_class(tmp_path: Path) -> None:
    """The first folder on the path is the class, however deep the image lies."""
    for name in ("dog/deep/er/1.png", "cat/1.png", "dog/2.png"):
        make_image(tmp_path / name)
    listing = list_samples(tmp_path, "folder", path=".", levels=["animal"])
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("animal", ("cat", "dog"))
    assert level.class_index == (0, 1, 1)
    assert listing.imbalance == 2.0


def test_image_in_the_root_has_no_label(tmp_path: Path) -> None:
    """An image that lies in no class folder has a missing label."""
    make_image(tmp_path / "cat" / "1.png")
    make_image(tmp_path / "stray.png")
    (level,) = list_samples(tmp_path, "folder", path=".").levels
    assert level.class_index == (None, 0)


def test_flat_folder_is_unlabelled(tmp_path: Path) -> None:
    """A folder of images without folders in it has no labels."""
    make_image(tmp_path / "1.png")
    assert list_samples(tmp_path, "folder", path=".").levels == ()


def test_labels_can_be_declined(tmp_path: Path) -> None:
    """With labels = "none" the folders mean nothing."""
    make_folder(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".", labels="none")
    assert listing.levels == ()
    assert len(listing) == len(SIZES)


def test_folders_without_images_are_no_classes(tmp_path: Path) -> None:
    """A class exists by its images."""
    make_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    assert list_samples(tmp_path, "folder", path=".").n_classes == 2


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    """Other files are left out and told by name, but for hidden ones and litter."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "notes.txt").write_text("x", encoding="ascii")
    (tmp_path / "cats" / "no_suffix").write_bytes(b"x")
    make_image(tmp_path / "cats" / ".hidden.png")
    make_image(tmp_path / ".thumbnails" / "1.png")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.INI"):
        (tmp_path / "cats" / name).write_bytes(b"x")
    os.mkfifo(tmp_path / "cats" / "pipe.png")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == tuple(sorted(SIZES))
    assert listing.ignored == (
        "cats/no_suffix",
        "cats/notes.txt",
        "cats/pipe.png",
    )


@pytest.mark.parametrize("name", ["1.JPG", "1.Jpeg", "1.TIF", "1.webp", "1.gif"])
def test_suffixes_count_in_any_case(name: str, tmp_path: Path) -> None:
    """Cameras write capital letters."""
    make_image(tmp_path / name)
    assert list_samples(tmp_path, "folder", path=".").sample_ids == (name,)


def test_links_are_followed(tmp_path: Path) -> None:
    """A subset made of links to files and to folders is a dataset like any other."""
    make_folder(tmp_path / "all")
    subset = tmp_path / "subset"
    (subset / "cats").mkdir(parents=True)
    (subset / "cats" / "x.png").symlink_to(tmp_path / "all" / "cats" / "1.png")
    (subset / "dogs").symlink_to(tmp_path / "all" / "dogs")
    listing = list_samples(tmp_path, "folder", path="subset")
    assert listing.sample_ids == ("cats/x.png", "dogs/1.bmp")
    assert listing.sizes[0] == (tmp_path / "all" / "cats" / "1.png").stat().st_size


def test_link_back_is_not_walked_forever(tmp_path: Path) -> None:
    """A link to a folder above is left out, by name."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "up").symlink_to(tmp_path)
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == tuple(sorted(SIZES))
    assert listing.ignored == ("cats/up",)


def test_one_folder_linked_twice_is_listed_twice(tmp_path: Path) -> None:
    """Only loops are left out; two names of one folder are two classes."""
    make_image(tmp_path / "a" / "1.png")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == ("a/1.png", "b/1.png")


def _nothing(path: Path) -> None:
    path.symlink_to("nothing.png")


def _itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("link", [_nothing, _itself])
def test_broken_link_is_a_sample(link: Callable[[Path], None], tmp_path: Path) -> None:
    """A link to nothing is an image that cannot be read, not one image less."""
    make_folder(tmp_path)
    link(tmp_path / "cats" / "gone.png")
    listing = list_samples(tmp_path, "folder", path=".")
    assert dict(zip(listing.sample_ids, listing.sizes, strict=True))[
        "cats/gone.png"
    ] == 0  # fmt: skip
    images = open_images(tmp_path, "folder", path=".")
    with pytest.raises(UnreadableError, match=r"No such file|symbolic links") as caught:
        images.read(listing.sample_ids.index("cats/gone.png"))
    assert caught.value.where == str(tmp_path / "cats" / "gone.png")


def test_image_is_found_by_its_content(tmp_path: Path) -> None:
    """A wrong or absent ending does not hide an image."""
    make_image(tmp_path / "a" / "1.png").rename(tmp_path / "a" / "1")
    make_image(tmp_path / "a" / "2.png").rename(tmp_path / "a" / "2.txt")
    listing = list_samples(tmp_path, "folder", path=".")
    assert listing.sample_ids == ("a/1", "a/2.txt")


def test_empty_image_is_a_sample(tmp_path: Path) -> None:
    """A file called like an image is listed though it is empty."""
    make_folder(tmp_path)
    (tmp_path / "cats" / "0.png").touch()
    listing = list_samples(tmp_path, "folder", path=".")
    assert (listing.sample_ids[0], listing.sizes[0]) == ("cats/0.png", 0)


def test_ignored_name_that_is_not_utf8_can_be_written(tmp_path: Path) -> None:
    """What is only told of needs no name that a table can hold."""
    make_folder(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).touch()
    assert list_samples(tmp_path, "folder", path=".").ignored == (r"\xff.txt",)


def test_nested_folders_are_levels(tmp_path: Path) -> None:
    """A class is the whole path down to its depth; the last level is the target."""
    for name in ("owl/snowy/1.png", "owl/barn/1.png", "cow/barn/2.png", "cow/3.png"):
        make_image(tmp_path / name)
    order, species = list_samples(
        tmp_path, "folder", path=".", levels=["order", "species"]
    ).levels
    assert (order.name, order.depth, order.is_target) == ("order", 0, False)
    assert (species.name, species.depth, species.is_target) == ("species", 1, True)
    assert order.class_names == ("cow", "owl")
    assert order.class_index == (0, 0, 1, 1)  # 3.png comes before barn
    assert species.class_names == ("cow/barn", "owl/barn", "owl/snowy")
    assert species.class_index == (None, 0, 1, 2)


def test_too_many_levels_are_told(tmp_path: Path) -> None:
    """A level that no image lies deep enough for is a mistake."""
    make_folder(tmp_path)
    with pytest.raises(DataError, match="no sample has a label at the level 'b'"):
        list_samples(tmp_path, "folder", path=".", levels=["a", "b"])


def test_folder_inside_is_the_dataset(tmp_path: Path) -> None:
    """Names start at the folder inside, and the rest is not part of it."""
    make_folder(tmp_path / "data" / "animals")
    (tmp_path / "data" / "notes.txt").touch()
    listing = list_samples(tmp_path, "folder", path="data", inside="animals")
    assert listing.sample_ids == tuple(sorted(SIZES))
    assert listing.ignored == ()


@pytest.mark.parametrize("inside", ["..", "a/../../b", "/etc"])
def test_inside_does_not_lead_out(inside: str, tmp_path: Path) -> None:
    """The dataset lies in its folder."""
    with pytest.raises(ConfigError, match="leads out of the dataset"):
        list_samples(tmp_path, "folder", path=".", inside=inside)


def test_applied_orientation_is_part_of_the_identity(tmp_path: Path) -> None:
    """Turned images are another dataset, and are turned."""
    tag = Image.Exif()
    tag[0x0112] = 6
    Image.new("L", (4, 2)).save(tmp_path / "1.png", exif=tag)
    listings = [
        list_samples(tmp_path, "folder", path=".", exif=how)
        for how in ("ignore", "apply")
    ]
    sizes = [
        open_images(tmp_path, "folder", path=".", exif=how)[0].size
        for how in ("ignore", "apply")
    ]
    assert sizes == [(4, 2), (2, 4)]
    assert listings[0].key != listings[1].key
    assert listings[0].facts == {}


def test_name_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """A file name that no table can hold is an error that says to rename it."""
    make_image(tmp_path / "1.png")
    os.rename(tmp_path / "1.png", os.fsencode(tmp_path) + b"/\xff.png")  # noqa: PTH104 - bytes
    with pytest.raises(DataError, match=r"xff.*is not UTF-8") as caught:
        list_samples(tmp_path, "folder", path=".")
    assert caught.value.hint == "Rename the file."


def test_missing_folder_is_told(tmp_path: Path) -> None:
    """A wrong path is an error that says where relative paths start."""
    with pytest.raises(DataError, match="there is no such folder or archive") as caught:
        list_samples(tmp_path, "folder", path="photos")
    assert caught.value.where == str(tmp_path / "photos")
    assert "folder of the declaring file" in caught.value.hint


def test_folder_without_images_is_told(tmp_path: Path) -> None:
    """An empty dataset is an error that says what was looked for."""
    (tmp_path / "movie.mp4").write_bytes(b"x")
    with pytest.raises(DataError, match=r"\.jpg .* ignored 1 other") as caught:
        list_samples(tmp_path, "folder", path=".")
    assert caught.value.where == str(tmp_path)
    assert "PNG or JPEG" in caught.value.hint


def test_unset_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path through an unset variable is a fault of the declaration."""
    monkeypatch.delenv("ZSC_PICTURES", raising=False)
    with pytest.raises(ConfigError, match="ZSC_PICTURES"):
        list_samples(tmp_path, "folder", path="${ZSC_PICTURES}/x")


FACES = ("1_0_3_x.png", "20_1_0_y.png", "8_0_x.png")
FACE = "(?P<age>[0-9]+)_(?P<gender>[01])_(?P<race>[0-4])_"


def test_a_pattern_finds_the_labels_in_the_path(tmp_path: Path) -> None:
    """A group per level, also in a flat folder; what does not match has no label."""
    for seed, name in enumerate(FACES):
        make_image(tmp_path / name, seed=seed)
    listing = list_samples(
        tmp_path, "folder", path=".", pattern=FACE, levels=["gender", "age"]
    )
    gender, age = listing.levels
    assert (gender.name, gender.class_names, gender.is_target) == (
        "gender",
        ("0", "1"),
        False,
    )
    assert (age.name, age.class_names, age.is_target) == ("age", ("1", "20"), True)
    assert age.class_index == (0, 1, None)
    plain = list_samples(tmp_path, "folder", path=".")
    assert plain.key == listing.key
    assert plain.levels == ()


def test_a_target_need_not_be_the_last(tmp_path: Path) -> None:
    """As the class of ImageNet-R, whose files also tell the form of art."""
    for seed, name in enumerate(("n1/art_0.png", "n1/toy_1.png", "n2/art_0.png")):
        make_image(tmp_path / name, seed=seed)
    both = "(?P<both>(?P<class>[^/]+)/(?P<artform>[^_/]+))_"
    listing = list_samples(
        tmp_path,
        "folder",
        path=".",
        pattern=both,
        levels=["artform", "class", "both"],
        target="class",
    )
    assert [level.class_index for level in listing.levels] == [
        (0, 1, 0),
        (0, 0, 1),
        (0, 1, 2),
    ]
    assert listing.target is listing.levels[1]
    assert listing.levels[2].class_names == ("n1/art", "n1/toy", "n2/art")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pattern": "(?P<age>[0-9]+"}, "is not a valid regular expression"),
        ({"pattern": "(?P<agee>.)", "levels": ["age"]}, "did you mean 'agee'"),
        ({"pattern": "x"}, "Its groups are none: name them in `levels`"),
        (
            {"pattern": FACE, "levels": ["age"], "target": "gender"},
            "target level 'gender'",
        ),
        ({"levels": ["age"], "target": "gender"}, "target level 'gender'"),
    ],
)
def test_a_wrong_pattern_is_told(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    """With the groups that there are."""
    make_image(tmp_path / "a" / FACES[0])
    with pytest.raises(ConfigError, match=message):
        list_samples(tmp_path, "folder", path=".", **given)


def test_a_pattern_that_finds_nothing_is_told(tmp_path: Path) -> None:
    """It is a fault of the declaration, not a dataset without labels."""
    make_image(tmp_path / "a.png")
    with pytest.raises(DataError, match="no sample has a label at the level 'age'"):
        list_samples(tmp_path, "folder", path=".", pattern=FACE, levels=["age"])
