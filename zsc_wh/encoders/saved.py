"""Open a file of weights, and say what it is where it is none.

No code in a file is run. What torch and safetensors say of a file is about their own
inside, and advises to run its code; so the file is looked at here.
"""

from __future__ import annotations

import argparse
import errno
import pickletools
import zipfile
import zlib
from pickle import UnpicklingError
from typing import IO, TYPE_CHECKING

from zsc_wh.encoders.archive import is_archive, read_archive
from zsc_wh.errors import DataError
from zsc_wh.words import printable, some

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SAFETENSORS_AT = 8  # the header begins with its length in 8 bytes, then JSON
_ZIP_MAGIC = b"PK\x03\x04"
_PICKLE_MAGIC = b"\x80"
_LFS = b"version https://git-lfs"
_HEAD_BYTES = 512
_PICKLES = 4
"""Before torch 1.6 a file began with three numbers about itself, each a pickle."""

_KNOWN = ("__torch__", "argparse", "collections", "torch")
"""Modules of what is rebuilt without running code of a file."""

_SAVE = "Save the weights alone: torch.save(network.state_dict(), NEW)."
_AGAIN = "Download or copy it again."


def open_saved(path: Path) -> object:
    """Return what a file of safetensors, of ``torch.save`` or of TorchScript holds.

    Which of them it is, its content says.

    Raises
    ------
    DataError
        When it cannot be read, is damaged or is something else; it says what.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    head = b""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if _is_safetensors(head):
            return load_file(path)
        if head.startswith(_ZIP_MAGIC) and is_archive(path):
            return read_archive(path)
        # what training scripts save beside the weights, and which holds no code
        with (
            torch.serialization.safe_globals([argparse.Namespace]),
            path.open("rb") as file,
        ):
            return torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        if error.errno == errno.EINVAL:  # torch seeks in front of what is cut off
            raise _unreadable(path, head) from error
        raise DataError(
            what=f"the file cannot be read ({error.strerror})",
            where=str(path),
            hint="Check the file and its permissions.",
        ) from error
    except (RuntimeError, EOFError, ValueError, LookupError, AttributeError) as error:
        raise _unreadable(path, head) from error
    except (UnpicklingError, TypeError, SafetensorError, MemoryError) as error:
        raise _unreadable(path, head) from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(path, head) from error


def _is_safetensors(head: bytes) -> bool:
    is_other = head.startswith((_ZIP_MAGIC, _PICKLE_MAGIC))
    return not is_other and head[_SAFETENSORS_AT : _SAFETENSORS_AT + 1] == b"{"


def _unreadable(path: Path, head: bytes) -> DataError:
    what, hint = _diagnosis(path, head)
    return DataError(what=what, where=str(path), hint=hint)


def _diagnosis(path: Path, head: bytes) -> tuple[str, str]:
    """Return what a file is that cannot be read, and what to do with it."""
    if not head:
        return "the file is empty", _AGAIN
    if head.startswith(_LFS):
        return (
            "this is a pointer of Git LFS, not the weights",
            "Fetch them with `git lfs pull`.",
        )
    if head.lstrip()[:1] == b"<":
        return (
            "this is a web page, not weights",
            "Open it to see what the server said, and download the file again.",
        )
    if _is_safetensors(head):
        return "this file of safetensors is cut off or damaged", _AGAIN
    if head.startswith(_ZIP_MAGIC):
        return _zip_diagnosis(path)
    if head.startswith(_PICKLE_MAGIC):
        with path.open("rb") as file:
            return _pickle_diagnosis(file)
    return (
        "this is neither a file of torch.save nor one of safetensors",
        f"{_AGAIN} {_SAVE}",
    )


def _zip_diagnosis(path: Path) -> tuple[str, str]:
    """Return what a zip archive is that torch did not read; torch's files are ones."""
    damaged = ("this file of torch.save is cut off or damaged", _AGAIN)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if is_archive(path):
                damaged = ("this TorchScript archive is cut off or damaged", _AGAIN)
            pickled = [name for name in names if name.endswith("/data.pkl")]
            if any(name.endswith(".npy") for name in names):
                return (
                    f"this is a file of NumPy arrays: {some(names)}",
                    "Load it into the network with the code that it belongs to, and "
                    "save that: torch.save(network.state_dict(), NEW).",
                )
            if not pickled:
                return (
                    f"this is a zip archive without weights; it holds {some(names)}",
                    "Name the file of the weights, unpacked.",
                )
            with archive.open(pickled[0]) as file:
                return _pickle_diagnosis(file, damaged)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        return damaged


def _pickle_diagnosis(
    file: IO[bytes], damaged: tuple[str, str] | None = None
) -> tuple[str, str]:
    """Name the objects that a pickle holds beside weights."""
    strange = list(dict.fromkeys(_strange(file)))
    if strange:
        return (
            f"beside weights it holds objects of {some(strange)}, which only code can "
            "load, and none is run",
            _SAVE,
        )
    return damaged or (
        "this is a pickle that torch did not save, or it is cut off or damaged",
        f"{_AGAIN} {_SAVE}",
    )


def _strange(file: IO[bytes]) -> Iterator[str]:
    """Yield the names that pickles look up outside of torch; none is run."""
    texts: list[str] = []
    operations = (each for _ in range(_PICKLES) for each in pickletools.genops(file))
    try:
        for code, value, _ in operations:
            name = None
            if isinstance(value, str):
                texts.append(value)
            if code.name == "GLOBAL":
                name = str(value).replace(" ", ".")
            elif code.name == "STACK_GLOBAL" and len(texts) > 1:
                name = ".".join(texts[-2:])
            if name is not None and name.split(".", 1)[0] not in _KNOWN:
                yield printable(name)
    except (ValueError, UnicodeDecodeError, EOFError, IndexError, OverflowError):
        return  # cut off or damaged: what came before counts
