"""Say of a file that DuckDB does not open what it is, in words that help.

Imports duckdb; imported only by modules of this package.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb

from zsc_wh.errors import SchemaError

if TYPE_CHECKING:
    from pathlib import Path


def cannot_open(path: Path, *, to_write: bool) -> SchemaError:
    """Make the error of a file that DuckDB does not open, by what the file is."""
    why, hint = _why_not(path, to_write=to_write)
    return SchemaError(
        what=f"the file cannot be opened as a warehouse: {why}",
        where=str(path),
        hint=hint,
    )


def _why_not(path: Path, *, to_write: bool) -> tuple[str, str]:
    """Return what is wrong with the file, and what to do."""
    allowed = "Check the path, and that this user may read and write it."
    if path.is_dir():
        return "it is a folder", "Name a file with --warehouse."
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
    except FileNotFoundError:
        return "it cannot be made", "Check that its folder is there and can be written."
    except OSError as error:
        return f"it cannot be read ({error.strerror})", allowed
    if not head:
        return "it is empty", "Remove it, and make one with 'zscwh init'."
    if not head.endswith(_MAGIC):
        return "it is not a DuckDB file", "Name another file with --warehouse."
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if to_write and not writable:
        return "this user may not write it", allowed
    return (
        f"it is damaged, or of a newer DuckDB than {duckdb.__version__}",
        "Upgrade duckdb; a backup comes in with 'zscwh import'.",
    )


_MAGIC, _MAGIC_AT = b"DUCK", 8
"""What a DuckDB file says of itself behind its first checksum."""
