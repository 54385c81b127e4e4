"""Loader ``manifest``: a table of paths and labels, and the images that it names."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.folder import EXIF, exif_facts
from zsc_wh.datasets.images import ImageFiles, Images
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.sources import resolve
from zsc_wh.datasets.tables import Table
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.datasets.places import Place

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="CSV, TSV or Parquet file; ~ and ${VAR} are expanded"),
    "column": Field(str, default="path", doc="column of the paths of the images"),
    "levels": Field(
        list,
        default=[],
        doc="label columns, coarse to fine; the levels are called like them",
    ),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
    "missing": Field(
        list, default=[""], doc="texts that mean: no label; NULL always does"
    ),
    "where": Field(
        dict, default={}, doc="rows to keep: by column, a text or a list of texts"
    ),
    "images": Field(
        str,
        default=None,
        doc="folder or archive where the paths start; that of the table if not given",
    ),
    "exif": EXIF,
}


def list_samples(params: Mapping[str, Any], base: Path) -> Listing:
    """List the rows of a table.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where relative paths start.

    Returns
    -------
    Listing
        Ids are the paths of the table, in the order of their UTF-8 bytes. A row whose
        file does not exist is a sample of 0 bytes, which will be found unreadable.

    Raises
    ------
    ConfigError
        When a path names a variable that is not set, `target` is no level, or `where`
        holds something else than texts.
    DataError
        When table or images cannot be read, a column is absent or of another type, no
        row is left, or a path is missing, occurs twice or leads out of the images.
    """
    file = resolve(params["path"], base)
    table = Table(file).keep(_wanted(params["where"], str(file)))
    paths = table.texts(params["column"])
    ids = [_sample_id(path, f"{file}: {params['column']}") for path in paths]
    if not ids:
        raise DataError(
            what="no row of the table is left",
            where=str(file),
            mend="Check `where` and the table.",
        )
    twice, count = Counter(ids).most_common(1)[0]
    if count > 1:
        raise DataError(
            what=f"the path '{twice}' is in {count} rows",
            where=f"{file}: {params['column']}",
            mend="Keep one row for every image, or choose rows with `where`.",
        )
    order = sorted(range(len(ids)), key=ids.__getitem__)
    sample_ids = tuple(ids[row] for row in order)
    columns = [
        table.labels(level, params["missing"], order) for level in params["levels"]
    ]
    return Listing(
        sample_ids=sample_ids,
        sizes=_place(params, base).sizes(sample_ids),
        levels=levels_of(params["levels"], columns, str(file), params["target"]),
        facts=exif_facts(params),
    )


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed files."""
    return ImageFiles(_place(params, base), listing, exif=params["exif"] == "apply")


def _place(params: Mapping[str, Any], base: Path) -> Place:
    if params["images"] is None:
        return open_place(resolve(params["path"], base).parent, "")
    return open_place(resolve(params["images"], base), "")


def _wanted(where: Mapping[str, Any], file: str) -> dict[str, list[str]]:
    """Return the texts that each column may hold."""
    wanted = {
        column: [texts] if isinstance(texts, str) else texts
        for column, texts in where.items()
    }
    for column, texts in wanted.items():
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise ConfigError(
                what=f"where.{column} must be a text or a list of texts",
                where=file,
                mend='Write numbers as texts too, as in { fold = "1" }.',
            )
    return wanted


def _sample_id(path: str | None, where: str) -> str:
    """Return a path without dots and double slashes."""
    if not path:
        raise DataError(
            what="a row has no path", where=where, mend="Fill it in, or drop the row."
        )
    tidy = posixpath.normpath(path)
    if tidy.startswith(("/", "../")) or tidy in ("..", "."):
        raise DataError(
            what=f"the path '{path}' leads out of the images",
            where=where,
            mend="Write paths that start at `images`, with forward slashes.",
        )
    return tidy
