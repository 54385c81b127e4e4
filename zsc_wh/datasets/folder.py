"""Loader ``folder``: a folder or archive of images, the folders in it as classes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.labelling import (
    CLASSES,
    PATTERN,
    compiled,
    found_in_paths,
    make_levels,
)
from zsc_wh.datasets.listing import Level, Listing
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.places import Found, Place

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
    "pattern": PATTERN,
    "only_matching": Field(
        bool,
        default=False,
        doc="whether images in whose path the pattern finds nothing are left out",
    ),
    "target": Field(
        str, default=None, doc="level that judges clusterings; default: the last"
    ),
    **CLASSES,
    "order": Field(
        str,
        default="folder",
        choices=("folder", "path"),
        doc="order of the samples: by folder, then by name, as torchvision has it; or "
        "by the whole path",
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
        by UTF-8 bytes, as torchvision's ImageFolder does, or with ``order = "path"``
        as whole paths; an archive gives the same as the folder that was packed. A class
        of the first level is the first folder on the path of an image, one of the
        second is the first two folders, so that equal names in different folders stay
        apart. An image that lies less deep has no label there. With `pattern`, a label
        is what the group of its level found; where nothing was found there is none.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, `pattern` is not a regular
        expression or lacks the group of a level, or the levels do not go together.
    DataError
        When there is no such folder, no image in it or none that is chosen, a name
        that is not UTF-8, a label without a name, or a folder or archive that cannot be
        read.

    Notes
    -----
    A file whose name ends in one of `SUFFIXES` is an image whatever is in it, and any
    other file if it begins like one; the rest is ignored, by name.
    """
    place = _place(params, base)
    found = place.found(known)
    found.check(str(place.path))
    # Texts compare by code point, which is the order of their UTF-8 bytes.
    order = _by_folder if params["order"] == "folder" else sorted
    sample_ids = tuple(order(_chosen(params, found, str(place.path))))
    return Listing(
        sample_ids=sample_ids,
        sizes=tuple(found.sizes[i] for i in sample_ids),
        levels=_levels(params, sample_ids, str(place.path)),
        ignored=tuple(sorted([*found.ignored, *(found.sizes.keys() - {*sample_ids})])),
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


def _chosen(params: Mapping[str, Any], found: Found, where: str) -> list[str]:
    """Return the names of the images that are samples."""
    if not params["only_matching"]:
        return list(found.sizes)
    if params["pattern"] is None:
        raise ConfigError(
            what="only_matching needs a pattern that the images match",
            where=where,
            hint="Declare `pattern`, or drop `only_matching`.",
        )
    expression = compiled(params["pattern"])
    chosen = [name for name in found.sizes if expression.search(name)]
    if not chosen:
        raise DataError(
            what=f"the pattern matches none of {counted(len(found.sizes), 'image')}, "
            "such as "
            f"'{min(found.sizes)}'",
            where=where,
            hint="Correct `pattern`; it is searched for in the path below `path`.",
        )
    return chosen


def _by_folder(sample_ids: Iterable[str]) -> Iterator[str]:
    """Yield samples in the order of their first folder, their folder, their name."""
    names: dict[str, list[str]] = {}
    for sample_id in sample_ids:
        names.setdefault(sample_id.rpartition("/")[0], []).append(sample_id)
    for folder in sorted(names, key=lambda folder: (folder.partition("/")[0], folder)):
        yield from sorted(names[folder])


def _levels(
    params: Mapping[str, Any], sample_ids: Sequence[str], where: str
) -> tuple[Level, ...]:
    """Return the levels, none where the dataset has no labels."""
    names: list[str] = params["levels"]
    if params["labels"] == "none":
        return ()
    if params["pattern"] is not None:
        plain = [name for name in names if name not in params["combined"]]
        columns = found_in_paths(params["pattern"], plain, sample_ids)
        return make_levels(params, columns, where)
    # A flat folder is a dataset without labels, as most unlabelled ones come.
    if not any("/" in sample_id for sample_id in sample_ids):
        return ()
    by_depth = {
        name: [_class_of(i.rpartition("/")[0], depth) for i in sample_ids]
        for depth, name in enumerate(names)
    }
    return make_levels(params, by_depth, where)


@cache
def _class_of(folder: str, depth: int) -> str | None:
    """Return the first `depth` + 1 folders on the path of a folder."""
    folders = folder.split("/") if folder else []
    return "/".join(folders[: depth + 1]) if len(folders) > depth else None
