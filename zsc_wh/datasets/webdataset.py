"""Loader ``webdataset``: tar files in which the files of a sample share a name.

``000017.jpg``, ``000017.cls`` and ``000017.json`` are the image, the class and more of
the sample ``000017``, as the library webdataset has it.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from zsc_wh.datasets.folder import EXIF, exif_facts
from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.labelling import CLASSES, make_levels
from zsc_wh.datasets.labels import labels_of
from zsc_wh.datasets.listing import Level, Listing
from zsc_wh.datasets.opening import open_place
from zsc_wh.datasets.shards import Shards, named_shards, shard_names
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field, nearest
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.archives import Archive
    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Labels

FIELDS: Mapping[str, Field] = {
    "path": Field(str, doc="folder of the shards; ~ and ${VAR} are expanded"),
    "shards": Field(
        list,
        default=["*.tar"],
        single=True,
        doc="names of the shards, in which * stands for anything and {0000..0011} for "
        "each number",
    ),
    "image": Field(
        list,
        default=["jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"],
        single=True,
        doc="ending of the image of a sample, all after the first dot of its name; of "
        "several, the first that is there",
    ),
    "levels": Field(
        list,
        default=["class"],
        doc="label levels, coarse to fine; [] for a dataset without labels",
    ),
    "labels": Field(
        dict,
        default={},
        doc="where the label of a level stands: cls, txt or another ending, or "
        "json.FIELD; unset: cls where there is one level, json.LEVEL otherwise",
    ),
    "missing": Field(list, default=[""], doc="strings that mean: no label"),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
    **CLASSES,
    "exif": EXIF,
}

_SAMPLE = re.compile(r"((?:.*/|)[^./]+)\.([^/]+)")
"""The name of a sample, up to the first dot of the file name, and the ending."""

_JSON = "json"


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the samples of all shards.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Knows what is in a shard that was listed before.

    Returns
    -------
    Listing
        Ids are the shard and the name of the image in it, in the order of the shards
        and of the files in them.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set, or `labels` or the levels do
        not go together.
    DataError
        When a shard is absent or damaged, none holds an image, or a sample lacks a
        label file or a field of it.
    """
    folder = resolve(params["path"], base)
    names = shard_names(folder, params["shards"])
    sources = _sources(params, str(folder))
    place = _place(folder, names)
    found: dict[str, list[tuple[str, int]]] = {}
    ignored: list[str] = []
    columns: list[list[Any]] = [[] for _ in sources]
    what = json.dumps(["samples", params["image"], list(sources.values())])
    for name in names:
        shard = cast("Archive", place.shard(name))
        reading = partial(_read_shard, shard, params["image"], sources)
        content = known.fact(folder / name, what, reading)
        found[name] = [(image, size) for image, size, *_ in content if size is not None]
        ignored += [f"{name}/{sample}" for sample, size, *_ in content if size is None]
        for _, size, *labels in content:
            for column, label in zip(columns, labels, strict=size is not None):
                column.append(label)
    ids, sizes = named_shards(found)
    if not ids:
        raise DataError(
            what=f"there is no image in {counted(len(names), 'shard')}; looked for "
            f"files ending in .{', .'.join(params['image'])}",
            where=str(folder),
            hint="Set `image` to the ending of the images.",
        )
    return Listing(
        sample_ids=ids,
        sizes=sizes,
        levels=_levels(params, dict(zip(sources, columns, strict=True)), folder),
        ignored=tuple(ignored),
        facts=exif_facts(params),
    )


