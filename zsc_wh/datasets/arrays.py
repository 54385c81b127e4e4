"""Stored arrays by kind of file: npy, npz, safetensors; for Parquet see `columns`.

`sources.ArrayFile` is what others use; it also turns what the libraries raise into our
errors.
"""

from __future__ import annotations

import zipfile
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.lib import format as npy

from zsc_wh.datasets.claims import check_size, check_unpacked
from zsc_wh.datasets.foreign import not_as_declared
from zsc_wh.datasets.labels import labels_of
from zsc_wh.errors import DataError
from zsc_wh.installed import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from zsc_wh.datasets.listing import Labels

_MEMBER = ".npy"  # np.savez adds it to the name of every array


class Arrays(ABC):
    """The arrays in one file.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Of its arrays.
    """

    has_names: ClassVar[bool] = True

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self.path = path
        self.names = names

    @abstractmethod
    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array without reading it."""

    @abstractmethod
    def read(self, name: str) -> NDArray[Any]:
        """Return an array."""

    def labels(self, name: str) -> Labels:
        """Return an array of labels; see `labels_of` for what may be in it."""
        import polars as pl

        array, where = self.read(name), f"{self.path}: {name}"
        if array.ndim != 1 or array.dtype.kind not in "biufUS":
            raise DataError(
                what=f"the array must be one-dimensional, of whole numbers or strings, "
                f"not {array.ndim}-dimensional of {array.dtype}",
                where=where,
                hint="Save it as integers or strings.",
            )
        if array.dtype.kind == "f":
            # polars knows neither all widths nor all orders of bytes
            column = pl.Series(array.astype(np.float64))
        else:
            types = {"U": pl.String, "S": pl.Binary}
            column = pl.Series(array.tolist(), dtype=types.get(array.dtype.kind))
        return labels_of(column, where)

    def absent(self, name: str) -> DataError:
        """Make the error of a missing array."""
        return DataError(
            what=f"there is no array '{name}' in the file",
            where=str(self.path),
            hint=f"It has: {', '.join(self.names) or 'none'}.",
        )


class Npy(Arrays):
    """The one array of a ``.npy`` file, whatever the name."""

    has_names = False

    def shape(self, name: str) -> tuple[int, ...]:  # noqa: ARG002 - of any name
        """Return the shape from the header."""
        with self.path.open("rb") as file:
            return _header(file, self.path.stat().st_size, str(self.path))

    def read(self, name: str) -> NDArray[Any]:
        """Map the array."""
        self.shape(name)
        array: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return array


class Npz(Arrays):
    """The arrays of a ``.npz`` file."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
        names = [name for name in members if name.endswith(_MEMBER)]
        if not names:
            raise not_as_declared(path, "arrays")
        super().__init__(path, tuple(name.removesuffix(_MEMBER) for name in names))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape from the header of the member."""
        with self._member(name) as (file, info):
            where = f"{self.path}: {name}"
            check_unpacked(info.file_size, info.compress_size, where)
            return _header(file, info.file_size, str(self.path))

    def read(self, name: str) -> NDArray[Any]:
        """Return a member."""
        self.shape(name)
        with self._member(name) as (file, _):
            array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            return array

    @contextmanager
    def _member(self, name: str) -> Iterator[tuple[IO[bytes], zipfile.ZipInfo]]:
        """Open an array; `numpy.load` takes any member for one."""
        if name not in self.names:
            raise self.absent(name)
        with (
            zipfile.ZipFile(self.path) as archive,
            archive.open(name + _MEMBER) as file,
        ):
            yield file, archive.getinfo(name + _MEMBER)


class Safetensors(Arrays):
    """The tensors of a ``.safetensors`` file."""

    def __init__(self, path: Path) -> None:
        require("safetensors", "safetensors, which reads the file")
        self.path = path
        with self._opened("numpy") as file:
            super().__init__(path, tuple(file.keys()))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape from the header."""
        with self._opened("numpy") as file:
            return tuple(self._slice(file, name).get_shape())

    def read(self, name: str) -> NDArray[Any]:
        """Return a tensor; floating point numbers of 16 bits become float32."""
        with self._opened("numpy") as file:
            kind = self._slice(file, name).get_dtype()
            if kind != "BF16":
                array = self._tensor(file, name, kind)
                return array.astype(np.float32) if kind == "F16" else array
        return self._read_by_torch(name)

    def _tensor(self, file: Any, name: str, kind: str) -> NDArray[Any]:
        try:
            array: NDArray[Any] = file.get_tensor(name)
        except (AttributeError, TypeError, KeyError) as error:
            # safetensors looks for the type in numpy without asking
            raise DataError(
                what=f"the array is of {kind}, which numpy does not know",
                where=f"{self.path}: {name}",
                hint="Save it as float32.",
            ) from error
        return array

    def _read_by_torch(self, name: str) -> NDArray[np.float32]:
        """Read bfloat16, which numpy does not know."""
        require(
            "torch",
            "the array is of bfloat16, and torch, which reads that",
            otherwise="save the array as float32",
        )
        with self._opened("pt") as file:
            array: NDArray[np.float32] = file.get_tensor(name).float().numpy()
            return array

    def _slice(self, file: Any, name: str) -> Any:
        if name not in self.names:
            raise self.absent(name)
        return file.get_slice(name)

    @contextmanager
    def _opened(self, framework: str) -> Iterator[Any]:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework) as file:
                yield file
        except SafetensorError as error:
            raise DataError(
                what="cannot be read as safetensors: the file is damaged or cut off",
                where=str(self.path),
                hint="Write or copy it again.",
            ) from error


def _header(file: IO[bytes], size: int, where: str) -> tuple[int, ...]:
    """Return the shape in the header of a ``.npy`` file of `size` bytes."""
    read = npy.read_array_header_2_0
    if npy.read_magic(file) == (1, 0):
        read = npy.read_array_header_1_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise DataError(
            what="the array holds Python objects, which cannot be read without pickle",
            where=where,
            hint="Save numbers or strings with numpy.save or numpy.savez; "
            "array.astype(str) makes strings of labels.",
        )
    check_size(shape, dtype.itemsize, size - file.tell(), where, exact=False)
    return shape
