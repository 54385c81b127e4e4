"""Loader ``batches``: CIFAR-10 and CIFAR-100, from the pickled files of their page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.images import ArrayImages, Images, pixel_digests, shape_facts
from zsc_wh.datasets.listing import Level, Listing, check_levels
from zsc_wh.datasets.sources import resolve
from zsc_wh.datasets.unpickling import unpickle
from zsc_wh.errors import AbsentError, ConfigError, DataError
from zsc_wh.fields import Field, nearest
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="folder of the files; ~ and ${VAR} are expanded"),
    "files": Field(
        list, doc='pickled batches, in the order of the samples, such as ["test_batch"]'
    ),
    "pixels": Field(
        str, default="data", doc="key of the images in a batch, one row per image"
    ),
    "side": Field(int, default=32, minimum=1, doc="height and width, in pixels"),
    "labels": Field(
        list, default=["labels"], doc="keys of the class numbers, one per label level"
    ),
    "levels": Field(
        list,
        default=["class"],
        doc="names of the label levels, coarse to fine",
    ),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
    "names": Field(str, doc="pickled file of the class names, such as batches.meta"),
    "name_keys": Field(
        list,
        default=["label_names"],
        doc="keys of the class names in it, one per label level",
    ),
}

_CHANNELS = 3


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the images of all batches, in their order.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Not used: the batches are soon read.

    Returns
    -------
    Listing
        Ids are padded numbers from 0, over all batches.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, `labels`, `levels` and
        `name_keys` differ in length, or `target` is none of the levels.
    DataError
        When a file is absent, damaged, holds more than data or lacks a key, when
        counts do not agree, or a label has no class name.
    """
    del known
    keys = [params[key] for key in ("labels", "levels", "name_keys")]
    if len({len(names) for names in keys}) > 1 or not keys[0]:
        raise ConfigError(
            what="`labels`, `levels` and `name_keys` must name one thing per level, "
            f"and have {', '.join(str(len(names)) for names in keys)} items",
            where=params["path"],
            hint='CIFAR-100 has labels = ["coarse_labels", "fine_labels"].',
        )
    folder = resolve(params["path"], base)
    check_levels(params["levels"], str(folder), params["target"])
    target = params["target"] or params["levels"][-1]
    batches = [_batch(folder / name, params) for name in params["files"]]
    n = sum(len(pixels) for pixels, _ in batches)
    named = _load(folder / params["names"])
    levels = []
    for depth, (name, key) in enumerate(
        zip(params["levels"], params["name_keys"], strict=True)
    ):
        index = [label for _, labels in batches for label in labels[depth]]
        names = _class_names(named, key, folder / params["names"])
        if index and not 0 <= min(index) <= max(index) < len(names):
            raise DataError(
                what=f"there are labels from {min(index)} to {max(index)}, and "
                f"'{key}' has {len(names)} names, from label 0",
                where=str(folder / params["names"]),
                hint="Take the batches and the names from one place.",
            )
        levels.append(Level(name, depth, name == target, names, tuple(index)))
    digits = len(str(max(n - 1, 0)))
    return Listing(
        sample_ids=tuple(f"{index:0{digits}d}" for index in range(n)),
        sizes=(0,) * n,
        levels=tuple(levels),
        facts=shape_facts(params["side"], params["side"], _CHANNELS),
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
    folder = resolve(params["path"], base)
    part = f"{params['pixels']} of {params['side']}"
    found: list[str] = []
    for name in params["files"]:
        path = folder / name
        found += known.fact(path, part, partial(_digests, path, params))
    return tuple(found[row] for row in listing.rows)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Read all images, three bytes a pixel, and keep them in memory."""
    folder = resolve(params["path"], base)
    pixels = [_batch(folder / name, params)[0] for name in params["files"]]
    return ArrayImages(np.concatenate(pixels), listing, str(folder))


def _digests(path: Path, params: Mapping[str, Any]) -> list[str]:
    return pixel_digests(_batch(path, params)[0])


def _batch(
    path: Path, params: Mapping[str, Any]
) -> tuple[NDArray[np.uint8], list[list[int]]]:
    """Return the images of one file (n, height, width, 3) and the labels by level."""
    content, side = _load(path), params["side"]
    pixels = _value(content, params["pixels"], path)
    row = _CHANNELS * side * side
    if (
        not isinstance(pixels, np.ndarray)
        or pixels.dtype != np.uint8
        or pixels.ndim != 2
        or pixels.shape[1] != row
    ):
        raise DataError(
            what=f"'{params['pixels']}' is not an array of bytes with {row} in a row, "
            f"as images of {side} x {side} pixels in red, green and blue have",
            where=str(path),
            hint="Correct `pixels` or `side`.",
        )
    labels = [
        list(_numbers(content, key, len(pixels), path)) for key in params["labels"]
    ]
    return pixels.reshape(-1, _CHANNELS, side, side).transpose(0, 2, 3, 1), labels


def _numbers(content: Mapping[str, Any], key: str, n: int, path: Path) -> Iterator[int]:
    found = _value(content, key, path)
    if len(found) != n:
        raise DataError(
            what=f"there are {len(found)} '{key}' for {counted(n, 'image')}",
            where=str(path),
            hint="Download the file again.",
        )
    for label in found:
        if not isinstance(label, int | np.integer):
            raise DataError(
                what=f"'{key}' holds {label!r}, which is not a class number",
                where=str(path),
                hint="Correct `labels`.",
            )
        yield int(label)


def _class_names(content: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    names = [
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        for name in _value(content, key, path)
    ]
    if len(set(names)) < len(names):
        raise DataError(
            what=f"'{key}' names a class twice",
            where=str(path),
            hint="Give every class a name of its own.",
        )
    return tuple(names)


def _value(content: Mapping[str, Any], key: str, path: Path) -> Any:
    found = content.get(key)
    if not isinstance(found, list | np.ndarray):
        lists = [name for name, value in content.items() if isinstance(value, list)]
        raise DataError(
            what=f"there is no list or array '{key}'" + nearest(key, lists),
            where=str(path),
            hint=f"It holds {', '.join(content) or 'nothing'}.",
        )
    return found


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return unpickle(file, str(path))
    except FileNotFoundError as error:
        raise AbsentError(
            what="there is no such file",
            where=str(path),
            hint="Unpack the archive of the dataset there, or set `path`; a relative "
            "path starts at the folder of the declaring file.",
        ) from error
    except OSError as error:
        raise DataError(
            what=f"cannot be read ({error.strerror})",
            where=str(path),
            hint="Check the file and its permissions.",
        ) from error
