"""Images of a cell: in the order that was stored, and none but those that were."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.queries.made import Made
from zsc_wh import datasets
from zsc_wh.errors import DataError
from zsc_wh.results.cell_images import SIDE_PX, draw, drawn_samples, thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zsc_wh.warehouse import Warehouse

LABELS = [1, 0, None, 0, -1, 1]
GREYS = [0, 40, 80, 120, 160, 200]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of images whose grey says which sample each is."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for place, grey in enumerate(GREYS):
        Image.new("L", (9, 5), grey).save(folder / f"{place}.png")
    return folder


@pytest.fixture
def clustered(
    photos: Path, tmp_path: Path, store: Callable[[Made], Warehouse]
) -> tuple[Warehouse, str]:
    """Return a warehouse beside that folder, and the key of a cell of its images."""
    # declared with a path that starts at the folder of the warehouse
    loader = {
        key: field.default for key, field in datasets.LOADERS["folder"].fields.items()
    } | {"kind": "folder", "path": photos.name, "labels": "none"}
    listing = datasets.list_samples(loader, tmp_path, None)
    made = Made()
    made.encoder("e")
    made.dataset("d", n=6, loader=json.dumps(loader))
    row = next(iter(made.rows["dataset"].values()))
    row["sample_sha256"] = [*listing.digests]
    digests = "\n".join(map(str, listing.digests))
    row["content_sha256"] = hashlib.sha256(digests.encode()).hexdigest()
    made.rows["listing"]["d"]["sample_ids"] = [*listing.sample_ids]
    made.reducer("none")
    made.clusterer("hdbscan")
    made.embedding("e", "d")
    made.unreadable("e", "d", {2: "broken"})
    cell = made.cell("e", "d", "none", "hdbscan")
    made.run(cell, labels=LABELS)
    return store(made), cell


def grey(content: bytes) -> int:
    return int(np.asarray(Image.open(io.BytesIO(content)))[0, 0])


def test_images_are_those_of_their_samples(clustered: tuple[Warehouse, str]) -> None:
    """By cluster, noise last, each image that of its sample; what was unread is out."""
    warehouse, cell = clustered
    drawn = drawn_samples(warehouse, cell, per_cluster=9, max_clusters=9)
    assert [(each.cluster, each.sample_index) for each in drawn] == [
        *((0, 1), (0, 3), (1, 0), (1, 5), (-1, 4)),
    ]
    assert [grey(each.thumbnail) for each in drawn] == [40, 120, 0, 200, 160]
    few = drawn_samples(warehouse, cell, per_cluster=1, max_clusters=2)
    assert [(each.cluster, each.n_in_cluster) for each in few] == [(0, 2), (1, 2)]


def test_other_images_are_not_shown(
    clustered: tuple[Warehouse, str], photos: Path
) -> None:
    """A file that has changed, one more file, no folder: each is told."""
    warehouse, cell = clustered

    def shown() -> None:
        drawn_samples(warehouse, cell, per_cluster=9, max_clusters=9)

    Image.new("L", (9, 5), 7).save(photos / "3.png")
    with pytest.raises(DataError, match="not what it was"):
        shown()
    Image.new("L", (9, 5), 7).save(photos / "9.png")
    with pytest.raises(DataError, match="other samples are there than were clustered"):
        shown()
    photos.rename(photos.parent / "elsewhere")
    with pytest.raises(DataError, match="not at hand"):
        shown()


def test_the_same_are_drawn_every_time() -> None:
    """By the number of the cluster alone, without repetition, in their order."""
    members = range(100)
    drawn = draw(3, members, 12)
    assert drawn == sorted({*drawn})
    assert len(drawn) == 12
    assert drawn == draw(3, members, 12)
    assert drawn != draw(4, members, 12)
    assert draw(-1, members, 200) == [*members]


@pytest.mark.parametrize(
    ("size", "side", "kind"),
    [((300, 80), SIDE_PX, "JPEG"), ((9, 50), 9, "PNG"), ((1, 500), 1, "PNG")],
)
def test_thumbnails_are_small_squares(
    size: tuple[int, int], side: int, kind: str
) -> None:
    """Of the middle of an image; a small one is kept pixel by pixel."""
    with Image.open(io.BytesIO(thumbnail(Image.new("RGB", size)))) as image:
        assert (image.size, image.format) == ((side, side), kind)
