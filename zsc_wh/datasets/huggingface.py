"""Loader ``huggingface``: a dataset of the library datasets, saved or in its cache."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.arrow import ArrowRows, image_rows, read_arrow
from zsc_wh.datasets.digests import Stamp
from zsc_wh.datasets.folder import EXIF, exif_facts
from zsc_wh.datasets.images import ImageFiles, Images, file_digests
from zsc_wh.datasets.labelling import CLASSES, make_levels
from zsc_wh.datasets.labels import labels_of
from zsc_wh.datasets.listing import Level, Listing
from zsc_wh.datasets.saved import Saved, cache_folder, find_split, in_cache
from zsc_wh.datasets.shards import Shards, named_shards
from zsc_wh.datasets.sources import resolve
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field, nearest
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Labels

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        default=None,
        doc="folder that save_to_disk wrote, or one of the cache; ~ and ${VAR} are "
        "expanded",
    ),
    "name": Field(
        str,
        default=None,
        doc="in place of path: a dataset that load_dataset has prepared in the cache "
        "of this machine, such as ylecun/mnist",
    ),
    "config": Field(
        str, default=None, doc="with name: the configuration, where several are there"
    ),
    "split": Field(
        str, default=None, doc="such as test; needed where there are several"
    ),
    "image": Field(
        str, default=None, doc="column of the images; unset: the only one of that type"
    ),
    "levels": Field(
        list,
        default=["label"],
        doc="label columns, coarse to fine; [] for a dataset without labels",
    ),
    "missing": Field(list, default=["", "-1"], doc="labels that mean: no label"),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
    **CLASSES,
    "exif": EXIF,
}

_OPEN = 2
"""Files whose images are in memory at a time; one has 500 MB unless told otherwise."""


def list_samples(params: Mapping[str, Any], base: Path, known: Digests) -> Listing:
    """List the rows of a split.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where a relative path starts.
    known : Digests
        Knows what is in a file that was listed before.

    Returns
    -------
    Listing
        Ids are the file and the row in it, in their order. Classes of a ClassLabel are
        in the order that it names, and have its names.

    Raises
    ------
    ConfigError
        When neither or both of `path` and `name` are given, or the levels do not go
        together.
    DataError
        When there is no such dataset, split or column, or a file is damaged.
    """
    saved = _saved(params, base)
    rows = _rows(saved, _image_column(params, saved), known)
    ids, sizes = named_shards(
        {
            file: [(str(row), size) for row, (size, _) in enumerate(found)]
            for file, found in rows.items()
        }
    )
    if not ids or saved.n not in (None, len(ids)):
        held = f"it holds {counted(len(ids), 'sample')}"
        raise DataError(
            what=held + (f", and {saved.n} are noted" if saved.n else ""),
            where=str(saved.folder),
            hint="Prepare or save the dataset again.",
        )
    return Listing(
        sample_ids=ids,
        sizes=sizes,
        levels=_levels(params, saved),
        facts=exif_facts(params),
    )


def digests(
    params: Mapping[str, Any], base: Path, listing: Listing, known: Digests, title: str
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed image."""
    saved = _saved(params, base)
    column = _image_column(params, saved)
    rows = _rows(saved, column, known)
    place = _Rows(saved, column, rows)
    return file_digests(place, listing, known, title)


def open_images(params: Mapping[str, Any], base: Path, listing: Listing) -> Images:
    """Return the listed images."""
    saved = _saved(params, base)
    place = _Rows(saved, _image_column(params, saved), {})
    return ImageFiles(place, listing, exif=params["exif"] == "apply")


def places(params: Mapping[str, Any], base: Path) -> list[Path]:
    """Return where the dataset is looked for."""
    return [cache_folder() if params["path"] is None else resolve(params["path"], base)]


