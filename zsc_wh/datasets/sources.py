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

from zsc_wh.datasets.arrays import Arrays, Npy, Npz, Safetensors
from zsc_wh.datasets.columns import Parquet
from zsc_wh.datasets.contents import PARQUET_MAGIC
from zsc_wh.datasets.foreign import not_as_declared
from zsc_wh.errors import AbsentError, ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from zsc_wh.datasets.listing import Labels

TEXT_SUFFIXES = (".txt", ".csv", ".tsv", ".list")
"""Names of files of sample ids that are text."""

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_NPY_MAGIC = b"\x93NUMPY"
_HEADER_AT = 8  # a safetensors file begins with a length of 8 bytes, then JSON

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


DATA = "ZSCWH_DATA"
"""Variable that names the folders of published datasets, as PATH names folders."""


def data_roots() -> list[str]:
    """Return the folders that `DATA` names, in their order.

    A relative one starts at the working folder, as in any other variable of a shell.
    """
    named = filter(None, os.environ.get(DATA, "").split(os.pathsep))
    return [os.path.abspath(os.path.expanduser(each)) for each in named]  # noqa: PTH100, PTH111 - also of "..", which Path keeps


def candidates(text: str, base: Path, **names: str) -> list[Path]:
    """Return the paths that a declaration can mean: one per folder of data.

    Parameters and errors are those of `resolve`.
    """
    roots = data_roots() if f"${{{DATA}}}" in text else [""]
    if not roots:
        raise _not_set(DATA, text)
    return [_expanded(text, base, root, names) for root in roots]


def resolve(text: str, base: Path, **names: str) -> Path:
    """Return the path that a declaration means.

    Parameters
    ----------
    text : str
        As declared; ``~`` and ``${VAR}`` are expanded. ``${ZSCWH_DATA}`` stands for
        the first of several folders in which the path exists.
    base : Path
        Folder of the declaring file, where relative paths start.
    **names : str
        What ``{name}`` stands for.

    Raises
    ------
    ConfigError
        When a variable is not set, or there is no home folder for ``~``.
    DataError
        When there are several folders of data, and it is in none of them.
    """
    paths = candidates(text, base, **names)
    if len(paths) == 1:
        return paths[0]
    found = next((path for path in paths if path.exists()), None)
    if found is None:
        raise AbsentError(
            what=f"it is in none of the {len(paths)} folders that {DATA} names",
            where=text,
            hint="Put it at one of these places: " + ", ".join(map(str, paths)),
        )
    return found


def _expanded(text: str, base: Path, root: str, names: Mapping[str, str]) -> Path:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == DATA:
            return root
        if name not in os.environ:
            raise _not_set(name, text)
        return os.environ[name]

    expanded = _VARIABLE.sub(value, text)
    for name, meaning in names.items():
        expanded = expanded.replace(f"{{{name}}}", meaning)
    try:
        return base / Path(expanded).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            what="the home folder cannot be found", where=text, hint="Write it out."
        ) from error


def _not_set(name: str, text: str) -> ConfigError:
    more = " (or --data /folder)" if name == DATA else ""
    return ConfigError(
        what=f"the environment variable {name} is not set",
        where=text,
        hint=f"Set it, as in: export {name}=/folder{more}, or write the path out.",
    )


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
            self._arrays = _open_arrays(path)

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
        """Return an array of numbers or strings.

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
        """Return an array or column of whole numbers or strings; NULL becomes None.

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
            raise AbsentError(
                what="no such file",
                where=str(self.path),
                hint="A relative path starts at the folder of the declaring file.",
            ) from error
        except OSError as error:
            raise DataError(
                what=f"cannot be read ({error.strerror or 'damaged archive'})",
                where=str(self.path),
                hint="Check that it is a file that you may read.",
            ) from error
        except (
            ValueError,
            EOFError,
            RuntimeError,  # an encrypted archive
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise DataError(
                what="cannot be read as arrays: the file is damaged, cut off or "
                "encrypted",
                where=str(self.path),
                hint="Write or copy it again, as with numpy.save or numpy.savez.",
            ) from error


def _open_arrays(path: Path) -> Arrays:
    """Return the arrays of a file, told by its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEADER_AT + 1)
    if head.startswith(_ZIP_MAGIC):
        return Npz(path)
    if head.startswith(PARQUET_MAGIC):
        return Parquet(path)
    if head[_HEADER_AT:] == b"{":
        return Safetensors(path)
    if head.startswith(_NPY_MAGIC):
        return Npy(path, ())
    raise not_as_declared(path, "arrays")


def read_ids(file: ArrayFile, name: str) -> tuple[str, ...]:
    """Return sample ids that lie beside features in one file, as texts.

    Raises
    ------
    DataError
        When the file has no names, the array is not one of texts or whole numbers in
        one dimension, or an id is missing or occurs twice.
    """
    if not file.has_names:
        raise DataError(
            what=f"ids = '{name}' names an array of an .npz file, and this is .npy",
            where=str(file.path),
            hint="Save features and ids together with numpy.savez; an encoder may name "
            "the file of its ids with `ids_path`.",
        )
    return _distinct(file.labels(name), f"{file.path}: {name}")


def read_id_file(path: Path, name: str) -> tuple[str, ...]:
    """Return the sample ids in a file of their own, as texts.

    Parameters
    ----------
    path : Path
        A text file in UTF-8 with an id on every line, as its suffix says (see
        `TEXT_SUFFIXES`), or a file of arrays.
    name : str
        Of the array, where the file has names.

    Raises
    ------
    DataError
        When it is absent or of another kind, or an id is missing or occurs twice.
    """
    if path.suffix.lower() not in TEXT_SUFFIXES:
        return _distinct(ArrayFile(path).labels(name), f"{path}: {name}")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            what="the ids cannot be read: there is no such text file in UTF-8",
            where=str(path),
            hint="A relative path starts at the folder of the declaring file.",
        ) from error
    return _distinct([line.strip() or None for line in lines], str(path))


def _distinct(labels: Labels, where: str) -> tuple[str, ...]:
    """Return labels as texts that are all there and all different."""
    if None in labels:
        raise DataError(
            what="a sample id is missing",
            where=where,
            hint="Every sample needs an id of its own.",
        )
    ids = tuple(map(str, labels))
    if len(set(ids)) < len(ids):
        raise DataError(
            what=f"the sample id '{Counter(ids).most_common(1)[0][0]}' occurs more "
            "than once",
            where=where,
            hint="Every sample needs an id of its own.",
        )
    return ids
