"""Encoder ``embeddings``: features that were computed elsewhere, read from a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.sources import ArrayFile, read_ids, resolve
from zsc_wh.encoders.request import EmbedResult
from zsc_wh.errors import DataError
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.encoders.request import Request

FIELDS: Mapping[str, Field] = {
    "path": Field(
        str,
        doc=".npy, .npz, .safetensors or Parquet file; {dataset} stands for the name "
        "of the dataset, ~ and ${VAR} are expanded",
    ),
    "array": Field(
        str,
        default="embeddings",
        doc="name of the features in the file; a .npy file has none",
    ),
    "ids": Field(str, default=None, doc="name of the sample ids in the file"),
}


def embed(request: Request) -> EmbedResult:
    """Read the features of a dataset, rows brought into sample order.

    Without `ids` the rows are taken to be in sample order already, those of the whole
    dataset where a subset of it is embedded. With `ids`, which has one for every row,
    the row of a sample is that of its id.

    Raises
    ------
    ConfigError
        When the path names a variable that is not set.
    DataError
        When the file is absent or unsound, when it has not exactly one row for every
        sample and one id for every row, or when values are not finite.
    """
    params, samples = request.params, request.samples
    file = ArrayFile(_path(params, request.base, samples.dataset))
    where = f"{file.path}: {params['array']}"
    array = file.read(params["array"])
    if array.ndim != 2 or not array.size or array.dtype.kind != "f":
        raise DataError(
            what=f"the features must be rows of floating point numbers, (n, dim), not "
            f"{array.dtype} of shape {array.shape}",
            where=where,
            mend="Name the right array with `array`.",
        )
    listing = samples.listing
    wanted, positions = listing.sample_ids, listing.positions
    if len(array) not in (len(wanted), listing.n_whole):
        raise DataError(
            what=f"there are {len(array)} rows of features, and the dataset "
            f"'{samples.dataset}' has {len(wanted)} samples",
            where=where,
            mend="Store one row for every sample.",
        )
    if params["ids"] is not None:
        ids = read_ids(file, params["ids"])
        where_ids = f"{file.path}: {params['ids']}"
        array = array[_rows(ids, wanted, len(array), where_ids)]
    elif positions is not None and len(array) == listing.n_whole:
        array = array[list(positions)]
    with np.errstate(over="ignore"):  # beyond float32 becomes infinite, told below
        result: NDArray[np.float32] = np.asarray(array, dtype=np.float32, order="C")
    bad = int((~np.isfinite(result).all(axis=1)).sum())
    if bad:
        raise DataError(
            what=f"{bad} of {len(result)} rows hold values that are not finite in "
            "float32",
            where=where,
            mend="Compute these features anew, or leave the samples out.",
        )
    return EmbedResult(result, content_sha256=None, weights_sha256=None, device="cpu")


def content_key(params: Mapping[str, Any], base: Path, dataset: str) -> str:
    """Return the sha256 of the file, read in pieces.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    path = _path(params, base, dataset)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            what=f"the stored features cannot be read ({error.strerror})",
            where=str(path),
            mend="A relative path starts at the folder of the declaring file.",
        ) from error


def _path(params: Mapping[str, Any], base: Path, dataset: str) -> Path:
    return resolve(params["path"], base, dataset=dataset)


def _rows(
    ids: Sequence[str], wanted: Sequence[str], n_rows: int, where: str
) -> NDArray[np.intp]:
    """Return the row of every sample; `ids` must name every row, in order."""
    if len(ids) != n_rows:
        raise DataError(
            what=f"there are {len(ids)} ids for {n_rows} rows of features",
            where=where,
            mend="Store one id for every row.",
        )
    row = {sample_id: index for index, sample_id in enumerate(ids)}
    missing = [sample_id for sample_id in wanted if sample_id not in row]
    if missing:
        raise DataError(
            what=f"{len(missing)} of {len(wanted)} samples have no row of features, "
            f"'{missing[0]}' first",
            where=where,
            mend="Store the features under the ids that the dataset lists.",
        )
    return np.array([row[sample_id] for sample_id in wanted], dtype=np.intp)
