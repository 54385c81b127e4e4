"""Declared parameters: type, default, choices and range of each key of a declaration.

Every method (reducer, clusterer, loader) lists its parameters as `Field` objects. The
declarations are checked against them and completed with their defaults, so that two
declarations that mean the same have the same identity.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_Type = type  # inside `Field`, the name is taken by a parameter

REQUIRED: Any = object()
"""Default of a field that must be declared."""

LARGEST_INTEGER = 2**31 - 1
"""What an INTEGER column of the warehouse holds, and an int of the C libraries."""

_BOUNDS: Mapping[_Type, float] = {
    int: LARGEST_INTEGER,
    float: sys.float_info.max,
}
_TOML_INTEGER = 2**63 - 1
"""What TOML promises to keep; Python's reader takes any number of digits."""


@dataclass(frozen=True)
class Field:
    """One declared parameter.

    Parameters
    ----------
    type : type
        `bool`, `int`, `float`, `str`, `list` or `dict`; of a column of SQL also
        `datetime`.
    default : object
        Value when the key is absent; `REQUIRED` when it must be there. ``None`` stands
        for "not set", which TOML can only say by leaving the key out.
    choices : tuple of str, optional
        The allowed values.
    words : tuple of str, optional
        Texts that are allowed instead of a number.
    minimum, maximum : float, optional
        Inclusive range of a number. Without them, a whole number must fit an INTEGER
        column of the warehouse, and any other a float.
    items : type, optional
        Type of the items of a list.
    single : bool, optional
        Whether one item stands for a list of it.
    nested : bool, optional
        Whether the keys of a table are checked elsewhere.
    fields : mapping of str to Field, optional
        Fields of the keys of a table, or of each table in a list.
    doc : str, optional
        One line for people, with the unit.
    """

    type: type
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    items: _Type = str
    single: bool = False
    nested: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)
    doc: str = ""

    @property
    def kind(self) -> str:
        """What it takes, such as "a whole number", without range and choices."""
        single = [_NAMES[self.items]] if self.single else []
        return " or ".join(
            [*single, _NAMES[self.type], *map('"{}"'.format, self.words)]
        )

    def problem(self, value: object) -> str | None:
        """Say what is wrong with `value`, or ``None``."""
        if isinstance(value, str) and value in self.words:
            return None
        if self.single and type(value) is self.items:
            value = [value]
        types = (int, float) if self.type is float else (self.type,)
        if type(value) not in types:
            return f"must be {self.kind}, not {_describe(value)}"
        types = (int, float) if self.items is float else (self.items,)
        if any(type(item) not in types for item in _items(value)):
            return f"must be a list, each item {_NAMES[self.items]}"
        if self.fields:
            return self._table_fault(value)
        is_free = self.type is dict and not self.nested
        strange = _strange(value) if is_free else None
        if strange:
            return (
                "can hold strings, finite numbers, whole numbers up to "
                f"{_TOML_INTEGER}, truth values, lists and tables alone, which "
                f"'{strange}' is not"
            )
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}" + nearest(
                str(value), self.choices
            )
        numbers = value if isinstance(value, list) else [value]
        faults = (self._out_of_range(number) for number in numbers)
        return next((fault for fault in faults if fault), None)

    def _table_fault(self, value: object) -> str | None:
        """Say what is wrong with a table or a list of them, by the fields of its keys.

        All faults of a declaration are told at once, but the first of such a table.
        """
        if isinstance(value, dict):
            return next(faults(self.fields, value), None)
        for number, table in enumerate(_items(value), 1):
            for fault in faults(self.fields, table):  # type: ignore[arg-type]
                return f"table {number}: {fault}"
        return None

    def _out_of_range(self, value: object) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        if isinstance(value, float) and not isfinite(value):
            # TOML can say nan and inf, no parameter can mean them
            return f"must be a finite number, not {value}"
        bound = _BOUNDS[self.items if self.type is list else self.type]
        minimum = -bound if self.minimum is None else self.minimum
        maximum = bound if self.maximum is None else self.maximum
        if value < minimum:
            return f"must be at least {_shown(minimum)}, not {_shown(value)}"
        if value > maximum:
            return f"must be at most {_shown(maximum)}, not {_shown(value)}"
        return None

    def clean(self, value: Any) -> Any:
        """Return a checked `value` in its canonical type."""
        if self.single and type(value) is self.items:
            return [value]
        if self.fields and isinstance(value, list):
            return [complete(self.fields, table) for table in value]
        if self.fields:
            return complete(self.fields, value)
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


def faults(fields: Mapping[str, Field], given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the keys and values of a table, the key in front."""
    for key, value in given.items():
        fault = fields[key].problem(value) if key in fields else unknown(key, fields)
        if fault:
            yield f"{key}: {fault}"
    for key, each in fields.items():
        if each.default is REQUIRED and key not in given:
            yield missing(key, each)


def unknown(key: str, fields: Mapping[str, Field]) -> str:
    """Return the fault of an unknown key: the nearest, which is a guess, and all."""
    hint = nearest(key, fields)
    known = ", ".join(fields)
    return (
        f"unknown key{hint} Known: {known}" if hint else f"unknown key; known: {known}"
    )


def missing(key: str, field: Field) -> str:
    """Return the fault of a key that must be there."""
    doc = f" ({field.doc})" if field.doc else ""
    return f"the key '{key}' is missing{doc}"


def nearest(name: str, known: Mapping[str, Any] | tuple[str, ...] | list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, else nothing."""
    match = closest(name, known)
    return "" if match is None else f"; did you mean '{match}'?"


def closest(
    name: str, known: Mapping[str, Any] | tuple[str, ...] | list[str]
) -> str | None:
    """Return the known name that is most like a misspelt one, None where none is."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None


_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a table",
    datetime: "a time",
}


def _describe(value: object) -> str:
    name = _NAMES.get(type(value), type(value).__name__)
    if isinstance(value, str | bool):
        return f"{name} ({value!r})"
    return f"{name} ({_shown(value)})" if isinstance(value, int | float) else name


def _shown(number: float) -> str:
    """Write a number for people; Python refuses to write thousands of digits."""
    if not isinstance(number, int):
        return f"{number:g}"
    return str(number) if abs(number) < 10**30 else "a number of more than 30 digits"


def _strange(value: object, place: str = "") -> str | None:
    """Return the place of what JSON cannot say exactly; TOML also has times and nan."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        inner = (
            _strange(item, f"{place}.{key}" if place else f"{key}")
            for key, item in items
        )
        return next(filter(None, inner), None)
    if isinstance(value, float):
        plain = isfinite(value)
    elif isinstance(value, int):
        plain = abs(value) <= _TOML_INTEGER
    else:
        plain = isinstance(value, str)
    return None if plain else place


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
