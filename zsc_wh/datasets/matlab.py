"""Read the arrays of MATLAB files."""

from __future__ import annotations

import zlib
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.datasets.claims import check_unpacked
from zsc_wh.errors import DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


_BYTES = {
    "char": 4,
    "logical": 1,
    **{f"{sign}int{8 * size}": size for sign in ("", "u") for size in (1, 2, 4, 8)},
    "single": 4,
    "double": 8,
}
"""Size of an item, by the kinds of arrays that are read. MATLAB may pack an item into
a byte, so a header can claim more than is there, but not by more than packing does."""


def read_arrays(path: Path, names: Sequence[str]) -> Mapping[str, Any]:
    """Return arrays of a file by name, once their headers are checked.

    Parameters
    ----------
    path : Path
        A file up to version 7.
    names : sequence of str
        Which arrays; all if empty.

    Raises
    ------
    DataError
        When it is of another kind or damaged, or an array is absent, holds neither
        numbers nor texts, or is larger than the file can hold.
    """
    # takes a third of a second to import, and only this kind of file needs it
    from scipy.io import loadmat, whosmat
    from scipy.io.matlab import MatReadError

    try:
        held = {name: (shape, kind) for name, shape, kind in whosmat(str(path))}
        chosen = [*names] or [*held]
        _check_headers(held, chosen, path)
        content = loadmat(str(path), variable_names=chosen)
    except NotImplementedError as error:
        raise DataError(
            what="this is a MATLAB file of version 7.3, which is HDF5",
            where=str(path),
            hint="Save it again with `save -v7`, or as .npz for the loader embeddings.",
        ) from error
    except (
        MatReadError,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
        MemoryError,  # a damaged length
        zlib.error,
    ) as error:
        raise DataError(
            what="this is not a MATLAB file, or it is damaged",
            where=str(path),
            hint="Download it again from its official page.",
        ) from error
    return {name: content[name] for name in chosen}


def _check_headers(
    held: Mapping[str, tuple[tuple[int, ...], str]], names: list[str], path: Path
) -> None:
    """Check from headers alone that arrays are there, of numbers, and fit in the file.

    An array of cells takes memory by its header, whatever is behind it.
    """
    size = path.stat().st_size
    for name in names:
        if name not in held:
            raise DataError(
                what=f"there is no array '{name}'" + nearest(name, held),
                where=str(path),
                hint=f"It holds {', '.join(held) or 'nothing'}.",
            )
        shape, kind = held[name]
        if kind not in _BYTES:
            raise DataError(
                what=f"'{name}' holds {kind}, not numbers or strings",
                where=str(path),
                hint="Name another array.",
            )
        claimed = prod(map(int, shape)) * _BYTES[kind]
        check_unpacked(claimed, size, f"{path}: {name}")


def read_columns(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return arrays of a file as columns of a table: whole numbers or strings.

    Parameters
    ----------
    path : Path
        A file up to version 7.
    names : sequence of str
        Which arrays; all if empty.

    Raises
    ------
    DataError
        When the file cannot be read, lacks an array, or one is not a row or column of
        whole numbers or strings, or they differ in length.
    """
    content = read_arrays(path, names)
    columns = {name: _column(array, name, path) for name, array in content.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DataError(
            what=f"the arrays are not of one length ({told})",
            where=str(path),
            hint="Name those that belong together in `columns`.",
        )
    return columns


def _column(array: NDArray[Any], name: str, path: Path) -> NDArray[Any]:
    column = np.ravel(array)
    is_whole = column.dtype.kind == "f" and bool((column == np.floor(column)).all())
    if is_whole:
        return column.astype(np.int64)
    if column.dtype.kind not in "iuU" or array.size != max(array.shape, default=1):
        raise DataError(
            what=f"'{name}' is not one row or column of whole numbers or strings, but "
            f"{' x '.join(map(str, array.shape))} of {array.dtype}",
            where=str(path),
            hint="Name another array in `columns`.",
        )
    return column
