"""Declared parameters: type, default, choices and range of each key of a declaration.

Every method (reducer, clusterer, loader) lists its parameters as `Field` objects. The
declarations are checked against them and completed with their defaults, so that two
declarations that mean the same have the same identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_Type = type  # inside `Field`, the name is taken by a parameter

REQUIRED: Any = object()
"""Default of a field that must be declared."""


@dataclass(frozen=True)
class Field:
    """One declared parameter.

    Parameters
    ----------
    type : type
        `bool`, `int`, `float`, `str`, `list` or `dict`.
    default : object
        Value when the key is absent; `REQUIRED` when it must be there. ``None`` stands
        for "not set", which TOML can only say by leaving the key out.
    choices : tuple of str, optional
        The allowed values.
    minimum, maximum : float, optional
        Inclusive range of a number.
    items : type, optional
        Type of the items of a list.
    doc : str, optional
        One line for people, with the unit.
    """

    type: type
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    items: _Type = str
    doc: str = ""

    def problem(self, value: object) -> str | None:
        """Say what is wrong with `value`, or ``None``."""
        if self.type is float and type(value) is int:
            value = float(value)
        if type(value) is not self.type:
            return f"must be {_NAMES[self.type]}, not {_describe(value)}"
        allowed = (int, float) if self.items is float else (self.items,)
        if any(type(item) not in allowed for item in _items(value)):
            return f"must be a list, each item {_NAMES[self.items]}"
        if self.type is dict and not _is_plain(value):
            return (
                "can hold texts, finite numbers, truth values, lists and tables alone"
            )
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}" + nearest(
                str(value), self.choices
            )
        return self._out_of_range(value)

    def _out_of_range(self, value: object) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        if value != value:  # NaN: TOML can say it, no parameter can mean it
            return "must be a number, not nan"
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum:g}, not {value:g}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum:g}, not {value:g}"
        return None

    def clean(self, value: Any) -> Any:
        """Return a checked `value` in its canonical type."""
        if self.type is list and self.items is float:
            return [float(item) for item in value]
        return float(value) if self.type is float else value


def complete(fields: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill the defaults in and give each value its canonical type.

    `given` must have been checked; keys come out in the order of `fields`.
    """
    return {
        name: field.clean(given[name]) if name in given else field.default
        for name, field in fields.items()
    }


def nearest(name: str, known: Mapping[str, Any] | tuple[str, ...] | list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, else nothing."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{matches[0]}'?" if matches else ""


_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def _describe(value: object) -> str:
    name = _NAMES.get(type(value), type(value).__name__)
    return f"{name} ({value!r})" if isinstance(value, str | int | float) else name


def _is_plain(value: object) -> bool:
    """Whether JSON can say a value exactly; TOML also has times and nan."""
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, bool | int | str)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
