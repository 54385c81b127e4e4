"""Find and read what a loader's parameters point at: paths and stored arrays.

Arrays are read without pickle, so a file from elsewhere can hold no code.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsc_wh.datasets.arrays import open_arrays
from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from zsc_wh.datasets.listing import Labels

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def resolve(text: str, base: Path, **names: str) -> Path:
    """Return the path that a declaration means.

    Parameters
    ----------
    text : str
        As declared; ``~`` and ``${VAR}`` are expanded.
    base : Path
        Folder of the declaring file, where relative paths start.
    **names : str
        What ``{name}`` stands for.

    Raises
    ------
    ConfigError
        When a variable is not set, or there is no home folder for ``~``.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise ConfigError(
                what=f"the environment variable {name} is not set",
                where=text,
                mend=f"Set it, as in: export {name}=/folder, or write the path out.",
            )
        return os.environ[name]

    expanded = _VARIABLE.sub(value, text)
    for name, meaning in names.items():
        expanded = expanded.replace(f"{{{name}}}", meaning)
    try:
        return base / Path(expanded).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            what="the home folder cannot be found", where=text, mend="Write it out."
        ) from error


class ArrayFile:
    """A file of arrays: ``.npy``, ``.npz``, ``.safetensors`` or Parquet.

    Parameters
    ----------
    path : Path
        The file; what it is, its content says.

    Raises
    ------
    DataError
        When it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._faults():
            self._arrays = open_arrays(path)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays or columns; none in a ``.npy`` file."""
        return self._arrays.names

    @property
    def has_names(self) -> bool:
        """Whether there can be several arrays; a ``.npy`` file has one of any name."""
        return self._arrays.has_names

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array from the header of the file."""
        with self._faults():
            return self._arrays.shape(name)

    def read(self, name: str) -> NDArray[Any]:
        """Return an array of numbers or texts.

        A ``.npy`` file is mapped. Numbers of 16 bits in a ``.safetensors`` file come
        back as float32. In a Parquet file the name is that of a column of lists, or
        what the names of numbered columns begin with, ``name_0`` or ``name0`` on.

        Raises
        ------
        DataError
            When there is no such array, or it is unsound or holds Python objects.
        MissingExtraError
            When a package that reads such a file is not installed.
        """
        with self._faults():
            return self._arrays.read(name)

    def labels(self, name: str) -> Labels:
        """Return an array or column of whole numbers or texts; NULL becomes None.

        Raises
        ------
        DataError
            When it is anything else, or absent.
        """
        with self._faults():
            return self._arrays.labels(name)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what numpy, zipfile and the system raise into a `DataError`."""
        try:
            yield
        except FileNotFoundError as error:
            raise DataError(
                what="no such file",
                where=str(self.path),
                mend="A relative path starts at the folder of the declaring file.",
            ) from error
        except (
            OSError,
            ValueError,
            EOFError,
            RuntimeError,  # an encrypted archive
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise DataError(
                what=f"cannot be read as arrays without pickle ({error})",
                where=str(self.path),
                mend="Save it anew with numpy.save or numpy.savez, as plain numbers "
                "or text.",
            ) from error


def read_ids(file: ArrayFile, name: str) -> tuple[str, ...]:
    """Return an array of sample ids as texts.

    Raises
    ------
    DataError
        When the file has no names, the array is not one of texts or whole numbers in
        one dimension, or an id is missing or occurs twice.
    """
    where = f"{file.path}: {name}"
    if not file.has_names:
        raise DataError(
            what=f"ids = '{name}' names an array of an .npz file, and this is .npy",
            where=str(file.path),
            mend="Save features and ids together with numpy.savez.",
        )
    labels = file.labels(name)
    if None in labels:
        raise DataError(
            what="a sample id is missing",
            where=where,
            mend="Every sample needs an id of its own.",
        )
    ids = tuple(map(str, labels))
    if len(set(ids)) < len(ids):
        raise DataError(
            what=f"the sample id '{Counter(ids).most_common(1)[0][0]}' occurs more "
            "than once",
            where=where,
            mend="Every sample needs an id of its own.",
        )
    return ids
