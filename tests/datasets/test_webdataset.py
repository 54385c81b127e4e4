"""Tar shards as the library webdataset writes and reads them."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.datasets.kept import HOUR_NS, look, set_clock
from tests.datasets.made import (
    image_bytes,
    list_samples,
    loader,
    open_images,
    write_shard,
)
from zsc_wh.datasets.archives import Archive
from zsc_wh.datasets.shards import expanded
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

TAXA = {"levels": ["order", "species"]}


def taxon(order: str | None, species: object) -> str:
    return json.dumps({"order": order, "taxon": {"species": species}, "species": 7})


def make(base: Path) -> Path:
    """Write two shards, samples and their files in no order."""
    write_shard(
        base / "web" / "a-00.tar",
        {
            "b.cls": "10",
            "b.jpg": image_bytes(0),
            "a.seg.png": image_bytes(9),
            "a.json": taxon("fly", "x"),
            "a.jpg": image_bytes(1),
            "a.cls": "9\n",
            "b.json": taxon("fly", "y"),
        },
    )
    write_shard(
        base / "web" / "a-01.tar",
        {
            "deep/c.v2.JPG": image_bytes(2),
            "deep/c.JPG": image_bytes(3),
            "deep/c.json": taxon("bee", "x"),
            "deep/c.cls": "10",
        },
    )
    return base / "web"


def test_samples_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    """Shards as they are named, samples as they first occur; classes by number."""
    make(tmp_path)
    listing = list_samples(tmp_path, "webdataset", path="web")
    assert listing.sample_ids == (
        "a-00.tar/b.jpg",
        "a-00.tar/a.jpg",
        "a-01.tar/deep/c.JPG",
    )
    (level,) = listing.levels
    assert (level.name, level.class_names) == ("class", ("9", "10"))
    assert level.class_index == (1, 0, 1)
    assert listing.sizes == tuple(len(image_bytes(seed)) for seed in (0, 1, 3))
    turned = list_samples(
        tmp_path, "webdataset", path="web", shards=["a-01.tar", "a-*.tar"]
    )
    assert turned.sample_ids[0] == "a-01.tar/deep/c.JPG"
    assert len(turned) == 3


def test_identity_is_that_of_the_images(tmp_path: Path) -> None:
    """The bytes of each image, wherever it is packed."""
    make(tmp_path)
    listing = look(tmp_path, loader("webdataset", path="web"))
    expected = [hashlib.sha256(image_bytes(seed)).hexdigest() for seed in (0, 1, 3)]
    assert list(listing.digests) == expected
    images = open_images(tmp_path, "webdataset", path="web")
    assert [images[i].size for i in range(3)] == [(8, 6)] * 3
    assert str(tmp_path / "web" / "a-01.tar") in images.where(2)


def test_a_sample_without_an_image_is_ignored_by_name(tmp_path: Path) -> None:
    """It is not a sample, and its label is none."""
    members: dict[str, bytes | str] = {
        "a.cls": "1",
        "b.png": image_bytes(0),
        "b.cls": "2",
        "c.cls": "3",
    }
    write_shard(tmp_path / "web" / "x.tar", members)
    listing = list_samples(tmp_path, "webdataset", path="web")
    assert listing.sample_ids == ("x.tar/b.png",)
    assert listing.levels[0].class_names == ("2",)
    assert listing.ignored == ("x.tar/a", "x.tar/c")


def test_several_levels_out_of_json(tmp_path: Path) -> None:
    """Fields called like the levels, others by name, inner ones after a dot."""
    make(tmp_path)
    plain = list_samples(tmp_path, "webdataset", path="web", **TAXA, target="order")
    assert [level.name for level in plain.levels] == ["order", "species"]
    assert plain.target is not None
    assert plain.target.class_names == ("bee", "fly")
    assert plain.target.class_index == (1, 1, 0)
    assert plain.levels[1].class_names == ("7",)
    inner = {"species": "json.taxon.species", "order": "cls"}
    found = list_samples(tmp_path, "webdataset", path="web", **TAXA, labels=inner)
    assert found.levels[1].class_names == ("x", "y")
    assert found.levels[1].class_index == (1, 0, 0)
    assert found.levels[0].class_names == ("9", "10")


def test_a_label_may_be_null_but_not_absent(tmp_path: Path) -> None:
    """What says that there is no label, and what is a fault."""
    members: dict[str, bytes | str] = {
        "a.png": image_bytes(0),
        "a.json": taxon(None, True),
        "b.png": image_bytes(1),
        "b.json": taxon("bee", False),
    }
    write_shard(tmp_path / "web" / "x.tar", members)
    labels = {"species": "json.taxon.species"}
    given: dict[str, Any] = {"path": "web", **TAXA}
    listing = list_samples(tmp_path, "webdataset", **given, labels=labels)
    assert listing.levels[0].class_index == (None, 0)
    assert listing.levels[1].class_names == ("false", "true")
    with pytest.raises(DataError, match="no field 'kind'") as caught:
        list_samples(
            tmp_path, "webdataset", **given, labels={"order": "json.kind", **labels}
        )
    assert caught.value.where == f"{tmp_path / 'web' / 'x.tar'}: a.json"
    with pytest.raises(DataError, match=r"no file \.cls") as caught:
        list_samples(tmp_path, "webdataset", path="web")
    assert caught.value.where == f"{tmp_path / 'web' / 'x.tar'}: a"
    assert "levels = []" in caught.value.hint


def test_labels_may_be_texts(tmp_path: Path) -> None:
    """Of the file .txt; missing ones as declared."""
    members: dict[str, bytes | str] = {
        "a.png": image_bytes(0),
        "a.txt": "owl\n",
        "b.png": image_bytes(1),
        "b.txt": "",
        "c.png": image_bytes(2),
        "c.txt": "ant",
    }
    write_shard(tmp_path / "web" / "x.tar", members)
    labels = {"class": "txt"}
    listing = list_samples(tmp_path, "webdataset", path="web", labels=labels)
    assert listing.levels[0].class_names == ("ant", "owl")
    assert listing.levels[0].class_index == (1, None, 0)
    bare = list_samples(tmp_path, "webdataset", path="web", levels=[])
    assert bare.levels == ()


def test_the_image_is_the_ending_that_is_declared(tmp_path: Path) -> None:
    """A mask beside it is not an image of its own."""
    make(tmp_path)
    listing = list_samples(
        tmp_path, "webdataset", path="web", shards="a-00.tar", image="seg.png"
    )
    assert listing.sample_ids == ("a-00.tar/a.seg.png",)
    with pytest.raises(DataError, match="no image in 2 shards") as caught:
        list_samples(tmp_path, "webdataset", path="web", image="gif")
    assert ".gif" in caught.value.what


def test_packed_shards_are_read(tmp_path: Path) -> None:
    """Also a compressed one, whose members cannot be read in place."""
    members: dict[str, bytes | str] = {"a.png": image_bytes(0), "a.cls": "1"}
    write_shard(tmp_path / "web" / "x.tar.gz", members)
    images = open_images(tmp_path, "webdataset", path="web", shards="*.tar.gz")
    assert images[0].size == (8, 6)


def test_listed_shards_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in a shard is kept beside the store until that shard changes."""
    folder = make(tmp_path)
    set_clock(monkeypatch, lambda: time.time_ns() + HOUR_NS)
    params = loader("webdataset", path="web")
    first = look(tmp_path, params)
    with monkeypatch.context() as context:
        context.setattr(Archive, "members", lambda *_: pytest.fail("read again"))
        assert look(tmp_path, params) == first
    write_shard(folder / "a-01.tar", {"d.jpg": image_bytes(4), "d.cls": "1"})
    assert look(tmp_path, params).sample_ids[-1] == "a-01.tar/d.jpg"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"path": "nowhere"}, "no such folder of shards"),
        ({"shards": "a-{00..02}.tar"}, "'a-02.tar' is not there, which 'a-{00..02}"),
        ({"shards": "b-*.tar"}, r"no shard is called 'b-\*.tar'"),
        ({"shards": "../web/a-00.tar"}, "in another folder"),
    ],
)
def test_absent_shards_are_named(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """With the folder, and the pattern that asked for them."""
    make(tmp_path)
    with pytest.raises(DataError, match=message):
        list_samples(tmp_path, "webdataset", **{"path": "web", **given})


@pytest.mark.parametrize("cut", [100, 700, 1500])
def test_a_damaged_shard_is_named(tmp_path: Path, cut: int) -> None:
    """And no sample of it is listed."""
    file = make(tmp_path) / "a-01.tar"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(DataError, match="damaged, cut off") as caught:
        list_samples(tmp_path, "webdataset", path="web")
    assert caught.value.where == str(file)


def test_faulty_labels_are_named(tmp_path: Path) -> None:
    """JSON that is none, lists, and numbers beside texts."""
    members: dict[str, bytes | str] = {"a.png": image_bytes(0), "a.json": "{"}
    file = write_shard(tmp_path / "web" / "x.tar", members)
    given: dict[str, Any] = {"path": "web", "labels": {"class": "json.order"}}
    with pytest.raises(DataError, match="is not JSON") as caught:
        list_samples(tmp_path, "webdataset", **given)
    assert caught.value.where == f"{file}: a.json"
    write_shard(file, {**members, "a.json": '{"order": [1]}'})
    with pytest.raises(DataError, match=r"holds \[1\]"):
        list_samples(tmp_path, "webdataset", **given)
    more: dict[str, bytes | str] = {
        "a.json": '{"order": 1}',
        "b.png": image_bytes(1),
        "b.json": '{"order": "x"}',
    }
    write_shard(file, {**members, **more})
    with pytest.raises(DataError, match="numbers and strings at once"):
        list_samples(tmp_path, "webdataset", **given)


@pytest.mark.parametrize("labels", [{"klass": "cls"}, {"class": "json"}])
def test_labels_that_mean_nothing_are_told(
    labels: dict[str, str], tmp_path: Path
) -> None:
    """A level that there is not, JSON without a field."""
    make(tmp_path)
    with pytest.raises(ConfigError, match="must name a level"):
        list_samples(tmp_path, "webdataset", path="web", labels=labels)


def test_braces_are_those_of_a_shell() -> None:
    """Zeros are kept, several braces multiply."""
    assert list(expanded("x{08..10}")) == ["x08", "x09", "x10"]
    assert list(expanded("{a,b}{1..2}")) == ["a1", "a2", "b1", "b2"]
    assert list(expanded("{8..10}")) == ["8", "9", "10"]
