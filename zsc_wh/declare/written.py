"""Write keys and values as TOML does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(key: str) -> str:
    """Write a key, in quotes where it needs them.

    Examples
    --------
    >>> toml_key("kmeans"), toml_key("pca-0.85")
    ('kmeans', '"pca-0.85"')
    """
    return key if _BARE.fullmatch(key) else toml_value(key)


def toml_value(value: object) -> str:
    """Write a string, a finite number, a truth value, a list or an inline table.

    Examples
    --------
    >>> print(toml_value({"reducer": "none", "n": [1, 0.5], "is": True}))
    { reducer = "none", n = [1, 0.5], is = true }
    """
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    # JSON writes the rest as TOML does, but for one control character
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("\x7f", "\\u007f")
