"""What the readers of all kinds of catalog entries share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import PATH_FIELDS
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems
    from zsc_wh.method import Method

COMMON: Mapping[str, Field] = {
    "tags": Field(list, default=[], doc="words by which @tag selects it"),
    "title": Field(str, default=None, doc="name in figures; unset: its own name"),
    "doc": Field(str, default=None, doc="one line for people"),
}
"""Keys that every entry can have."""
KIND: Mapping[str, Field] = {"kind": Field(str, doc="name of the method or loader")}


def common(place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that every `Entry` takes."""
    name = str(place.keys[-1])
    return {
        "name": name,
        "source": place.file,
        "tags": tuple(values["tags"]),
        "title": values["title"] or name,
        "doc": values["doc"],
    }


def read_loader(
    place: Place, given: Mapping[str, Any], known: Mapping[str, Any], problems: Problems
) -> dict[str, Any]:
    """Check a loader table against the fields of its kind; return what is sound."""
    fields = _kind_fields(place, given, known, problems)
    if fields is None:
        return {}
    loader = problems.read(place, given, {**KIND, **fields})
    for key in sorted(PATH_FIELDS & loader.keys()):
        if re.search(r"[\x00-\x1f]", loader[key] or ""):
            problems.add(
                place / key,
                "holds a control character: in double quotes, a backslash with the "
                "letter after it is one; write the path in single quotes",
            )
    return loader


def read_method(
    place: Place,
    given: Mapping[str, Any],
    known: Mapping[str, Method[Any]],
    more: Mapping[str, Field],
    problems: Problems,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check a method's table; return what is sound: (its parameters, all values)."""
    shared = {**KIND, **more, **COMMON}
    own = _kind_fields(place, given, known, problems)
    if own is None:  # which other keys there are depends on the kind
        rest = {key: given[key] for key in shared if key in given and key != "kind"}
        del shared["kind"]
        return {}, problems.read(place, rest, shared)
    values = problems.read(place, given, {**KIND, **own, **more, **COMMON})
    params = {key: values[key] for key in own if key in values}
    is_whole = len(params) == len(own)
    fault = known[given["kind"]].fault(params) if is_whole else None
    if fault:
        problems.add(place, fault)
    return params, values


def _kind_fields(
    place: Place, given: Mapping[str, Any], known: Mapping[str, Any], problems: Problems
) -> Mapping[str, Field] | None:
    """Return the fields of the kind that is declared; None when that is a fault."""
    kind = given.get("kind")
    if kind is None:
        problems.add(place, f"the key 'kind' is missing; one of {', '.join(known)}")
        return None
    if not isinstance(kind, str) or kind not in known:
        hint = nearest(str(kind), known) or f"; known kinds: {', '.join(known)}"
        problems.add(place / "kind", f"unknown kind '{kind}'{hint}")
        return None
    fields: Mapping[str, Field] = known[kind].fields
    return fields
