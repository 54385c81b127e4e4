"""The images of a cell, where they are still at hand: thumbnails of what clusters hold.

A warehouse holds no images. It says how a dataset was declared and what the bytes of
every sample were, so that images are looked for where they were declared, and one that
is not the one that was clustered is never shown.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from zsc_wh import datasets
from zsc_wh.errors import DataError, ZscError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PIL import Image

    from zsc_wh.warehouse import Warehouse

T = TypeVar("T")

SIDE_PX = 72
"""Side of a thumbnail: 480 of them take about 1.5 MB of a page."""

QUALITY = 82
"""Of the JPEG that a photo becomes; smaller images are kept as they are."""


class Drawn(NamedTuple):
    """A sample that was drawn from its cluster.

    `n_in_cluster` counts the samples of the cluster that could be read; `thumbnail` is
    a JPEG or PNG of at most `SIDE_PX` by `SIDE_PX` pixels.
    """

    cluster: int
    n_in_cluster: int
    sample_index: int
    sample_id: str
    label: str | None
    thumbnail: bytes


def drawn_samples(
    warehouse: Warehouse, cell_key: str, *, per_cluster: int, max_clusters: int
) -> list[Drawn]:
    """Return a few samples of each cluster, with their thumbnails.

    Parameters
    ----------
    warehouse : Warehouse
        Where the cell is recorded.
    cell_key : str
        Key of a closed cell.
    per_cluster : int
        Samples of a cluster, at most.
    max_clusters : int
        Clusters, at most; the largest are taken.

    Returns
    -------
    list of Drawn
        By cluster, noise (-1) last; in a cluster in the order of the samples. They are
        drawn by a generator seeded with the number of the cluster, so that one
        assignment always shows the same.

    Raises
    ------
    DataError
        When the images are not at hand, or are not those that were clustered.
    """
    rows = warehouse.run_query("assignments", {"cell": cell_key}).rows
    members: dict[int, list[tuple[int, str, str | None]]] = {}
    for index, name, cluster, label in rows:
        if cluster is not None:
            members.setdefault(cluster, []).append((index, name, label))
    kept = sorted(members, key=lambda each: (-len(members[each]), each))[:max_clusters]
    images = open_images(warehouse, cell_key)
    return [
        Drawn(cluster, len(members[cluster]), *sample, thumbnail(images[sample[0]]))
        for cluster in sorted(kept, key=lambda each: (each < 0, each))
        for sample in draw(cluster, members[cluster], per_cluster)
    ]


def draw(cluster: int, members: Sequence[T], n: int) -> list[T]:
    """Return `n` members of a cluster, or all; the same ones every time."""
    # a seed cannot be negative, and noise is -1
    rng = np.random.default_rng(cluster % 2**32)
    places = rng.permutation(len(members))[:n]
    return [members[place] for place in sorted(places.tolist())]


def open_images(warehouse: Warehouse, cell_key: str) -> datasets.Images:
    """Open the images of a cell in the order of its assignment.

    Relative paths of the declaration start at the folder of the warehouse, else at the
    working folder; which file declared them, the warehouse does not know.

    Parameters
    ----------
    warehouse : Warehouse
        Where the cell is recorded.
    cell_key : str
        Its key.

    Returns
    -------
    Images
        Each is compared with the digest in the warehouse when it is read.

    Raises
    ------
    DataError
        When no declaration of them leads to their names.
    """
    faults: list[str] = []
    for loader, subset, names, digests in _declared(warehouse, cell_key):
        for base in dict.fromkeys((warehouse.path.resolve().parent, Path.cwd())):
            try:
                images = _opened(loader, base, subset, names, digests)
            except ZscError as error:
                faults.append(error.what)
            else:
                return images
    why = f" ({faults[0]})" if faults else ""
    raise DataError(
        what=f"the images are not at hand{why}",
        where=cell_key,
        hint="Put them where they were declared, or set $ZSCWH_DATA.",
    )


def _declared(
    warehouse: Warehouse, cell_key: str
) -> Iterator[tuple[Mapping[str, Any], Any, tuple[str, ...], tuple[str | None, ...]]]:
    """Yield loader, subset, names and digests of all that declares these images."""
    for row in warehouse.read(_DECLARED, {"cell_key": cell_key}).rows:
        loader, subset, names, digests = row
        yield (
            json.loads(loader),
            None if subset is None else json.loads(subset),
            tuple(names),
            tuple(digests),
        )


def _opened(
    loader: Mapping[str, Any],
    base: Path,
    subset: Mapping[str, Any] | None,
    names: tuple[str, ...],
    digests: tuple[str | None, ...],
) -> datasets.Images:
    if loader.get("kind") not in datasets.LOADERS:
        raise DataError(what=f"no kind of dataset '{loader.get('kind')}' is installed")
    listing = datasets.list_all(loader, base, subset, datasets.Digests())
    if listing.sample_ids != names:
        raise DataError(what="other samples are there than were clustered")
    # what was clustered, not what is there now
    images = datasets.open_images(loader, base, replace(listing, digests=digests))
    if images is None:
        raise DataError(what="the dataset holds features, not images")
    return images


def thumbnail(image: Image.Image) -> bytes:
    """Return the square in the middle of an image, at most `SIDE_PX` wide, as a file.

    Examples
    --------
    >>> from PIL import Image
    >>> Image.open(io.BytesIO(thumbnail(Image.new("L", (200, 100))))).size
    (72, 72)
    """
    from PIL import ImageOps
    from PIL.Image import Resampling

    side = min(*image.size, SIDE_PX)
    is_small = min(image.size) <= SIDE_PX
    square = ImageOps.fit(image, (side, side), Resampling.LANCZOS)
    file = io.BytesIO()
    if is_small:
        square.save(file, "PNG", optimize=True)
    else:
        square.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


_DECLARED = """
select distinct on (dataset_name.loader, dataset_name.subset)
    dataset_name.loader,
    dataset_name.subset,
    listing.sample_ids,
    dataset.sample_sha256
from cell
inner join dataset using (dataset_key)
inner join dataset_name using (dataset_key)
inner join listing using (listing_key)
where cell.cell_key = $cell_key and dataset.sample_sha256 is not null
order by
    dataset_name.loader,
    dataset_name.subset,
    dataset_name.declared_at desc
"""
