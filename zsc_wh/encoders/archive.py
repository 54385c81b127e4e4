"""Read the weights of a TorchScript archive without loading its program.

OpenAI publishes CLIP so. ``torch.jit.load`` compiles the program of an archive and
unpickles whatever it names, and ``torch.load(weights_only=True)`` refuses archives. An
archive holds a tree of layers, pickled, beside one file of bytes per tensor; here the
tree is read with an unpickler that knows tensors and plain layers, and nothing else.
"""

from __future__ import annotations

import math
import pickle
import zipfile
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import torch

_TYPES = {
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
"""Names that torch gives to files of numbers, and the type of the numbers."""

_LISTS = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")


def is_archive(path: Path) -> bool:
    """Whether a file is a TorchScript archive rather than one of ``torch.save``."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as file:
        return any(name.endswith("/constants.pkl") for name in file.namelist())


def read_archive(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of the layers of an archive, by name as in a state dict.

    Raises
    ------
    pickle.UnpicklingError
        When it holds anything but layers, tensors, numbers, text, and lists of them.
    zipfile.BadZipFile, ValueError, LookupError, EOFError, TypeError, AttributeError
        When it is cut off or damaged.
    """
    with zipfile.ZipFile(path) as file:
        root = next(
            name.removesuffix("constants.pkl")
            for name in file.namelist()
            if name.endswith("/constants.pkl")
        )
        with file.open(f"{root}data.pkl") as pickled:
            layers = _Unpickler(pickled, file, root).load()
    return dict(_tensors(layers, ""))


class _Layer:
    """A layer as it was pickled: its parts by name, and none of its code."""

    def __setstate__(self, parts: object) -> None:
        if not isinstance(parts, dict):
            message = f"a layer of {type(parts).__name__}"
            raise pickle.UnpicklingError(message)
        self.parts = parts


class _Unpickler(pickle.Unpickler):
    """Knows tensors of this archive and layers; refuses every other name."""

    def __init__(self, pickled: Any, file: zipfile.ZipFile, root: str) -> None:
        super().__init__(pickled)
        self._file = file
        self._root = root

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a name; only names listed here mean anything."""
        if module.split(".", 1)[0] == "__torch__":
            return _Layer
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle" and name in _LISTS:
            return list
        message = f"{module}.{name}"
        raise pickle.UnpicklingError(message)

    def persistent_load(self, pid: Any) -> torch.Tensor:
        """Return the numbers of one file of the archive, as a vector."""
        import torch

        _, kind, key, *_ = pid
        content = bytearray(self._file.read(f"{self._root}data/{key}"))
        dtype: torch.dtype = getattr(torch, kind)
        if not content:
            return torch.empty(0, dtype=dtype)
        return torch.frombuffer(content, dtype=dtype)


def _rebuild(
    numbers: torch.Tensor,
    offset: int,
    size: Sequence[int],
    stride: Sequence[int],
    *_: object,
) -> torch.Tensor:
    """Return a tensor of these numbers; torch checks that they are enough."""
    if math.prod(size) > len(numbers):  # each may be used over and over
        message = f"a tensor of {math.prod(size)} numbers out of {len(numbers)}"
        raise pickle.UnpicklingError(message)
    return numbers.as_strided(tuple(size), tuple(stride), offset).clone()


def _tensors(layer: object, prefix: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of a layer and of the layers in it."""
    import torch

    for name, part in getattr(layer, "parts", {}).items():
        if isinstance(part, torch.Tensor):
            yield f"{prefix}{name}", part
        else:
            yield from _tensors(part, f"{prefix}{name}.")
