"""Loader ``manifest``: a table of paths and labels, and the images that it names."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.absent import absent_of, check_some_there, hint
from zsc_wh.datasets.assembly import ROWS, assembled
from zsc_wh.datasets.folder import EXIF, exif_facts
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
from zsc_wh.datasets.templates import filled, names_in
from zsc_wh.errors import DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Labels
    from zsc_wh.datasets.places import Place
    from zsc_wh.datasets.tables import Table

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        doc="the table: .csv, .tsv, Parquet, .mat, or text separated by blanks, for "
        "which see `columns`; ~ and ${VAR} are expanded",
    ),
    "column": Field(str, default="path", doc="column of the paths of the images"),
    "file": Field(
        str,
        default=None,
        doc="in place of `column`: the path made of columns, such as "
        "part{chunk}/{file} or jpg/image_{number:05d}.jpg",
    ),
    "levels": Field(
        list,
        default=[],
        doc="label columns, coarse to fine; the levels are called like them",
    ),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
    "missing": Field(
        list, default=[""], doc="strings that mean: no label; NULL always does"
    ),
    "pattern": PATTERN,
    **CLASSES,
    "name_columns": Field(
        dict,
        default={},
        doc="columns of the names of the classes, by level, such as "
        '{ class = "class_name" }',
    ),
    **ROWS,
    "images": Field(
        str,
        default=None,
        doc="folder or archive where the paths start; that of the table if not given",
    ),
    "order": Field(
        str,
        default="file",
        choices=("file", "path", "folder"),
        doc="order of the samples: that of the rows, by path, or by the folder in the "
        "path and then as the rows",
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
        When a path names a variable that is not set, or a parameter holds something
        that it cannot.
    DataError
        When a table or the images cannot be read, tables do not go together, a column
        is absent or of another type, no row is left, a path is missing, occurs twice
        or leads out of the images, or none of the files is there.
    """
    file = resolve(params["path"], base)
    table = assembled(params, base, _columns_read(params))
    if params["file"] is None:
        paths, where = table.texts(params["column"]), f"{file}: {params['column']}"
    else:
        paths, where = filled(params["file"], table), f"{file}: {params['file']}"
    ids = [_sample_id(path, where, table.line(row)) for row, path in enumerate(paths)]
    if not ids:
        raise DataError(
            what="no row of the table is left",
            where=str(file),
            hint="Check `where`, `listed` and the table.",
        )
    twice, count = Counter(ids).most_common(1)[0]
    if count > 1:
        first, second = [table.line(row) for row, i in enumerate(ids) if i == twice][:2]
        raise DataError(
            what=f"the path '{twice}' is in {count} rows, such as {first} and {second}",
            where=where,
            hint="Keep one row for every image, or choose rows with `where`.",
        )
    order = list(range(len(ids)))
    if params["order"] == "path":
        order.sort(key=ids.__getitem__)
    elif params["order"] == "folder":
        order.sort(key=lambda row: posixpath.dirname(ids[row]))
    sample_ids = tuple(ids[row] for row in order)
    place = _place(params, base)
    sizes = place.sizes(sample_ids, known)
    absent = absent_of(place, sample_ids, sizes)
    why = hint(place, absent, known)
    check_some_there(place, sample_ids, absent, why)
    return Listing(
        sample_ids=sample_ids,
        sizes=sizes,
        levels=_levels(params, table, order, sample_ids),
        absent=absent,
        absent_hint=why,
        facts=exif_facts(params),
    )


def _columns_read(params: Mapping[str, Any]) -> list[str]:
    """Return the columns of paths, labels and names."""
    names = names_in(params["file"]) if params["file"] else (params["column"],)
    return [*names, *params["levels"], *params["name_columns"].values()]


def _levels(
    params: Mapping[str, Any],
    table: Table,
    order: Sequence[int],
    sample_ids: Sequence[str],
) -> tuple[Level, ...]:
    """Return the levels: of the pattern if it has a group for them, else columns."""
    groups = compiled(params["pattern"]).groupindex if params["pattern"] else {}
    plain = [name for name in params["levels"] if name not in params["combined"]]
    in_path = [name for name in plain if name in groups]
    columns: dict[str, Labels] = {
        name: table.labels(name, params["missing"], order)
        for name in plain
        if name not in groups
    }
    if in_path:
        columns.update(found_in_paths(params["pattern"], in_path, sample_ids))
    names = {
        level: _names(level, columns, table, params["name_columns"][level], order)
        for level in params["name_columns"]
        if level in columns
    }
    params = {**params, "class_names": {**names, **params["class_names"]}}
    return make_levels(params, columns, str(table.path))


def _names(
    level: str,
    columns: Mapping[str, Labels],
    table: Table,
    column: str,
    order: Sequence[int],
) -> dict[str, str]:
    """Return the name of every label in the order of the labels.

    Labels that share a name, as an animal and its adult form may, keep their label too.
    """
    texts = table.as_texts(column)
    by_label: dict[Any, str | None] = {}
    for label, row in zip(columns[level], order, strict=True):
        if label is not None and by_label.setdefault(label, texts[row]) != texts[row]:
            raise DataError(
                what=f"the label '{label}' has two names, '{by_label[label]}' and "
                f"'{texts[row]}' ({table.line(row)})",
                where=f"{table.path}: {column}",
                hint="Correct the table, or drop `name_columns`.",
            )
    shared = Counter(by_label.values())
    return {
        str(label): name if name and shared[name] == 1 else f"{name or ''} ({label})"
        for label, name in sorted(by_label.items())
    }


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


def _sample_id(path: str | None, where: str, line: str) -> str:
    """Return a path without dots and double slashes."""
    if not path:
        raise DataError(
            what=f"a row has no path: {line}",
            where=where,
            hint="Fill it in, or drop the row.",
        )
    tidy = posixpath.normpath(path)
    if tidy.startswith(("/", "../")) or tidy in ("..", "."):
        raise DataError(
            what=f"the path '{path}' leads out of the images ({line})",
            where=where,
            hint="Write paths that start at `images`, with forward slashes.",
        )
    return tidy
