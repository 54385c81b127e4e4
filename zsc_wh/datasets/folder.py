"""Loader ``folder``: a folder or archive of images, the folders in it as classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.sources import resolve
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        doc="names of the label levels, of the outer folders first; the last is the "
        "target",
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
        apart. An image that lies less deep has no label there.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
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
    # A flat folder is a dataset without labels, as most unlabelled ones come.
    is_labelled = params["labels"] == "folder" and any("/" in i for i in sample_ids)
    names = params["levels"] if is_labelled else []
    columns = [[_class_of(i, depth) for i in sample_ids] for depth in range(len(names))]
    return Listing(
        sample_ids=sample_ids,
        sizes=tuple(found.sizes[i] for i in sample_ids),
        levels=levels_of(names, columns, str(place.path)),
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


def _class_of(sample_id: str, depth: int) -> str | None:
    """Return the first `depth` + 1 folders on the path of a sample."""
    *folders, _ = sample_id.split("/")
    return "/".join(folders[: depth + 1]) if len(folders) > depth else None