def digests(
    params: Mapping[str, Any], base: Path, listing: Listing, known: Digests, title: str
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed image."""
    return file_digests(_opened(params, base), listing, known, title)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed images."""
    place = _opened(params, base)
    return ImageFiles(place, listing, exif=params["exif"] == "apply")


def _opened(params: Mapping[str, Any], base: Path) -> Shards:
    folder = resolve(params["path"], base)
    return _place(folder, shard_names(folder, params["shards"]))


def _place(folder: Path, names: Sequence[str]) -> Shards:
    return Shards(folder, names, partial(open_place, inside=""))


def _sources(params: Mapping[str, Any], where: str) -> dict[str, str]:
    """Return where the label of each level stands, combined ones left out."""
    plain = [name for name in params["levels"] if name not in params["combined"]]
    for name, source in params["labels"].items():
        if name not in plain or not isinstance(source, str) or source == _JSON:
            raise ConfigError(
                what=f"labels.{name} must name a level, and the ending of a file or a "
                "field of its JSON" + nearest(name, list(plain)),
                where=where,
                hint='Such as levels = ["order", "species"], labels = { order = '
                '"json.order", species = "cls" }.',
            )
    usual = ["cls"] if len(plain) == 1 else [f"{_JSON}.{name}" for name in plain]
    defaults = dict(zip(plain, usual, strict=True))
    return {name: params["labels"].get(name, defaults[name]) for name in plain}


def _read_shard(
    shard: Archive, endings: Sequence[str], sources: Mapping[str, str]
) -> list[list[Any]]:
    """Return image, size and labels of every sample of a shard, in its order.

    Of one without an image, its name and None.
    """
    samples: dict[str, dict[str, str]] = {}
    content: list[list[Any]] = []
    sizes = shard.members()
    for name in sizes:
        match = _SAMPLE.fullmatch(name)
        if match is not None and not name.rpartition("/")[2].startswith("."):
            samples.setdefault(match[1], {})[match[2].lower()] = name
    for sample, files in samples.items():
        image = next((files[end] for end in endings if end in files), None)
        if image is None:
            content.append([sample, None])
        else:
            labels = _labels_of(shard, sample, files, sources)
            content.append([image, sizes[image], *labels])
    return content


def _labels_of(
    shard: Archive, sample: str, files: Mapping[str, str], sources: Mapping[str, str]
) -> list[str | int | None]:
    """Return the label of a sample at every level."""
    found: dict[str, Any] = {}
    labels = []
    for level, source in sources.items():
        ending, _, field = source.partition(".")
        if ending != _JSON or not field:
            ending, field = source, ""
        if ending not in files:
            raise DataError(
                what=f"the sample has no file .{ending}, which holds the label of the "
                f"level '{level}'; it has .{', .'.join(files)}",
                where=shard.where(sample),
                hint=f"Correct labels.{level}, or leave the level out; levels = [] is "
                "a dataset without labels.",
            )
        if ending not in found:
            found[ending] = _content(shard, files[ending], is_json=bool(field))
        where = shard.where(files[ending])
        content = found[ending]
        labels.append(_field(content, field, where, level) if field else content)
    return labels


def _content(shard: Archive, name: str, *, is_json: bool) -> Any:
    try:
        text = shard.read(name).decode("utf-8-sig")
        return json.loads(text) if is_json else text.strip()
    except ValueError as error:
        kind = "JSON" if is_json else "text in UTF-8"
        raise DataError(
            what=f"the file of labels is not {kind}",
            where=shard.where(name),
            hint="Write the shard again.",
        ) from error


def _field(content: Any, field: str, where: str, level: str) -> str | int | None:
    """Return the label in a field of JSON, of inner tables after a dot."""
    at = content
    for key in field.split("."):
        known = list(at) if isinstance(at, dict) else []
        if key not in known:
            raise DataError(
                what=f"there is no field '{field}', which holds the label of the level "
                f"'{level}'" + nearest(key, known),
                where=where,
                hint=f"It has {', '.join(known) or 'no fields'}; null in the field "
                "means that there is no label.",
            )
        at = at[key]
    if isinstance(at, bool):
        return str(at).lower()
    if at is None or isinstance(at, str | int):
        return at
    if isinstance(at, float) and at.is_integer():
        return int(at)
    raise DataError(
        what=f"the field '{field}' holds {json.dumps(at)[:40]}, and labels are strings "
        "or whole numbers",
        where=where,
        hint=f"Name another field in labels.{level}.",
    )


def _levels(
    params: Mapping[str, Any], columns: Mapping[str, list[Any]], folder: Path
) -> tuple[Level, ...]:
    typed: dict[str, Labels] = {}
    for name, values in columns.items():
        typed[name] = _typed(name, values, params, f"{folder}: {name}")
    return make_levels(params, typed, str(folder))


def _typed(
    name: str, values: list[Any], params: Mapping[str, Any], where: str
) -> Labels:
    """Return the labels of a level: whole numbers, also written as text, or texts."""
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1:
        raise DataError(
            what=f"the labels of the level '{name}' are numbers and strings at once",
            where=where,
            hint="Write all of them in one way.",
        )
    return labels_of(
        pl.Series(name, values), where, params["missing"], is_text=kinds == {str}
    )
