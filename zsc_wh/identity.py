"""Keys: sha256 over canonical JSON of all that changes a result, and nothing else.

Paths, devices, chunk sizes and worker counts never enter a key. A stage that changes
its results because of a fix of ours gets a new number in `REVISIONS`, which reopens
what it made and all that follows from it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

REVISIONS: Mapping[str, int] = {
    "embed": 2,
    "concat": 1,
    "neighbours": 1,
    "reduce": 1,
    "linkage": 1,
    "cluster": 1,
    "probe": 2,
}
"""Raised by us when a fix changes what a stage computes from the same input."""


def canonical_json(value: Any) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, shortest floats.

    Raises
    ------
    TypeError
        For anything but None, bool, int, finite float, str, sequences and mappings
        with text keys.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": (1, None)})
    '{"a":[1,null],"b":1.0}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def key_of(kind: str, **parts: Any) -> str:
    """Return the key (64 hexadecimal digits) of a thing of this kind."""
    content = {"kind": kind, "revision": REVISIONS.get(kind, 1), **parts}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            message = "a key cannot hold nan or infinity"
            raise TypeError(message)
        return value
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            message = "a key can hold only mappings with text keys"
            raise TypeError(message)
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    message = f"a key cannot hold {type(value).__name__}"
    raise TypeError(message)
