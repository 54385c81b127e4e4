"""The reference as editors read it: JSON schemas of the files, draft 7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import datasets
from zsc_wh.declare.catalog import NAME
from zsc_wh.declare.cells import CROSS, STUDY
from zsc_wh.declare.entries import KINDS
from zsc_wh.declare.grid import GRID
from zsc_wh.declare.images import DATASET, ENCODER, EXPECTED, PREPROCESSING
from zsc_wh.declare.recipes import EXCEPTION, RECIPE, STEP
from zsc_wh.declare.scores import SCORE
from zsc_wh.declare.tables import COMMON
from zsc_wh.fields import LARGEST_INTEGER, REQUIRED, Field
from zsc_wh.reference.topics import kinds_of
from zsc_wh.report.keys import EXTENSION, FIGURE, REPORT, SECTION, TILE
from zsc_wh.scores import EXTERNAL, INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Schema = dict[str, Any]

_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_METRICS = {"enum": [*EXTERNAL, *INTERNAL]}
_TEXT = {"type": "string"}


def schema(file: str | None = None) -> Schema:
    """Return the schema of a kind of file, one of `FILES`; without, of any of them."""
    if file is not None:
        body = FILES[file]()
    else:
        # told apart by the keys that only they need
        body = _catalog()
        for name, keys in (
            ("grid", ("name", "cross", "study")),
            ("report", ("section", "extends", "tile")),
        ):
            asked = {"anyOf": [{"required": [key]} for key in keys]}
            body = {"if": asked, "then": FILES[name](), "else": body}
    title = "a file of zscwh" if file is None else f"{file} of zscwh"
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title} | body


def _grid() -> Schema:
    return _table(
        {**GRID, **dict.fromkeys(KINDS, Field(dict, default={}))},
        cross=_list(_table(CROSS)),
        study=_list(_table(STUDY)),
        weights=_named(_TEXT),
        **_entries(),
    )


def _catalog() -> Schema:
    return _closed(_entries())


def _entries() -> dict[str, Schema]:
    """Return the tables of entries by kind."""
    recipe = _table(
        {**RECIPE, **COMMON},
        encoder=_named(_named(_table(STEP)) | {"minProperties": 1}),
        exception=_list(_table(EXCEPTION, clusterers=_named(_TEXT))),
    )
    dataset = _table(
        {**DATASET, **COMMON},
        loader=_kinds("dataset"),
        subset=_table(datasets.SUBSET),
        expected=_table(EXPECTED),
    )
    fields = {**ENCODER, **PREPROCESSING, **COMMON}
    entries = {
        "encoder": _table(fields, loader=_kinds("encoder")),
        "dataset": dataset,
        "reducer": _kinds("reducer"),
        "clusterer": _kinds("clusterer"),
        "score": _table({**SCORE, **COMMON}, metric=_METRICS),
        "probe": _kinds("probe"),
        "recipe": recipe,
    }
    names = {"propertyNames": {"pattern": f"^{NAME}$"}}
    return {kind: _named(entries[kind]) | names for kind in KINDS}


def _report() -> Schema:
    figure = _table(FIGURE, chart=_kinds("report"))
    section = _list(_table(SECTION, figure=_list(figure) | {"minItems": 1}))
    own = _table(REPORT, section=section, tile=_list(_table(TILE)))
    return {"oneOf": [own, _table(EXTENSION, section=section)]}


FILES: Mapping[str, Callable[[], Schema]] = {
    "grid": _grid,
    "catalog": _catalog,
    "report": _report,
}
"""Kinds of files."""


def _kinds(topic: str) -> Schema:
    """Return the schema of a table whose `kind` says which keys it has."""
    return {
        "type": "object",
        "required": ["kind"],
        "oneOf": [
            _table(kind.keys[0].fields) | {"title": kind.title, "description": kind.doc}
            for kind in kinds_of(topic)
        ],
    }


def _table(fields: Mapping[str, Field], **inner: Schema) -> Schema:
    """Return the schema of a table; `inner` says what is known of some keys besides."""
    properties = {
        name: _field(field) | inner.get(name, {}) for name, field in fields.items()
    }
    required = [name for name, field in fields.items() if field.default is REQUIRED]
    return _closed(properties) | ({"required": required} if required else {})


def _closed(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _named(value: Schema) -> Schema:
    """Return the schema of a table with names of the user's as keys."""
    return {"type": "object", "additionalProperties": value}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _field(field: Field) -> Schema:
    """Return the schema of a key."""
    found: Schema = {"description": field.doc} if field.doc else {}
    if field.default is not REQUIRED and field.default is not None:
        found["default"] = field.default
    if len(field.choices) == 1:
        return found | {"const": field.choices[0]}
    if field.choices:
        return found | {"enum": list(field.choices)}
    body: Schema = {"type": _TYPES[field.type]}
    if field.fields:
        inner = _table(field.fields)
        body = _list(inner) if field.type is list else inner
    elif field.type is list:
        body["items"] = _number(field, field.items)
    else:
        body = _number(field, field.type)
    others = [_number(field, field.items)] if field.single else []
    others += [{"enum": list(field.words)}] if field.words else []
    return found | ({"anyOf": [body, *others]} if others else body)


def _number(field: Field, kind: type) -> Schema:
    """Return the schema of a value of a type, in the range of a field."""
    found: Schema = {"type": _TYPES[kind]}
    if kind in (int, float):
        high = LARGEST_INTEGER if kind is int else None
        ends = {
            "minimum": field.minimum,
            "maximum": high if field.maximum is None else field.maximum,
        }
        found |= {key: end for key, end in ends.items() if end is not None}
    return found
