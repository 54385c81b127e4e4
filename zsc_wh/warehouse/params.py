"""Give the parameters of a named query their declared types.

Values come as Python objects or, from the command line, as text.
"""

from __future__ import annotations

import json
import math
import operator
from typing import TYPE_CHECKING

from zsc_wh.errors import QueryError
from zsc_wh.fields import nearest
from zsc_wh.sqlparams import LISTS, find_parameter
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.sqlfiles import Query
    from zsc_wh.sqlparams import Parameter

_FORMS = {
    "text": "a string",
    "integer": "a whole number",
    "double": "a finite number",
    "boolean": "true or false",
    "text[]": 'a list of strings: a,b or ["a", "b"]',
    "integer[]": "a list of whole numbers: 1,2 or [1, 2]",
}


def declared_values(query: Query, given: Mapping[str, object]) -> dict[str, object]:
    """Return the values of `given` under the names that `query` declares.

    One name may be given where a list is taken, under the name in the singular:
    ``encoder`` for ``encoders``.

    Raises
    ------
    QueryError
        For a name that it does not declare, and when one is given in both forms.
    """
    found: dict[str, object] = {}
    for name, value in given.items():
        param = find_parameter(query.params, name)
        if param is None:
            raise QueryError(
                what=f"no parameter '{name}'"
                + nearest(name, [declared.name for declared in query.params]),
                where=f"query {query.name}",
                hint=_known(query),
            )
        if param.name != name and param.name in given:
            raise QueryError(
                what=f"'{name}' and '{param.name}' are the same parameter",
                where=f"query {query.name}",
                hint=f"Give {param.name} alone.",
            )
        is_one = param.name != name and value not in (None, "null")
        found[param.name] = [value] if is_one else value
    return found


def bind(query: Query, given: Mapping[str, object]) -> dict[str, object]:
    """Return a value for every declared parameter of `query`.

    Parameters
    ----------
    query : Query
        The named query.
    given : mapping of str to object
        Values by name. A text is read as the declared type says: ``null`` is NULL,
        and a list is ``a,b`` or a JSON list. Anything else must have the type.

    Raises
    ------
    QueryError
        As `declared_values`, and for a required parameter without a value, or a value
        of another type.
    """
    given = declared_values(query, given)
    for param in query.params:
        if param.required and param.name not in given:
            raise QueryError(
                what=f"the parameter '{param.name}' needs a value",
                where=f"query {query.name}",
                hint=f"Give it with -p {param.name}=...; it is {_form(param)}.",
            )
    return {
        param.name: _convert(param, given[param.name], query)
        if param.name in given
        else param.default
        for param in query.params
    }


def _known(query: Query) -> str:
    names = ", ".join(param.name for param in query.params)
    return f"Its parameters are {names}." if names else "It takes no parameters."


def _convert(param: Parameter, value: object, query: Query) -> object:
    if value is None or value == "null":
        # one of a choice is asked for where one is asked for by default
        if param.type == "text" and param.choices and param.default is not None:
            raise _not_a_choice(param, "null", query)
        return None
    try:
        if isinstance(value, str):
            found = _from_text(param.type, value)
        else:
            found = _from_object(param.type, value)
    except (TypeError, ValueError) as error:
        raise QueryError(
            what=f"the parameter '{param.name}' cannot be {value!r}",
            where=f"query {query.name}",
            hint=f"Give {_form(param)}.",
        ) from error
    for text in found if isinstance(found, list) else [found]:
        if param.choices and text not in param.choices:
            raise _not_a_choice(param, str(text), query)
    return found


def _form(param: Parameter) -> str:
    """Say what a value of a parameter is."""
    if param.choices and param.type == "text":
        return f"one of {', '.join(param.choices)}"
    if param.names and param.type == "text":
        noun = param.names.replace("_", " ")
        return f"the name of {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    return _FORMS[param.type]


def _not_a_choice(param: Parameter, text: str, query: Query) -> QueryError:
    return QueryError(
        what=f"the parameter '{param.name}' cannot be '{one_line(text)}'"
        + nearest(text, param.choices),
        where=f"query {query.name}",
        hint=f"It must be one of {', '.join(param.choices)}.",
    )


def _from_text(kind: str, text: str) -> object:
    if kind == "integer":
        return int(text)
    if kind == "double":
        return _finite(float(text))
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if kind in LISTS:
        if text.lstrip().startswith("["):
            return _from_object(kind, json.loads(text))
        items = [item.strip() for item in text.split(",") if item.strip()]
        return _from_object(kind, items)
    return text


def _from_object(kind: str, value: object) -> object:
    if kind == "boolean" or isinstance(value, bool):
        if kind != "boolean" or not isinstance(value, bool):
            raise TypeError(value)
        return value
    if kind == "integer":
        return operator.index(value)  # type: ignore[arg-type]  # raises TypeError
    if kind == "double":
        return _finite(float(value))  # type: ignore[arg-type]  # raises TypeError
    if kind in LISTS and isinstance(value, list | tuple):
        return [_item(kind.removesuffix("[]"), item) for item in value]
    raise TypeError(value)


def _item(kind: str, value: object) -> object:
    if isinstance(value, str):
        return _from_text(kind, value)
    return _from_object(kind, value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return value
