"""Encoder ``embeddings``: features that were computed elsewhere, read from a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.embeddings import row_digests
from zsc_wh.datasets.listing import content_of
from zsc_wh.datasets.sources import ArrayFile, read_id_file, read_ids, resolve
from zsc_wh.encoders.request import EmbedResult
from zsc_wh.errors import DataError
from zsc_wh.fields import Field
from zsc_wh.words import counted, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.listing import Listing
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
    "ids": Field(
        str,
        default=None,
        doc="name of the sample ids in the file; without ids, rows are taken in the "
        "order of the samples",
    ),
    "ids_path": Field(
        str,
        default=None,
        doc="the file of the ids when it is another one: .txt, .csv, .tsv or .list "
        "with one id per line, or an array file",
    ),
}


_SMALL = float(np.finfo(np.float32).smallest_normal) * 2**24
"""Below this, about 2e-31, a share of one digit of the largest feature is no longer a
normal number of float32."""


@dataclass(frozen=True)
class Matched:
    """The rows of a file that are the features of the samples of a dataset.

    Parameters
    ----------
    rows : tuple of int or None
        Row of every sample, in sample order; None where the file has none.
    digests : tuple of str or None
        sha256 of the features of every sample in float32, None where there are none.
    surplus : tuple of str
        Ids of rows that belong to no sample; empty for a subset, which leaves most out.
    dim : int
        Features of a row.
    """

    rows: tuple[int | None, ...]
    digests: tuple[str | None, ...]
    surplus: tuple[str, ...]
    dim: int

    @property
    def content_sha256(self) -> str:
        """Identity of the features in sample order."""
        return content_of(self.digests)

    @property
    def missing(self) -> tuple[int, ...]:
        """Positions of the samples without features."""
        return tuple(i for i, row in enumerate(self.rows) if row is None)


def match(
    params: Mapping[str, Any],
    base: Path,
    dataset: str,
    listing: Listing,
    digests: Digests,
) -> Matched:
    """Match rows with samples: by id where ids are given, else by position.

    Raises
    ------
    ConfigError
        When a path names a variable that is not set.
    DataError
        When a file is absent or unsound, features are not finite numbers, ids and rows
        do not agree in number, no id is that of a sample, or, without ids, there is
        not exactly one row for every sample (of the whole dataset, or of its subset).
    """
    stored = _Stored(params, base, dataset, listing)
    features = cache(stored.features)  # both facts are often read together
    part = f"features '{params['array']}'"
    known = digests.fact(stored.file.path, part, lambda: row_digests(features()))
    dim = digests.fact(
        stored.file.path, f"width of {part}", lambda: features().shape[1]
    )
    rows, surplus = stored.rows(len(known))
    found = tuple(None if row is None else known[row] for row in rows)
    return Matched(rows, found, surplus, dim)


def embed(request: Request) -> EmbedResult:
    """Read the features of a dataset, rows brought into sample order.

    A sample without features counts as unreadable.

    Raises
    ------
    ConfigError, DataError
        As `match`.
    """
    samples = request.samples
    stored = _Stored(request.params, request.base, samples.dataset, samples.listing)
    features = stored.features()
    rows, surplus = stored.rows(len(features))
    array = features[[row for row in rows if row is not None]]  # a copy, so it stays
    digests = iter(row_digests(array))
    found = tuple(None if row is None else next(digests) for row in rows)
    matched = Matched(rows, found, surplus, array.shape[1])
    why = f"there are no features of it in {stored.file.path.name}"
    return EmbedResult(
        array,
        weights_sha256=None,
        device="cpu",
        unreadable=tuple((index, why) for index in matched.missing),
        features_sha256=matched.content_sha256,
    )


@dataclass(frozen=True)
class _Stored:
    """What is declared of stored features, and the dataset that they should be of."""

    params: Mapping[str, Any]
    base: Path
    dataset: str
    listing: Listing

    @cached_property
    def file(self) -> ArrayFile:
        """The file of the features."""
        return ArrayFile(self._resolved("path"))

    def features(self) -> NDArray[np.float32]:
        """Return all features as finite float32, of shape (n_rows, dim)."""
        where = f"{self.file.path}: {self.params['array']}"
        array = self.file.read(self.params["array"])
        if array.ndim != 2 or not array.size or array.dtype.kind != "f":
            raise DataError(
                what=f"the features must be rows of floating point numbers, (n, dim), "
                f"not {array.dtype} of shape {array.shape}",
                where=where,
                hint="Name the right array with `array`.",
            )
        with np.errstate(over="ignore"):  # beyond float32 becomes infinite, told below
            result: NDArray[np.float32] = np.asarray(array, dtype=np.float32, order="C")
        bad = int((~np.isfinite(result).all(axis=1)).sum())
        if bad:
            raise DataError(
                what=f"{bad} of {counted(len(result), 'row')} "
                f"{plural(bad, 'holds', 'hold')} values that are not finite in "
                "float32",
                where=where,
                hint="Compute these features anew, or leave the samples out.",
            )
        largest = float(np.abs(array).max())
        if array.dtype.itemsize > result.itemsize and 0 < largest < _SMALL:
            raise DataError(
                what=f"the largest of the features is {largest:.0e}: too small for "
                "float32 to keep their digits",
                where=where,
                hint="Multiply all of them by one number before you store them.",
            )
        return result

    def rows(self, n_rows: int) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
        """Return the row of every sample, and the ids of rows that are of no sample."""
        if self.params["ids"] is None and self.params["ids_path"] is None:
            return self._by_position(n_rows), ()
        ids, where = self._ids()
        if len(ids) != n_rows:
            raise DataError(
                what=f"{counted(len(ids), 'id')} for {counted(n_rows, 'row')} of "
                "features",
                where=where,
                hint="Store one id for every row.",
            )
        samples = self.listing.sample_ids
        row_of = {row_id: row for row, row_id in enumerate(ids)}
        rows = tuple(map(row_of.get, samples))
        if all(row is None for row in rows):
            raise DataError(
                what=f"no id is that of a sample; the first id is '{ids[0]}', and the "
                f"first sample of '{self.dataset}' is '{samples[0]}'",
                where=where,
                hint="Store the features under the ids that the dataset lists.",
            )
        is_subset = self.listing.n_whole is not None
        surplus = () if is_subset else tuple(sorted(row_of.keys() - set(samples)))
        return rows, surplus

    def _by_position(self, n_rows: int) -> tuple[int, ...]:
        """Return the rows in sample order, of the whole dataset or of its subset."""
        listing, n = self.listing, len(self.listing)
        if n_rows == n:
            return tuple(range(n))
        if n_rows == listing.n_whole:
            return tuple(listing.rows)
        what = (
            f"{counted(n_rows, 'row')} of features, and '{self.dataset}' has "
            f"{counted(n, 'sample')}"
        )
        if n_rows < n:
            what += (
                f"; in sample order the last {n - n_rows} would have none, from "
                f"'{listing.sample_ids[n_rows]}' on"
            )
        raise DataError(
            what=what,
            where=str(self.file.path),
            hint="Store one row for every sample, or name the ids of the rows with "
            "`ids` or `ids_path`: then samples without features are left out by name.",
        )

    def _ids(self) -> tuple[Sequence[str], str]:
        """Return the ids of the rows, and where they were read."""
        name = self.params["ids"] or "ids"
        if self.params["ids_path"] is None:
            return read_ids(self.file, name), f"{self.file.path}: {name}"
        path = self._resolved("ids_path")
        return read_id_file(path, name), str(path)

    def _resolved(self, name: str) -> Path:
        return resolve(self.params[name], self.base, dataset=self.dataset)
