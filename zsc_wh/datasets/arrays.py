"""Stored arrays by kind of file: npy, npz, safetensors, Parquet.

`sources.ArrayFile` is what others use; it also turns what the libraries raise into our
errors.
"""

from __future__ import annotations

import re
import zipfile
from abc import ABC, abstractmethod
from contextlib import contextmanager
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.lib import format as npy

from zsc_wh.datasets.tables import PARQUET_MAGIC, labels_of, table_faults
from zsc_wh.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from zsc_wh.datasets.listing import Labels

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MEMBER = ".npy"  # np.savez adds it to the name of every array
_HEADER_AT = 8  # a safetensors file begins with a length of 8 bytes, then JSON


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
        """Return an array of whole numbers or texts."""
        array = self.read(name)
        if array.ndim != 1 or array.dtype.kind not in "iuU":
            raise DataError(
                what=f"the array must be one-dimensional, of whole numbers or texts, "
                f"not {array.ndim}-dimensional of {array.dtype}",
                where=f"{self.path}: {name}",
                mend="Save it as integers or strings.",
            )
        labels: Labels = array.tolist()
        return labels

    def absent(self, name: str) -> DataError:
        """Make the error of an array that there is not."""
        return DataError(
            what=f"there is no array '{name}' in the file",
            where=str(self.path),
            mend=f"It has: {', '.join(self.names) or 'none'}.",
        )


def open_arrays(path: Path) -> Arrays:
    """Return the arrays of a file, told by its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEADER_AT + 1)
    if head.startswith(_ZIP_MAGIC):
        return _Npz(path)
    if head.startswith(PARQUET_MAGIC):
        return _Parquet(path)
    if head[_HEADER_AT:] == b"{":
        return _Safetensors(path)
    return _Npy(path, ())


class _Npy(Arrays):
    has_names = False

    def shape(self, name: str) -> tuple[int, ...]:
        return self.read(name).shape

    def read(self, name: str) -> NDArray[Any]:  # noqa: ARG002 - it has one of any name
        array: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return array


class _Npz(Arrays):
    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
        names = [name for name in members if name.endswith(_MEMBER)]
        super().__init__(path, tuple(name.removesuffix(_MEMBER) for name in names))

    def shape(self, name: str) -> tuple[int, ...]:
        with self._member(name) as file:
            if npy.read_magic(file) == (1, 0):
                return npy.read_array_header_1_0(file)[0]
            return npy.read_array_header_2_0(file)[0]

    def read(self, name: str) -> NDArray[Any]:
        with self._member(name) as file:
            array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            return array

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        """Open an array; `numpy.load` takes any member for one."""
        if name not in self.names:
            raise self.absent(name)
        with (
            zipfile.ZipFile(self.path) as archive,
            archive.open(name + _MEMBER) as file,
        ):
            yield file


class _Safetensors(Arrays):
    def __init__(self, path: Path) -> None:
        if find_spec("safetensors") is None:
            raise MissingExtraError(
                what="safetensors, which reads the file, is not installed",
                mend='Install it with: pip install "zscwh[ingest]"',
            )
        self.path = path
        with self._opened("numpy") as file:
            super().__init__(path, tuple(file.keys()))

    def shape(self, name: str) -> tuple[int, ...]:
        with self._opened("numpy") as file:
            return tuple(self._slice(file, name).get_shape())

    def read(self, name: str) -> NDArray[Any]:
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
                mend="Save it as float32.",
            ) from error
        return array

    def _read_by_torch(self, name: str) -> NDArray[np.float32]:
        """Read bfloat16, which numpy does not know."""
        if find_spec("torch") is None:
            raise MissingExtraError(
                what="the array is of bfloat16, and torch, which reads that, is not "
                "installed",
                mend='Install it with: pip install "zscwh[ingest]", or save the array '
                "as float32.",
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
                what=f"cannot be read as safetensors ({error})",
                where=str(self.path),
                mend="Save it anew.",
            ) from error


class _Parquet(Arrays):
    def __init__(self, path: Path) -> None:
        import polars as pl

        with table_faults(path):
            self._schema = pl.read_parquet_schema(path)
        super().__init__(path, tuple(self._schema))

    def shape(self, name: str) -> tuple[int, ...]:
        import polars as pl

        columns = self._columns(name)
        with table_faults(self.path):
            n = pl.scan_parquet(self.path).select(pl.len()).collect().item()
        if columns != [name]:
            return (n, len(columns))
        kind = self._schema[name]
        if isinstance(kind, pl.Array):
            return (n, *kind.shape)
        if not isinstance(kind, pl.List):
            return (n,)
        with table_faults(self.path):
            first = pl.read_parquet(self.path, columns=columns, n_rows=1)[name]
        return (n, int(first.list.len().sum()))

    def read(self, name: str) -> NDArray[Any]:
        columns = self._columns(name)
        frame = self._frame(columns)
        if columns != [name]:
            array: NDArray[Any] = frame.select(columns).to_numpy()
        else:
            array = self._rows(frame[name])
        if array.dtype.kind == "O":
            raise DataError(
                what="the array must be of numbers, without gaps",
                where=f"{self.path}: {name}",
                mend="Name the right column, or fill the gaps.",
            )
        return array

    def labels(self, name: str) -> Labels:
        if name not in self.names:
            raise self.absent(name)
        return labels_of(self._frame([name])[name], f"{self.path}: {name}")

    def _rows(self, column: pl.Series) -> NDArray[Any]:
        """Return a column of lists as rows of one length."""
        import polars as pl

        if isinstance(column.dtype, pl.List):
            lengths = column.list.len().unique().to_list()
            if len(lengths) != 1 or lengths == [None]:
                raise DataError(
                    what="the lists of the column are not of one length",
                    where=f"{self.path}: {column.name}",
                    mend="Store features of one length, and a list in every row.",
                )
            column = column.list.to_array(lengths[0])
        array: NDArray[Any] = column.to_numpy()
        return array

    def _frame(self, columns: list[str]) -> pl.DataFrame:
        import polars as pl

        with table_faults(self.path):
            return pl.read_parquet(self.path, columns=columns)

    def _columns(self, name: str) -> list[str]:
        """Return the one column of a name, or the numbered ones in their order."""
        if name in self.names:
            return [name]
        for prefix in (f"{name}_", name):
            numbered = re.compile(rf"{re.escape(prefix)}(0|[1-9][0-9]*)")
            columns = [column for column in self.names if numbered.fullmatch(column)]
            if columns:
                return self._in_order(columns, prefix)
        raise self.absent(name)

    def _in_order(self, columns: list[str], prefix: str) -> list[str]:
        wanted = [f"{prefix}{number}" for number in range(len(columns))]
        if set(columns) != set(wanted):
            missing = next(column for column in wanted if column not in columns)
            raise DataError(
                what=f"the numbered columns have a gap: there is no '{missing}'",
                where=str(self.path),
                mend="Number them from 0 on.",
            )
        return wanted
