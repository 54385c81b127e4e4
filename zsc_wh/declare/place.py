"""Where a key stands: a file and the path of keys to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BARE = re.compile(r"[A-Za-z0-9_-]+")

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
                bare = _BARE.fullmatch(key)
                shown = key if bare else json.dumps(key, ensure_ascii=False)
                text += f".{shown}" if text else shown
        return text
