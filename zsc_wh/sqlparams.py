"""Read the parameters that a query declares in its header.

A line is ``$name type = default help``. Besides types of SQL there are kinds of names,
such as ``dataset``: a value must be one that the warehouse has. ``text(a, b)`` takes
one of these texts, and ``[]`` behind a type a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zsc_wh.fields import nearest
from zsc_wh.sqlheader import fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SQL_TYPES = ("text", "integer", "double", "boolean")
"""Types that take any value."""

LISTS = ("text[]", "integer[]")
"""Types that take a list."""

NAMED: Mapping[str, str] = {
    "cell": "text",
    "grid": "text",
    "dataset": "text",
    "encoder": "text",
    "reducer": "text",
    "clusterer": "text",
    "name": "text",
    "domain_group": "text",
    "backbone": "text",
    "level": "text",
    "score": "text",
    "stage": "text",
    "host": "text",
    "library": "text",
    "seed": "integer",
}
"""Kinds of what a warehouse knows by name, each with the type of the name.

All but the cell are kinds of the view ``known_name``.
"""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a query.

    Parameters
    ----------
    name : str
        Name without the dollar sign.
    type : str
        Type of the value: one of `SQL_TYPES`, or one of `LISTS`.
    required : bool
        Whether it has no default.
    default : object
        Default value as a Python object; ``None`` when required or ``null``.
    help : str
        One line for people.
    names : str, optional
        The kind of `NAMED` that it takes names of; empty without.
    choices : tuple of str, optional
        The texts that it takes; empty for any.
    """

    name: str
    type: str
    required: bool
    default: str | int | float | bool | list[str] | list[int] | None
    help: str
    names: str = ""
    choices: tuple[str, ...] = ()


_PARAMETER = re.compile(
    r"\$(?P<name>[a-z][a-z0-9_]*)\s+(?P<type>[a-z_]+)"
    r"(?:\((?P<choices>[a-z0-9_]+(?:, [a-z0-9_]+)*)\))?(?P<list>\[\])?"
    r"(?:\s*=\s*(?P<default>'(?:[^']|'')*'|\[[^\]]*\]|[^\s'\[]\S*))?\s+(?P<help>[^\s=].*)$"
)
_QUOTED = r"'((?:[^']|'')*)'"
_NUMBERS = re.compile(r"\[\s*(?:-?\d+\s*(?:,\s*-?\d+\s*)*)?\]")
_LIST = re.compile(rf"\[\s*(?:{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)*)?\]")


def read_parameter(item: tuple[int, str], path: Path) -> Parameter:
    """Read one line of a header, given with its number.

    Raises
    ------
    ConfigError
        When it is malformed; names file and line.
    """
    line, text = item
    match = _PARAMETER.match(text)
    if match is None:
        hint = "Write '$name type help' or '$name type = default help'."
        raise fault(path, line, f"not a parameter: {text}", hint)
    kind, literal = match["type"], match["default"]
    known = (*SQL_TYPES, *NAMED)
    if kind not in known:
        what = f"no parameter type '{kind}'" + nearest(kind, known)
        raise fault(path, line, what, f"Types are {', '.join(known)}.")
    base = NAMED.get(kind, kind)
    base += match["list"] or ""
    if base not in (*SQL_TYPES, *LISTS):
        raise fault(path, line, f"a list of type {kind} cannot be declared")
    if kind != "text" and match["choices"]:
        raise fault(path, line, f"choices cannot be declared for type {kind}")
    try:
        default = None if literal in (None, "null") else _literal(base, literal)
    except ValueError as error:
        what = f"the default {literal} is not of type {base}"
        raise fault(path, line, what, "Write it as a literal of SQL.") from error
    choices = tuple(match["choices"].split(", ")) if match["choices"] else ()
    given = default if isinstance(default, list) else [default]
    if choices and not {*given} <= {None, *choices}:
        what = f"the default {literal} is not one of {', '.join(choices)}"
        raise fault(path, line, what)
    return Parameter(
        name=match["name"],
        type=base,
        required=literal is None,
        default=default,
        help=match["help"].strip(),
        names=kind if kind in NAMED else "",
        choices=choices,
    )


def find_parameter(params: Iterable[Parameter], name: str) -> Parameter | None:
    """Return the parameter of a name; ``encoder`` also means the list ``encoders``."""
    declared = {param.name: param for param in params}
    found = declared.get(name) or declared.get(f"{name}s")
    return found if found and (found.name == name or found.type in LISTS) else None


def _literal(kind: str, text: str) -> str | int | float | bool | list[str] | list[int]:
    """Read a SQL literal of a parameter type; ValueError when it is none."""
    if kind == "integer":
        return int(text)
    if kind == "double":
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "text" and re.fullmatch(_QUOTED, text):
        return text[1:-1].replace("''", "'")
    if kind == "integer[]" and _NUMBERS.fullmatch(text):
        return [int(item) for item in re.findall(r"-?\d+", text)]
    if kind == "text[]" and _LIST.fullmatch(text):
        return [item.replace("''", "'") for item in re.findall(_QUOTED, text)]
    raise ValueError(text)
