"""Loader ``mat``: images and labels in one MATLAB file, as SVHN is published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.images import ArrayImages, Images, pixel_digests, shape_facts
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.datasets.matlab import read_arrays
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import AbsentError, DataError
from zsc_wh.fields import Field
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="the .mat file, up to version 7; ~ and ${VAR} are expanded"),
    "pixels": Field(
        str,
        default="X",
        doc="array of the images: height x width x 3 x n, or height x width x n",
    ),
    "labels": Field(str, default="y", doc="array of n class numbers"),
    "class_names": Field(
        dict,
        default={},
        doc='names of class numbers, such as { "10" = "0" }; the number if not given',
    ),
    "level": Field(str, default="class", doc="name of the label level"),
}


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the images of the file, in its order.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Knows the labels of a file that was listed before.

    Returns
    -------
    Listing
        Ids are padded numbers from 0.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When the file is absent, damaged or of another kind, or lacks an array, or the
        counts do not agree.
    """
    path = _existing(params, base)
    part = f"labels {params['labels']} of {params['pixels']}"
    shape, numbers = known.fact(path, part, partial(_labels, path, params))
    names = {str(key): str(name) for key, name in params["class_names"].items()}
    texts = [names.get(str(number), str(number)) for number in numbers]
    # numbers sort by value, names by code point
    labels = [int(text) for text in texts] if _all_numbers(texts) else texts
    n = len(numbers)
    digits = len(str(max(n - 1, 0)))
    return Listing(
        sample_ids=tuple(f"{index:0{digits}d}" for index in range(n)),
        sizes=(0,) * n,
        levels=levels_of([params["level"]], [labels], str(path)),
        facts=shape_facts(*shape),
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
        As `list_samples`.
    """
    path = _existing(params, base)
    part = f"pixels {params['pixels']}"
    found = known.fact(path, part, partial(_digests, path, params))
    return tuple(found[row] for row in listing.rows)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Read all images, one byte per value, and keep them in memory."""
    path = _existing(params, base)
    return ArrayImages(
        _images(read_arrays(path, [params["pixels"]]), params, path), listing, str(path)
    )


def _existing(params: Mapping[str, Any], base: Path) -> Path:
    path = resolve(params["path"], base)
    if not path.is_file():
        raise AbsentError(
            what="there is no such file",
            where=str(path),
            hint="Put it there, or set `path`; a relative path starts at the folder of "
            "the declaring file.",
        )
    return path


def _labels(path: Path, params: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Return the shape of an image and the class numbers."""
    content = read_arrays(path, [params["pixels"], params["labels"]])
    images = _images(content, params, path)
    labels = np.ravel(content[params["labels"]])
    if labels.dtype.kind not in "iuf" or not (labels == np.floor(labels)).all():
        raise DataError(
            what=f"'{params['labels']}' holds {labels.dtype}, not whole numbers",
            where=str(path),
            hint="Correct `labels`.",
        )
    if len(labels) != len(images):
        raise DataError(
            what=f"{counted(len(labels), 'label')} for {counted(len(images), 'image')}",
            where=str(path),
            hint="Correct `labels` or `pixels`, or download the file again.",
        )
    return list(images.shape[1:]), [int(label) for label in labels]


def _digests(path: Path, params: Mapping[str, Any]) -> list[str]:
    return pixel_digests(_images(read_arrays(path, [params["pixels"]]), params, path))


def _images(
    content: Mapping[str, Any], params: Mapping[str, Any], path: Path
) -> NDArray[np.uint8]:
    """Return the images (n, height, width[, 3])."""
    pixels: NDArray[Any] = content[params["pixels"]]
    is_colour = pixels.ndim == 4 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (is_colour or pixels.ndim == 3):
        shape = " x ".join(map(str, pixels.shape))
        raise DataError(
            what=f"'{params['pixels']}' is {shape} of {pixels.dtype}, not bytes of "
            "height x width x 3 x n or height x width x n",
            where=str(path),
            hint="Correct `pixels`.",
        )
    return np.moveaxis(pixels, -1, 0)


def _all_numbers(texts: list[str]) -> bool:
    return all(text.isascii() and text.isdigit() for text in texts)
