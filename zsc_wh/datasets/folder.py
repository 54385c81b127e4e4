"""Loader ``folder``: a folder or archive of images, the folders in it as classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import ConfigError
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.places import Place

EXIF = Field(
    str,
    default="ignore",
    choices=("ignore", "apply"),
    doc="whether images are turned as EXIF says; torchvision and the study ignore it",
)

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        doc="the folder, .zip or .tar (also .gz, .bz2, .xz); ~ and ${VAR} are expanded",
    ),
    "inside": Field(str, default="", doc="a folder in it that is the dataset"),
    "labels": Field(
        str,
        default="folder",
        choices=("folder", "none"),
        doc="whether the folders in it are classes",
    ),
    "levels": Field(
        list,
        default=["class"],
        doc="names of the label levels, of the outer folders first",
    ),
    "pattern": Field(
        str,
        default=None,
        doc="regular expression that finds the labels in the path of an image, with a "
        "group per level, such as (?P<age>[0-9]+)_(?P<gender>[01])_",
    ),
    "target": Field(
        str, default=None, doc="level that judges clusterings; default: the last"
    ),
    "exif": EXIF,
}


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the images below a folder.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Knows the members of an archive that was listed before.

    Returns
    -------
    Listing
        Ids are paths below the folder with forward slashes. They are ordered by the
        first folder on the path, then by the whole folder, then by the file name, each
        by UTF-8 bytes, as torchvision's ImageFolder does; an archive gives the same as
        the folder that was packed. A class
        of the first level is the first folder on the path of an image, one of the
        second is the first two folders, so that equal names in different folders stay
        apart. An image that lies less deep has no label there. With `pattern`, a label
        is what the group of its level found; where nothing was found there is none.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, or `pattern` is no regular
        expression or lacks the group of a level.
    DataError
        When there is no such folder, no image in it, a name that is not UTF-8, or a
        folder or archive that cannot be read.

    Notes
    -----
    A file whose name ends in one of `SUFFIXES` is an image whatever is in it, and any
    other file if it begins like one; the rest is ignored, by name.
    """
    place = _place(params, base)
    found = place.found(known)
    found.check(str(place.path))
    # Texts compare by code point, which is the order of their UTF-8 bytes.
    sample_ids = tuple(sorted(found.sizes, key=_place_in_order))
    names, columns = _labels(params, sample_ids)
    return Listing(
        sample_ids=sample_ids,
        sizes=tuple(found.sizes[i] for i in sample_ids),
        levels=levels_of(
            names, columns, str(place.path), params["target"] if names else None
        ),
        ignored=tuple(sorted(found.ignored)),
        facts=exif_facts(params),
    )


def digests(
    params: Mapping[str, Any], base: Path, listing: Listing, known: Digests, title: str
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed file."""
    return file_digests(_place(params, base), listing, known, title)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed files."""
    return ImageFiles(_place(params, base), listing, exif=params["exif"] == "apply")


def exif_facts(params: Mapping[str, Any]) -> dict[str, str]:
    """Return what the identity has to know of `exif`: that it is applied."""
    return {"exif": "apply"} if params["exif"] == "apply" else {}


def _place(params: Mapping[str, Any], base: Path) -> Place:
    return open_place(resolve(params["path"], base), params["inside"])


def _place_in_order(sample_id: str) -> tuple[str, str, str]:
    """Return what sorts a sample: its first folder, its folder, its name."""
    folder, _, name = sample_id.rpartition("/")
    return folder.partition("/")[0], folder, name


def _labels(
    params: Mapping[str, Any], sample_ids: Sequence[str]
) -> tuple[list[str], list[list[str | None]]]:
    """Return the names of the levels, and the labels by level."""
    names: list[str] = params["levels"]
    if params["labels"] == "none":
        return [], []
    if params["pattern"] is not None:
        expression = _compiled(params["pattern"], names)
        found = [expression.search(sample_id) for sample_id in sample_ids]
        return names, [[m and m[name] for m in found] for name in names]
    # A flat folder is a dataset without labels, as most unlabelled ones come.
    if not any("/" in sample_id for sample_id in sample_ids):
        return [], []
    depths = range(len(names))
    return names, [[_class_of(i, depth) for i in sample_ids] for depth in depths]


def _compiled(pattern: str, levels: Sequence[str]) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(
            what=f"pattern = '{pattern}' is not a valid regular expression",
            where="folder",
            mend=f"The fault is near character {getattr(error, 'pos', None) or 0}; the "
            "syntax is that of Python's re module.",
        ) from error
    groups = list(expression.groupindex)
    for level in levels:
        if level not in groups:
            raise ConfigError(
                what=f"the pattern has no group for the level '{level}'"
                + nearest(level, groups),
                where=pattern,
                mend=f"Its groups are {', '.join(groups) or 'none'}: name them in "
                "`levels`, coarse to fine, or write (?P<" + level + ">...).",
            )
    return expression


def _class_of(sample_id: str, depth: int) -> str | None:
    """Return the first `depth` + 1 folders on the path of a sample."""
    *folders, _ = sample_id.split("/")
    return "/".join(folders[: depth + 1]) if len(folders) > depth else None
