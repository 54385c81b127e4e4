"""Where a key stands: a file and the path of keys to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zsc_wh.declare.written import toml_key

if TYPE_CHECKING:
    from pathlib import Path

Keys = tuple[str | int, ...]
"""Keys of tables and positions in lists, from the top of a file."""


@dataclass(frozen=True)
class Place:
    """A key of a file; no keys stand for the file itself.

    Examples
    --------
    >>> str(Place(Path("g.toml")) / "reducer" / "pca-0.5" / "kind")
    'reducer."pca-0.5".kind'
    """

    file: Path
    keys: Keys = ()

    def __truediv__(self, key: str | int) -> Place:
        return replace(self, keys=(*self.keys, key))

    def __str__(self) -> str:
        """Write the keys as TOML does, a position in a list in brackets."""
        text = ""
        for key in self.keys:
            if isinstance(key, int):
                text += f"[{key}]"
            else:
                shown = toml_key(key)
                text += f".{shown}" if text else shown
        return text
