"""Loader ``manifest``: a table of paths and labels, and the images that it names."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.absent import absent_of, check_some_there, hint
from zsc_wh.datasets.folder import EXIF, exif_facts
from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.listing import Listing, levels_of
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.sources import resolve
from zsc_wh.datasets.tables import Table
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests
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
    "order": Field(
        str,
        default="file",
        choices=("file", "path"),
        doc="order of the samples: that of the rows, or by path",
    ),
    "exif": EXIF,
}


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the rows of a table.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where relative paths start.
    known : Digests
        Knows the members of an archive that was listed before.

    Returns
    -------
    Listing
        Ids are the paths of the table, in its order or, with ``order = "path"``, in
        that of their UTF-8 bytes. A row whose
        file does not exist is a sample of 0 bytes, which will be found unreadable; it
        is named in `absent`.

    Raises
    ------
    ConfigError
        When a path names a variable that is not set, `target` is no level, or `where`
        holds something else than texts.
    DataError
        When table or images cannot be read, a column is absent or of another type, no
        row is left, a path is missing, occurs twice or leads out of the images, or
        none of the files is there.
    """
    file = resolve(params["path"], base)
    table = Table(file).keep(_wanted(params["where"], str(file)))
    paths = table.texts(params["column"])
    where = f"{file}: {params['column']}"
    ids = [_sample_id(path, where, table.line(row)) for row, path in enumerate(paths)]
    if not ids:
        raise DataError(
            what="no row of the table is left",
            where=str(file),
            mend="Check `where` and the table.",
        )
    twice, count = Counter(ids).most_common(1)[0]
    if count > 1:
        first, second = [table.line(row) for row, i in enumerate(ids) if i == twice][:2]
        raise DataError(
            what=f"the path '{twice}' is in {count} rows, such as {first} and {second}",
            where=where,
            mend="Keep one row for every image, or choose rows with `where`.",
        )
    order = list(range(len(ids)))
    if params["order"] == "path":
        order.sort(key=ids.__getitem__)
    sample_ids = tuple(ids[row] for row in order)
    columns = [
        table.labels(level, params["missing"], order) for level in params["levels"]
    ]
    place = _place(params, base)
    sizes = place.sizes(sample_ids, known)
    absent = absent_of(place, sample_ids, sizes)
    why = hint(place, absent, known)
    check_some_there(place, sample_ids, absent, why)
    return Listing(
        sample_ids=sample_ids,
        sizes=sizes,
        levels=levels_of(params["levels"], columns, str(file), params["target"]),
        absent=absent,
        absent_hint=why,
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


def _sample_id(path: str | None, where: str, line: str) -> str:
    """Return a path without dots and double slashes."""
    if not path:
        raise DataError(
            what=f"a row has no path: {line}",
            where=where,
            mend="Fill it in, or drop the row.",
        )
    tidy = posixpath.normpath(path)
    if tidy.startswith(("/", "../")) or tidy in ("..", "."):
        raise DataError(
            what=f"the path '{path}' leads out of the images ({line})",
            where=where,
            mend="Write paths that start at `images`, with forward slashes.",
        )
    return tidy
