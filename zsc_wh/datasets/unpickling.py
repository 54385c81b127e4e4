"""Read the data out of a pickle without running what it asks for.

A pickle is a program: it names functions and calls them. The batches of CIFAR hold
nothing but dictionaries, lists, texts and arrays of numbers, so those are rebuilt here,
and a pickle that names anything else is refused.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS = {"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"}
"""Types of arrays that hold numbers alone."""


class _RefusedError(Exception):
    """The pickle holds more than data."""


class _Type:
    """Stands for `numpy.dtype`: keeps the name and the order of bytes."""

    def __init__(self, name: object, *_: object) -> None:
        self.name = name.decode("ascii") if isinstance(name, bytes) else name
        self.order = "|"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        self.order = order.decode("ascii") if isinstance(order, bytes) else order

    def dtype(self) -> np.dtype[Any]:
        """Return the type, which has to be one of numbers."""
        if self.name not in _KINDS or self.order not in ("|", "<", ">", "="):
            raise _RefusedError
        return np.dtype(f"{self.order}{self.name}")


class _Array:
    """Stands for `numpy.ndarray`: keeps its state, which holds the bytes."""

    def __init__(self) -> None:
        self.state: tuple[Any, ...] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def array(self) -> NDArray[Any]:
        """Return the array; its size is that of the bytes that are there."""
        if self.state is None:
            raise _RefusedError
        _, shape, kind, is_fortran, content = self.state
        if 0 in shape:  # rows without a byte, in any number
            raise _RefusedError
        if isinstance(content, str):  # bytes of Python 2, read as Latin-1
            content = content.encode("latin-1")
        flat = np.frombuffer(content, kind.dtype())
        return flat.reshape(shape, order="F" if is_fortran else "C")


def _reconstruct(*_: object) -> _Array:
    """Stand for `numpy.core.multiarray._reconstruct`, which makes an empty array."""
    return _Array()


def _frombuffer(content: bytes, kind: _Type, shape: object, order: str) -> _Array:
    """Stand for `numpy.core.numeric._frombuffer`, which pickles of today name."""
    made = _Array()
    made.state = (1, shape, kind, order == "F", content)
    return made


def _encode(text: str, encoding: str) -> bytes:
    """Stand for `_codecs.encode`, by which Python 3 writes bytes for Python 2."""
    if encoding != "latin1":
        raise _RefusedError
    return text.encode("latin-1")


_ALLOWED = {
    ("numpy", "dtype"): _Type,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
}


_KEEP = {"PUT", "BINPUT", "LONG_BINPUT"}
"""What keeps a thing in the memory of a pickle under a number."""

_FAULTS = (
    _RefusedError,
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What a damaged or foreign pickle raises on the way."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise _RefusedError
        return _ALLOWED[module, name]


def unpickle(file: IO[bytes], where: str) -> dict[str, Any]:
    """Return the dictionary that a pickle holds.

    Parameters
    ----------
    file : file
        Open for reading in binary form; of Python 2 or 3.
    where : str
        Its path, for messages.

    Returns
    -------
    dict of str to object
        Keys as texts; arrays of numbers, lists, texts and bytes as they were.

    Raises
    ------
    DataError
        When it holds anything else, is damaged, or is not a dictionary.
    """
    try:
        _check_memory(file)
        found = _Unpickler(file, encoding="bytes").load()
        return {_text(key): _plain(value) for key, value in found.items()}
    except _FAULTS as error:
        raise DataError(
            what="this is not a pickle of numbers and strings alone, or it is damaged",
            where=where,
            hint="Nothing in it was run. Download the file again from its official "
            "page.",
        ) from error


def _check_memory(file: IO[bytes]) -> None:
    """Refuse numbers in the memory of a pickle that are higher than it has bytes.

    The memory is an array as long as the highest number: ten bytes can take 32 GB.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    for code, number, _ in pickletools.genops(file):
        if code.name in _KEEP and int(number or 0) > size:
            raise _RefusedError
    file.seek(0)


def _text(key: object) -> str:
    if isinstance(key, bytes):
        return key.decode("utf-8")
    if isinstance(key, str):
        return key
    raise _RefusedError


def _plain(value: Any) -> Any:
    return value.array() if isinstance(value, _Array) else value
