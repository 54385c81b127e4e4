"""Loader ``lmdb``: images in LMDB databases, one database per class, as LSUN's are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.databases import SEPARATOR, Lmdb
from zsc_wh.datasets.folder import EXIF, exif_facts
from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.listing import Level, Listing, levels_of
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str, doc="folder of the databases, or one database; ~ and ${VAR} are expanded"
    ),
    "database": Field(
        str,
        default=None,
        doc="folder of the database of a class below `path`, such as {class}_val_lmdb",
    ),
    "classes": Field(
        list, default=[], doc="names of the classes, in the order of the samples"
    ),
    "level": Field(str, default="class", doc="name of the label level"),
    "exif": EXIF,
}


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the images of all databases.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Knows the keys of a database that was listed before.

    Returns
    -------
    Listing
        Ids are the class and the key with a slash between, or the key alone where no
        class is declared. They are in the order of `classes`, and within one in that of
        the bytes of the keys. A key that is not ASCII is written in hexadecimal digits
        after ``0x``.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, or `database` and `classes` do
        not go together.
    DataError
        When a database is absent, damaged or empty.
    MissingExtraError
        When the package lmdb is not installed.
    """
    place = _place(params, base)
    found = place.sizes_of(known)
    if not found:
        raise DataError(
            what="there is no image in the database",
            where=str(place.path),
            hint="Check `path`; nested databases are not read.",
        )
    levels: tuple[Level, ...] = ()
    if params["classes"]:
        labels = [name.partition(SEPARATOR)[0] for name in found]
        levels = levels_of([params["level"]], [labels], str(place.path))
    return Listing(
        sample_ids=tuple(found),
        sizes=tuple(found.values()),
        levels=levels,
        facts=exif_facts(params),
    )


def digests(
    params: Mapping[str, Any], base: Path, listing: Listing, known: Digests, title: str
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed image."""
    return file_digests(_place(params, base), listing, known, title)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed images."""
    return ImageFiles(_place(params, base), listing, exif=params["exif"] == "apply")


def _place(params: Mapping[str, Any], base: Path) -> Lmdb:
    path, template, classes = (
        resolve(params["path"], base),
        params["database"],
        params["classes"],
    )
    if not classes and template is None:
        return Lmdb(path, {"": path})
    if (
        not classes
        or template is None
        or "{class}" not in template
        or len(set(classes)) < len(classes)
        or any(not name or SEPARATOR in name for name in classes)
    ):
        raise ConfigError(
            what="`database` must hold {class}, and `classes` must name the classes, "
            "each once and without a slash",
            where=str(path),
            hint='Such as database = "{class}_val_lmdb", classes = ["bedroom", '
            '"kitchen"].',
        )
    folders = {name: path / template.replace("{class}", name) for name in classes}
    return Lmdb(path, folders)
