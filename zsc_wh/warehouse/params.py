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
}


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
        For an unknown name, a required parameter without a value, or a value of
        another type.
    """
    declared = {param.name: param for param in query.params}
    for name in given:
        if name not in declared:
            raise QueryError(
                what=f"no parameter '{name}'" + nearest(name, declared),
                where=f"query {query.name}",
                hint=_known(query),
            )
    for param in query.params:
        if param.required and param.name not in given:
            raise QueryError(
                what=f"the parameter '{param.name}' needs a value",
                where=f"query {query.name}",
                hint=f"Give it with -p {param.name}=...; it is {_form(param)}.",
            )
    return {
        name: _convert(param, given[name], query) if name in given else param.default
        for name, param in declared.items()
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
    if kind == "text[]":
        if text.lstrip().startswith("["):
            return _texts(json.loads(text))
        return [item.strip() for item in text.split(",") if item.strip()]
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
    if kind == "text[]":
        return _texts(value)
    raise TypeError(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    for item in value:
        if not isinstance(item, str):
            raise TypeError(value)
    return list(value)
