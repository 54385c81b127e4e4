"""Flip bits of files, one byte after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def flips(path: Path) -> Iterator[int]:
    """Flip one bit of each byte in turn; the file is whole again afterwards.

    Yields the position. The bit moves with it, so that each of the eight is met.
    """
    content = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for position, byte in enumerate(content):
            file.seek(position)
            file.write(bytes([byte ^ 1 << position % 8]))
            yield position
            file.seek(position)
            file.write(bytes([byte]))
