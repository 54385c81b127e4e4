"""Read the arrays of MATLAB files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import DataError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def array_of(content: Mapping[str, Any], name: str, path: Path) -> NDArray[Any]:
    """Return an array of a file.

    Raises
    ------
    DataError
        When there is none of that name.
    """
    if name not in content:
        held = [key for key in content if not key.startswith("__")]
        raise DataError(
            what=f"there is no array '{name}'" + nearest(name, held),
            where=str(path),
            mend=f"It holds {', '.join(held) or 'nothing'}.",
        )
    found: NDArray[Any] = content[name]
    return found


def read_arrays(path: Path, names: Sequence[str]) -> Mapping[str, Any]:
    """Return the arrays of a file by name; all it holds where one is absent.

    Parameters
    ----------
    path : Path
        A file up to version 7.
    names : sequence of str
        Which arrays; all if empty.

    Raises
    ------
    DataError
        When it is of another kind or damaged.
    """
    # takes a third of a second to import, and only this kind of file needs it
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content: Mapping[str, Any] = loadmat(str(path), variable_names=[*names] or None)
        if any(name not in content for name in names):
            content = loadmat(str(path))
    except NotImplementedError as error:
        raise DataError(
            what="this is a MATLAB file of version 7.3, which is HDF5",
            where=str(path),
            mend="Save it again with `save -v7`, or as .npz for the loader embeddings.",
        ) from error
    except (
        MatReadError,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
    ) as error:
        raise DataError(
            what="this is not a MATLAB file, or it is damaged",
            where=str(path),
            mend="Download it again from its official page.",
        ) from error
    return content


def read_columns(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return arrays of a file as columns of a table: whole numbers or texts.

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
        whole numbers or texts, or they differ in length.
    """
    content = read_arrays(path, names)
    chosen = names or [key for key in content if not key.startswith("__")]
    columns = {
        name: _column(array_of(content, name, path), name, path) for name in chosen
    }
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DataError(
            what=f"the arrays are not of one length ({told})",
            where=str(path),
            mend="Name those that belong together in `columns`.",
        )
    return columns


def _column(array: NDArray[Any], name: str, path: Path) -> NDArray[Any]:
    column = np.ravel(array)
    is_whole = column.dtype.kind == "f" and bool((column == np.floor(column)).all())
    if is_whole:
        return column.astype(np.int64)
    if column.dtype.kind not in "iuU" or array.size != max(array.shape, default=1):
        raise DataError(
            what=f"'{name}' is not one row or column of whole numbers or texts, but "
            f"{' x '.join(map(str, array.shape))} of {array.dtype}",
            where=str(path),
            mend="Name another array in `columns`.",
        )
    return column
