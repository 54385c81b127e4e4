"""Datasets of the library datasets, in the folders that it writes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.kept import HOUR_NS, look, set_clock
from tests.datasets.made import (
    FEATURES,
    image_bytes,
    image_cell,
    list_samples,
    loader,
    open_images,
    save_split,
    write_arrow,
)
from zsc_wh.datasets import arrow, huggingface
from zsc_wh.errors import ConfigError, DataError, ZscError

if TYPE_CHECKING:
    from pathlib import Path

TRAIN: list[dict[str, list[Any]]] = [
    {"image": [image_cell(0), image_cell(1)], "label": [2, None]},
    {"image": [image_cell(2), image_cell(3)], "label": [0, 2]},
]
TEST: list[dict[str, list[Any]]] = [{"image": [image_cell(4)], "label": [1]}]


def save(base: Path) -> Path:
    """Write two splits as save_to_disk does."""
    save_split(base / "saved" / "train", TRAIN)
    save_split(base / "saved" / "test", TEST)
    text = json.dumps({"splits": ["train", "test"]})
    (base / "saved" / "dataset_dict.json").write_text(text, "utf-8")
    return base / "saved"


def prepare(root: Path, config: str = "default", version: str = "1.0.0") -> Path:
    """Write what load_dataset prepares in its cache."""
    folder = root / "mine___birds" / config / version / "0123456789abcdef"
    for number, part in enumerate(TRAIN):
        write_arrow(folder / f"birds-train-{number:05d}-of-00002.arrow", part)
    write_arrow(folder / "birds-test.arrow", TEST[0])
    write_arrow(folder / "cache-0123456789abcdef.arrow", TEST[0])
    splits = {"train": {"num_examples": 4}, "test": {"num_examples": 1}}
    info = {"features": FEATURES, "splits": splits, "dataset_name": "birds"}
    (folder / "dataset_info.json").write_text(json.dumps(info), "utf-8")
    return folder


def test_a_saved_split_is_listed_in_its_order(tmp_path: Path) -> None:
    """Rows of its files; classes as they are named, also those that nobody has."""
    save(tmp_path)
    listing = list_samples(tmp_path, "huggingface", path="saved", split="train")
    assert listing.sample_ids == (
        "data-00000-of-00002.arrow/0",
        "data-00000-of-00002.arrow/1",
        "data-00001-of-00002.arrow/0",
        "data-00001-of-00002.arrow/1",
    )
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("label", ("ant", "bee", "cat"))
    assert level.class_index == (2, None, 0, 2)
    assert listing.sizes == tuple(len(image_bytes(seed)) for seed in range(4))


def test_identity_is_that_of_the_images(tmp_path: Path) -> None:
    """The bytes of each image, wherever it is kept."""
    save(tmp_path)
    listing = look(tmp_path, loader("huggingface", path="saved", split="train"))
    expected = [hashlib.sha256(image_bytes(seed)).hexdigest() for seed in range(4)]
    assert list(listing.digests) == expected
    images = open_images(tmp_path, "huggingface", path="saved", split="train")
    assert [images[i].size for i in range(4)] == [(8, 6)] * 4
    assert images.where(3).endswith("data-00001-of-00002.arrow: 1")


def test_one_split_needs_no_name(tmp_path: Path) -> None:
    """Where save_to_disk wrote it alone, or the folder is that of the split."""
    save(tmp_path)
    listing = list_samples(tmp_path, "huggingface", path="saved/test")
    assert listing.levels[0].class_index == (1,)


def test_a_dataset_in_the_cache_is_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As load_dataset prepared it; what was computed with it later is left alone."""
    prepare(tmp_path / "cache")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    given: dict[str, Any] = {"name": "Mine/Birds", "split": "train"}
    listing = list_samples(tmp_path, "huggingface", **given)
    assert len(listing) == 4
    assert listing.sample_ids[0] == "birds-train-00000-of-00002.arrow/0"
    monkeypatch.delenv("HF_DATASETS_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    prepare(tmp_path / "home" / "datasets")
    assert list_samples(tmp_path, "huggingface", **given) == listing
    places = huggingface.places(loader("huggingface", **given), tmp_path)
    assert places == [tmp_path / "home" / "datasets"]


def test_which_of_several_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configurations by name, versions by their folder."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    first = prepare(tmp_path / "cache", "small")
    prepare(tmp_path / "cache", "large")
    given: dict[str, Any] = {"name": "mine/birds", "split": "test"}
    with pytest.raises(ConfigError, match=r"configurations .* large, small") as caught:
        list_samples(tmp_path, "huggingface", **given)
    assert "`config`" in caught.value.hint
    assert len(list_samples(tmp_path, "huggingface", **given, config="small")) == 1
    with pytest.raises(DataError, match="did you mean 'small'"):
        list_samples(tmp_path, "huggingface", **given, config="smal")
    prepare(tmp_path / "cache", "small", "2.0.0")
    with pytest.raises(ConfigError, match="several versions"):
        list_samples(tmp_path, "huggingface", **given, config="small")
    listing = list_samples(tmp_path, "huggingface", path=str(first), split="test")
    assert len(listing) == 1


def test_images_may_be_files_of_their_own(tmp_path: Path) -> None:
    """As of a folder of images in the cache; a changed one is another dataset."""
    files = [tmp_path / "a.webp", tmp_path / "b.webp"]
    for seed, file in enumerate(files):
        file.write_bytes(image_bytes(seed))
    cells = [{"bytes": None, "path": str(file)} for file in files]
    cells.append({"bytes": None, "path": str(tmp_path / "gone.webp")})
    save_split(tmp_path / "saved", [{"image": cells, "label": [0, 1, 2]}])
    params = loader("huggingface", path="saved")
    first = look(tmp_path, params)
    expected = [hashlib.sha256(image_bytes(seed)).hexdigest() for seed in range(2)]
    assert list(first.digests) == [*expected, None]
    files[1].write_bytes(image_bytes(5))
    assert look(tmp_path, params).digests[1] != first.digests[1]
    images = open_images(tmp_path, "huggingface", path="saved")
    assert images[0].size == (8, 6)


def test_levels_are_columns(tmp_path: Path) -> None:
    """Texts, numbers and named classes; images may be plain bytes."""
    columns: dict[str, list[Any]] = {
        "pixels": [image_bytes(0), image_bytes(1), image_bytes(2)],
        "order": ["fly", None, "bee"],
        "year": [7, -1, 10],
    }
    folder = save_split(tmp_path / "saved", [columns])
    kinds = {"pixels": {"_type": "Value"}, "order": {}, "year": {"_type": "Value"}}
    (folder / "dataset_info.json").write_text(json.dumps({"features": kinds}))
    given: dict[str, Any] = {"path": "saved", "image": "pixels"}
    listing = list_samples(
        tmp_path, "huggingface", **given, levels=["order", "year"], target="order"
    )
    assert [level.class_names for level in listing.levels] == [
        ("bee", "fly"),
        ("7", "10"),
    ]
    assert listing.levels[1].class_index == (0, None, 1)
    assert listing.target is listing.levels[0]
    assert list_samples(tmp_path, "huggingface", **given, levels=[]).levels == ()


def test_listed_files_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in them is kept beside the store; labels are few and read each time."""
    save(tmp_path)
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
    params = loader("huggingface", path="saved", split="train")
    first = look(tmp_path, params)
    monkeypatch.setattr(arrow, "_contents", lambda *_: pytest.fail("read again"))
    assert look(tmp_path, params) == first


FAULTS: dict[str, tuple[dict[str, Any], type[ZscError], str]] = {
    "no split is named": ({"split": None}, DataError, "2 splits, and `split` does not"),
    "a split is not there": ({"split": "tst"}, DataError, "did you mean 'test'"),
    "no folder": ({"path": "nowhere"}, DataError, "there is no such folder"),
    "no dataset": ({"path": "."}, DataError, "the folder holds no dataset"),
    "no column of images": ({"image": "img"}, DataError, "did you mean 'image'"),
    "a column of labels": ({"image": "label"}, DataError, "does not hold images"),
    "no level": ({"levels": ["lable"]}, DataError, "did you mean 'label'"),
    "nothing": ({"path": None}, ConfigError, "either `path` or `name`"),
    "both": ({"name": "x"}, ConfigError, "either `path` or `name`"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_faults_are_told(what: str, tmp_path: Path) -> None:
    """With the place, and what to write instead."""
    given, error, message = FAULTS[what]
    save(tmp_path)
    given = {"path": "saved", "split": "test", **given}
    with pytest.raises(error, match=message) as caught:
        list_samples(tmp_path, "huggingface", **given)
    assert caught.value.where
    assert caught.value.hint


def test_a_dataset_that_is_not_in_the_cache_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the nearest that is, and how it gets there."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    prepare(tmp_path / "cache")
    with pytest.raises(DataError, match="did you mean 'mine/birds'") as caught:
        list_samples(tmp_path, "huggingface", name="mine/bird")
    assert "load_dataset" in caught.value.hint


@pytest.mark.parametrize("cut", [0, 100, 600, -8, -1])
def test_a_damaged_file_is_named(tmp_path: Path, cut: int) -> None:
    """Also one that is cut between its parts, of which polars would read the rest."""
    file = save(tmp_path) / "test" / "data-00000-of-00001.arrow"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(DataError, match="damaged or cut off") as caught:
        list_samples(tmp_path, "huggingface", path="saved", split="test")
    assert caught.value.where == str(file)


def test_samples_that_are_missing_are_told(tmp_path: Path) -> None:
    """A file that is not there, and fewer rows than were noted."""
    file = save(tmp_path) / "train" / "data-00001-of-00002.arrow"
    file.unlink()
    with pytest.raises(DataError, match=r"'data-00001-of-00002\.arrow' of the dataset"):
        list_samples(tmp_path, "huggingface", path="saved", split="train")
    folder = prepare(tmp_path / "cache")
    (folder / "birds-train-00001-of-00002.arrow").unlink()
    path = os.fspath(folder)
    with pytest.raises(DataError, match="it holds 2 samples, and 4 are noted"):
        list_samples(tmp_path, "huggingface", path=path, split="train")


def test_an_old_selection_is_told(tmp_path: Path) -> None:
    """Its rows would not be those that were saved."""
    folder = save(tmp_path) / "test"
    state = json.loads((folder / "state.json").read_text("utf-8"))
    state["_indices_data_files"] = [{"filename": "indices.arrow"}]
    (folder / "state.json").write_text(json.dumps(state), "utf-8")
    with pytest.raises(DataError, match="chosen by a second file") as caught:
        list_samples(tmp_path, "huggingface", path="saved", split="test")
    assert "flatten_indices" in caught.value.hint
