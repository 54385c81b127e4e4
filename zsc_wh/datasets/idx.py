"""Loader ``idx``: MNIST and its family, from the files of their official pages.

One file holds the images of a split and one its labels, packed with gzip or not:
Fashion-MNIST, KMNIST, EMNIST and others use the same form.
"""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.claims import check_rows, check_size, check_unpacked
from zsc_wh.datasets.images import (
    ArrayImages,
    Images,
    pixel_digests,
    shape_facts,
)
from zsc_wh.datasets.listing import Level, Listing, levels_of
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import AbsentError, ConfigError, DataError
from zsc_wh.fields import Field
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="folder of the files; ~ and ${VAR} are expanded"),
    "split": Field(str, default="test", choices=("train", "test"), doc="which files"),
    "prefix": Field(
        str,
        default="",
        doc='what the names of the files begin with, such as "emnist-letters-"',
    ),
    "transpose": Field(
        bool, default=False, doc="whether the images are stored sideways, as in EMNIST"
    ),
    "class_names": Field(
        list,
        default=None,
        doc="names of the classes, that of label 0 first; the numbers if not given",
    ),
    "level": Field(str, default="class", doc="name of the label level"),
}

_SPLITS = {"train": ("train",), "test": ("t10k", "test")}  # EMNIST says test
_UNSIGNED_BYTES = 0x08  # third byte of the magic number; the fourth counts dimensions
_GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20


def list_samples(
    params: Mapping[str, Any],
    base: Path,
    known: Digests,  # noqa: ARG001 - the header and the labels are soon read
) -> Listing:
    """List the images of a split, in the order of the file.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.

    Returns
    -------
    Listing
        Ids are padded numbers from 0.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, or a class name occurs twice.
    DataError
        When a file is absent, damaged or of another kind, when the counts do not
        agree, or a label has no class name.
    """
    images = _find(params, base, "images", 3)
    labels = _find(params, base, "labels", 1)
    n, height, width = _header(images, 3)
    values = _read(labels, 1)
    if len(values) != n:
        raise DataError(
            what=f"{counted(len(values), 'label')} for {counted(n, 'image')}",
            where=str(labels),
            hint=f"Take both files from one place; the images are {images}.",
        )
    check_rows(n, labels)
    digits = len(str(n - 1))
    return Listing(
        sample_ids=tuple(f"{index:0{digits}d}" for index in range(n)),
        sizes=(0,) * n,
        levels=_levels(params, values.tolist(), str(labels)),
        facts=shape_facts(*(width, height) if params["transpose"] else (height, width)),
    )


def digests(
    params: Mapping[str, Any],
    base: Path,
    listing: Listing,
    known: Digests,
    _title: str,
) -> tuple[str | None, ...]:
    """Return the sha256 of the pixels of every listed image.

    Raises
    ------
    DataError
        When the file of the images is damaged.
    """
    path = _find(params, base, "images", 3)
    part = "transposed pixels" if params["transpose"] else "pixels"
    found = known.fact(path, part, lambda: pixel_digests(_pixels(params, path)))
    return tuple(found[row] for row in listing.rows)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Read all images, a byte a pixel, and keep them in memory."""
    path = _find(params, base, "images", 3)
    return ArrayImages(_pixels(params, path), listing, str(path))


def _levels(
    params: Mapping[str, Any], labels: list[int | None], where: str
) -> tuple[Level, ...]:
    """Make the level, by the declared class names if there are any."""
    names = params["class_names"]
    if names is None:
        return levels_of([params["level"]], [labels], where)
    if len(set(names)) < len(names):
        raise ConfigError(
            what="`class_names` names a class twice",
            where=where,
            hint="Give every label a name of its own.",
        )
    highest = max(label for label in labels if label is not None)
    if highest >= len(names):
        raise DataError(
            what=f"there is a label {highest}, and `class_names` has {len(names)} "
            "names, from label 0",
            where=where,
            hint="Name every class, or drop `class_names`.",
        )
    return (Level(params["level"], 0, True, tuple(names), tuple(labels)),)


def _find(params: Mapping[str, Any], base: Path, what: str, dimensions: int) -> Path:
    """Return the file of the images or of the labels."""
    folder = resolve(params["path"], base)
    candidates = [
        folder / f"{params['prefix']}{split}-{what}{dot}idx{dimensions}-ubyte{packed}"
        for split in _SPLITS[params["split"]]
        for dot in "-."
        for packed in ("", ".gz")
    ]
    for path in candidates:
        if path.is_file():
            return path
    raise AbsentError(
        what=f"there is no file of the {what} of the split '{params['split']}'",
        where=str(folder),
        hint=f"Put {candidates[0].name} there, packed with gzip or not, or set `path` "
        "and `prefix`; a relative path starts at the folder of the declaring file.",
    )


def _pixels(params: Mapping[str, Any], path: Path) -> NDArray[np.uint8]:
    """Return all images, upright."""
    pixels = _read(path, 3)
    return pixels.transpose(0, 2, 1) if params["transpose"] else pixels


def _header(path: Path, dimensions: int) -> tuple[int, ...]:
    """Return the shape of the array in a file, without reading the array."""
    with _unpacked(path) as (file, is_packed):
        return _shape(file, dimensions, path, is_packed=is_packed)


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the array in a file."""
    with _unpacked(path) as (file, is_packed):
        shape = _shape(file, dimensions, path, is_packed=is_packed)
        # one byte more would be one too many
        content = b"".join(_pieces(file, prod(shape) + 1))
    check_size(shape, 1, len(content), str(path))
    return np.frombuffer(content, np.uint8).reshape(shape)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[IO[bytes] | gzip.GzipFile, bool]]:
    """Open a file that is packed with gzip or not; also yield which."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        with path.open("rb") as raw:
            if not is_packed:
                yield raw, False
                return
            with gzip.open(raw) as file:
                yield file, True
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(
            path, "cannot be read: the gzip file is damaged or cut off"
        ) from error
    except OSError as error:
        raise DataError(
            what=f"cannot be read ({error.strerror})",
            where=str(path),
            hint="Check the disk, and that this user may read it.",
        ) from error


def _pieces(file: IO[bytes] | gzip.GzipFile, limit: int) -> Iterator[bytes]:
    """Read up to `limit` bytes; a false header cannot claim memory at once."""
    while limit and (piece := file.read(min(_PIECE, limit))):
        limit -= len(piece)
        yield piece


def _shape(
    file: IO[bytes] | gzip.GzipFile, dimensions: int, path: Path, *, is_packed: bool
) -> tuple[int, ...]:
    """Return the shape that a header tells: a magic number, then big-endian sizes.

    It is checked against the size of the file, as far as that says what it can hold.
    """
    header = file.read(4 + 4 * dimensions)
    magic = bytes((0, 0, _UNSIGNED_BYTES, dimensions))
    if not header.startswith(magic):
        raise _damaged(
            path,
            f"begins with {header[:4].hex() or 'nothing'}, not with {magic.hex()} as "
            f"an IDX file of {dimensions}-dimensional bytes does",
        )
    shape = tuple(np.frombuffer(header[4:], ">u4").tolist())
    if len(shape) < dimensions or 0 in shape:
        raise _damaged(path, f"holds nothing, its header tells of the sizes {shape}")
    size = path.stat().st_size
    if is_packed:
        check_unpacked(prod(shape), size, str(path))
    else:
        check_size(shape, 1, size - len(header), str(path))
    return shape


def _damaged(path: Path, what: str) -> DataError:
    return DataError(what=what, where=str(path), hint="Download the file again.")
