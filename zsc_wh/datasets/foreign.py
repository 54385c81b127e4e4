"""Say what a file seems to be that is not what was declared, and what to do with it.

What a library says of such a file ("allow_pickle=False", "No data left") is about its
own inside; this is about the file.
"""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING

from zsc_wh.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 4096
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_USER_BLOCK = 512  # MATLAB 7.3 writes a header of its own in front

_TORCH = (
    "a PyTorch checkpoint",
    "Save its tensors as arrays: numpy.savez('features.npz', "
    "embeddings=tensor.numpy()), or as .safetensors.",
)
_MATLAB = (
    "a MATLAB file",
    "Read it with scipy.io.loadmat (with h5py from version 7.3 on) and save the "
    "arrays with numpy.savez.",
)
_PICKLE = (
    "a pickle, and arrays are read without pickle, which can run code",
    "Open it in Python if you trust it, and save the arrays with numpy.savez.",
)
_TEXT = (
    "text",
    "Read it with numpy.loadtxt or polars, and save the numbers with numpy.savez or as "
    "Parquet.",
)
_EXCEL = ("an Excel workbook", "Save the sheet as CSV UTF-8 (comma delimited).")

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        _HDF5,
        "an HDF5 file",
        "Read it with h5py and save the arrays with numpy.savez.",
    ),
    (b"MATLAB", *_MATLAB),
    # PyTorch before 1.6: a pickled number that it chose
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", *_TORCH),
    (b"\x80\x02", *_PICKLE),
    (b"\x80\x03", *_PICKLE),
    (b"\x80\x04", *_PICKLE),
    (b"\x80\x05", *_PICKLE),
    (b"\xd0\xcf\x11\xe0", *_EXCEL),
    (b"\x1f\x8b", "a gzip file", "Unpack it with gunzip."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet."),
    (b"FEA1", "a Feather file", "Save it as Parquet."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV or Parquet."),
    (b"\x93NUMPY", "a NumPy array", "Save it as CSV or Parquet."),
    (b"PAR1", "a Parquet file", "Save it again: it may be cut off."),
    (b"\xff\xd8\xff", "a JPEG image", "Name the file of the features."),
    (b"\x89PNG", "a PNG image", "Name the file of the features."),
)


def not_as_declared(path: Path, wanted: str) -> DataError:
    """Make the error of a file that is something else than what was declared.

    Parameters
    ----------
    path : Path
        A file that can be opened.
    wanted : str
        What it should have been, such as "a table".

    Raises
    ------
    OSError
        When it cannot be opened.
    """
    with path.open("rb") as file:
        seems, hint = _guess(file, path.suffix.lower())
    return DataError(
        what=f"cannot be read as {wanted}: {seems}", where=str(path), hint=hint
    )


def _guess(file: IO[bytes], suffix: str) -> tuple[str, str]:
    """Return what a file seems to be, and what to do with it."""
    head = file.read(_HEAD_BYTES)
    if not head:
        return "the file is empty", "Write it again, or name another file."
    if zipfile.is_zipfile(file):
        seems, hint = _guess_zip(file)
        return f"it seems to be {seems}", hint
    for magic, seems, hint in _MAGIC:
        if head.startswith(magic):
            return f"it seems to be {seems}", hint
    if head[_HDF5_USER_BLOCK:].startswith(_HDF5):
        seems, hint = _MATLAB
    elif suffix in (".pkl", ".pickle", ".joblib"):
        seems, hint = _PICKLE
    elif b"\0" not in head and _is_text(head):
        seems, hint = _TEXT
    else:
        return "its content is of no kind known here", (
            "Save the arrays with numpy.save or numpy.savez, as .safetensors or as "
            "Parquet, and tables as CSV in UTF-8 or as Parquet."
        )
    return f"it seems to be {seems}", hint


def _guess_zip(file: IO[bytes]) -> tuple[str, str]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    if any(name.endswith("data.pkl") for name in names):
        return _TORCH
    if any(name.startswith("xl/") for name in names):
        return _EXCEL
    if "content.xml" in names:
        return "an OpenDocument file", "Save the sheet as CSV in UTF-8."
    return "a zip archive", "Unpack it, and name the file in it."


def _is_text(head: bytes) -> bool:
    try:
        # the last character may be cut in two
        head[:-3].decode()
    except UnicodeDecodeError:
        return False
    return True
