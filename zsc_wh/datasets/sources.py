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
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from zsc_wh.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MEMBER = ".npy"  # np.savez adds it to the name of every array


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
    """A ``.npy`` file with one array or an ``.npz`` file with named ones.

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
            with path.open("rb") as file:
                self.is_npz = file.read(4) in _ZIP_MAGIC
            self.names: tuple[str, ...] = ()
            if self.is_npz:
                with zipfile.ZipFile(path) as archive:
                    members = archive.namelist()
                self.names = tuple(
                    name.removesuffix(_MEMBER)
                    for name in members
                    if name.endswith(_MEMBER)
                )

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array from its header alone."""
        with self._faults():
            if not self.is_npz:
                return self._mapped().shape
            with self._member(name) as file:
                if npy.read_magic(file) == (1, 0):
                    return npy.read_array_header_1_0(file)[0]
                return npy.read_array_header_2_0(file)[0]

    def read(self, name: str) -> NDArray[Any]:
        """Return an array; a ``.npy`` file is mapped and has one array of any name.

        Raises
        ------
        DataError
            When there is no such array, or it is unsound or holds Python objects.
        """
        with self._faults():
            if not self.is_npz:
                return self._mapped()
            with self._member(name) as file:
                array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
                return array

    def _mapped(self) -> NDArray[Any]:
        array: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return array

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        """Open an array of an ``.npz``; `numpy.load` takes any member for one."""
        if name not in self.names:
            raise DataError(
                what=f"there is no array '{name}' in the file",
                where=str(self.path),
                mend=f"It has: {', '.join(self.names) or 'none'}.",
            )
        with (
            zipfile.ZipFile(self.path) as archive,
            archive.open(name + _MEMBER) as file,
        ):
            yield file

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
        When the file is no ``.npz``, the array is not one of texts or whole numbers
        in one dimension, or an id occurs twice.
    """
    if not file.is_npz:
        raise DataError(
            what=f"ids = '{name}' names an array of an .npz file, and this is .npy",
            where=str(file.path),
            mend="Save features and ids together with numpy.savez.",
        )
    array = file.read(name)
    check_plain(array, f"{file.path}: {name}")
    ids = tuple(str(value) for value in array.tolist())
    if len(set(ids)) < len(ids):
        raise DataError(
            what=f"the sample id '{Counter(ids).most_common(1)[0][0]}' occurs more "
            "than once",
            where=f"{file.path}: {name}",
            mend="Every sample needs an id of its own.",
        )
    return ids


def check_plain(array: NDArray[Any], where: str) -> None:
    """Check that an array is one-dimensional, of whole numbers or texts.

    Raises
    ------
    DataError
        When it is anything else.
    """
    if array.ndim != 1 or array.dtype.kind not in "iuU":
        raise DataError(
            what=f"the array must be one-dimensional, of whole numbers or texts, not "
            f"{array.ndim}-dimensional of {array.dtype}",
            where=where,
            mend="Save it as integers or strings.",
        )