class _Rows(Shards):
    """The Arrow files of a split; images that are files of their own have its stamp."""

    def __init__(
        self,
        saved: Saved,
        column: str,
        rows: Mapping[str, list[tuple[int, str | None]]],
    ) -> None:
        opener = partial(ArrowRows, column=column)
        super().__init__(saved.folder, saved.files, opener, keep=_OPEN)
        self._files = {
            f"{file}/{row}": path
            for file, found in rows.items()
            for row, (_, path) in enumerate(found)
            if path is not None
        }

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """Look at files of their own, and at the Arrow files of the other images."""
        found = super().stamps(names)
        return [
            _stamp(self._files[name]) if name in self._files else stamp
            for name, stamp in zip(names, found, strict=True)
        ]


def _stamp(path: str) -> Stamp | None:
    from pathlib import Path

    try:
        return Stamp.of(Path(path).stat())
    except (OSError, ValueError):
        return None


def _saved(params: Mapping[str, Any], base: Path) -> Saved:
    if (params["path"] is None) == (params["name"] is None):
        raise ConfigError(
            what="either `path` or `name` says which dataset is meant",
            where="kind huggingface",
            hint='Such as path = "saved/birds", or name = "ylecun/mnist".',
        )
    if params["path"] is not None:
        folder = resolve(params["path"], base)
    else:
        folder = in_cache(params["name"], params["config"])
    saved = find_split(folder, params["split"])
    absent = [name for name in saved.files if not (saved.folder / name).is_file()]
    if absent or not saved.files:
        raise DataError(
            what=f"the file '{absent[0]}' of the dataset is not there"
            if absent
            else "there is no file of this split",
            where=str(saved.folder),
            hint="Prepare or save the dataset again.",
        )
    return saved


def _image_column(params: Mapping[str, Any], saved: Saved) -> str:
    """Return the column of the images: as declared, or the only one of that type."""
    features = saved.features
    if params["image"] is not None:
        if features and params["image"] not in features:
            raise _no_column(params["image"], saved)
        return str(params["image"])
    columns = [name for name, each in features.items() if _type(each) == "Image"]
    if len(columns) == 1:
        return columns[0]
    raise DataError(
        what=f"{counted(len(columns), 'column')} hold images, and `image` does "
        "not say which",
        where=str(saved.folder),
        hint=f"Name one of {', '.join(columns or features)}.",
    )


def _no_column(name: str, saved: Saved) -> DataError:
    return DataError(
        what=f"there is no column '{name}'" + nearest(name, list(saved.features)),
        where=str(saved.folder),
        hint=f"It has {', '.join(saved.features)}.",
    )


def _type(feature: Any) -> str | None:
    return feature.get("_type") if isinstance(feature, dict) else None


def _rows(
    saved: Saved, column: str, known: Digests
) -> dict[str, list[tuple[int, str | None]]]:
    """Return size and own file of every image, by Arrow file."""
    found = {}
    for name in saved.files:
        file = saved.folder / name
        reading = partial(image_rows, file, column)
        rows = known.fact(file, f"images of '{column}'", reading)
        found[name] = [(size, path) for size, path in rows]
    return found


def _levels(params: Mapping[str, Any], saved: Saved) -> tuple[Level, ...]:
    """Return the levels; the classes of a ClassLabel have its names."""
    import polars as pl

    plain = [name for name in params["levels"] if name not in params["combined"]]
    for name in plain:
        if saved.features and name not in saved.features:
            raise _no_column(name, saved)
    if not plain:
        return ()
    frames = [read_arrow(saved.folder / name, plain) for name in saved.files]
    frame = pl.concat(frames, how="vertical_relaxed")
    columns: dict[str, Labels] = {
        name: labels_of(frame[name], f"{saved.folder}: {name}", params["missing"])
        for name in plain
    }
    named = {
        name: {str(i): each for i, each in enumerate(saved.features[name]["names"])}
        for name in plain
        if _type(saved.features.get(name)) == "ClassLabel"
        and saved.features[name].get("names")
    }
    params = {**params, "class_names": {**named, **params["class_names"]}}
    return make_levels(params, columns, str(saved.folder))
