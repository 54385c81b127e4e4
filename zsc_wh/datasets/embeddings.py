"""Loader ``embeddings``: samples known only through their stored features.

It goes with an encoder of the same kind, which reads the features themselves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.claims import check_rows
from zsc_wh.datasets.listing import Level, Listing, levels_of
from zsc_wh.datasets.sources import ArrayFile, read_ids, resolve
from zsc_wh.errors import ConfigError, DataError
from zsc_wh.fields import Field
from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Labels

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str, doc=".npy, .npz, .safetensors or Parquet file; ~ and ${VAR} are expanded"
    ),
    "array": Field(
        str,
        default="embeddings",
        doc="name of the features; in Parquet a column of lists, or what numbered "
        "columns begin with",
    ),
    "labels": Field(
        str, default="y_true", doc='name of the array of labels; "none" without'
    ),
    "labels_path": Field(
        str, default=None, doc="the file of the labels when it is another one"
    ),
    "ids": Field(str, default=None, doc="name of the array of sample ids"),
    "missing_label": Field(
        int, default=None, doc="the whole number that means: no label"
    ),
    "level": Field(str, default="class", doc="name of the one label level"),
    "levels": Field(
        list,
        default=[],
        doc="instead of labels and level: the arrays of several levels, coarse to fine",
    ),
    "target": Field(str, default=None, doc="the target level; the finest if not given"),
}


def list_samples(
    params: Mapping[str, Any],
    base: Path,
    known: Digests,  # noqa: ARG001 - the header and the labels are soon read
) -> Listing:
    """List the rows of a stored array, in the order of the file.

    Parameters
    ----------
    params : mapping
        Complete parameters, see `FIELDS`.
    base : Path
        Where relative paths start.

    Returns
    -------
    Listing
        Without `ids` the samples are called by the number of their row. Labels are
        texts or whole numbers; a negative number is a class like any other unless
        `missing_label` says that it means none.

    Raises
    ------
    ConfigError
        When a path names a variable that is not set, or labels are declined and
        described at once.
    DataError
        When a file or array is absent or unsound, or the counts do not agree.
    """
    file = ArrayFile(resolve(params["path"], base))
    shape = file.shape(params["array"])
    if len(shape) != 2 or 0 in shape:
        raise DataError(
            what=f"the features must be rows of numbers, (n, dim), not of shape "
            f"{shape}",
            where=f"{file.path}: {params['array']}",
            hint="Name the right array with `array`.",
        )
    n = shape[0]
    check_rows(n, file.path)
    if params["ids"] is None:
        width = len(str(n - 1))
        sample_ids = tuple(f"{row:0{width}d}" for row in range(n))
    else:
        sample_ids = read_ids(file, params["ids"])
        _check_count(len(sample_ids), n, f"{file.path}: {params['ids']}")
    return Listing(sample_ids, (0,) * n, _levels(params, base, file, n))


def digests(
    params: Mapping[str, Any],
    base: Path,
    listing: Listing,
    known: Digests,
    _title: str,
) -> tuple[str | None, ...]:
    """Return the sha256 of every listed row."""
    file = ArrayFile(resolve(params["path"], base))
    name = params["array"]
    found = known.fact(
        file.path, f"rows '{name}'", lambda: row_digests(file.read(name))
    )
    return tuple(found[row] for row in listing.rows)


def row_digests(array: NDArray[Any]) -> list[str]:
    """Return the sha256 of every row of an array, floating point numbers in float32."""
    kind = np.float32 if array.dtype.kind == "f" else array.dtype
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(array, dtype=kind)
    return [hashlib.sha256(row).hexdigest() for row in rows]


def _levels(
    params: Mapping[str, Any], base: Path, features: ArrayFile, n: int
) -> tuple[Level, ...]:
    """Read the labels, if there are any."""
    if params["labels"] == "none":
        _check_declined(params, str(features.path))
        return ()
    if params["labels_path"] is not None:
        file = ArrayFile(resolve(params["labels_path"], base))
    elif features.has_names:
        file = features
    else:
        raise DataError(
            what="the features are a .npy file, which holds no labels",
            where=str(features.path),
            hint='Name their file with `labels_path`, or say labels = "none".',
        )
    arrays = params["levels"] or [params["labels"]]
    names = params["levels"] or [params["level"]]
    columns = [_labels(file, name, n, params["missing_label"]) for name in arrays]
    return levels_of(names, columns, str(file.path), params["target"])


def _check_declined(params: Mapping[str, Any], where: str) -> None:
    """Check that nothing else is said of labels that are declined."""
    for name in ("labels_path", "levels", "target"):
        if params[name]:
            raise ConfigError(
                what=f'labels = "none" and `{name}` contradict each other',
                where=where,
                hint="Drop one of them.",
            )


def _labels(file: ArrayFile, name: str, n: int, missing: int | None) -> Labels:
    """Read the labels of one level."""
    where = f"{file.path}: {name}"
    labels = file.labels(name)
    _check_count(len(labels), n, where)
    if missing is None:
        return labels
    if any(isinstance(label, str) for label in labels):
        raise DataError(
            what="`missing_label` is a number, and these labels are strings",
            where=where,
            hint="Drop `missing_label`, or save the labels as integers.",
        )
    return [None if label == missing else label for label in labels]


def _check_count(count: int, n: int, where: str) -> None:
    if count != n:
        raise DataError(
            what=f"{counted(count, 'value')} for {counted(n, 'row')} of features",
            where=where,
            hint="Every row needs one, in the same order.",
        )
