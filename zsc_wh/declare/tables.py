"""What the readers of all kinds of catalog entries share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import PATH_FIELDS
from zsc_wh.fields import Field, complete, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.declare.problems import Problems

COMMON: Mapping[str, Field] = {
    "tags": Field(list, default=[], doc="selectors for @tag"),
    "title": Field(str, default=None, doc="name for figures"),
    "doc": Field(str, default=None, doc="one line for people"),
}
"""Keys that every entry can have."""
_KIND: Mapping[str, Field] = {"kind": Field(str, doc="name of the method or loader")}


def common(file: Path, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that every `Entry` takes."""
    return {
        "name": name,
        "source": file,
        "tags": tuple(values["tags"]),
        "title": values["title"] or name,
        "doc": values["doc"],
    }


def read_loader(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    problems: Problems,
) -> dict[str, Any] | None:
    """Check a loader table against the fields of its kind and complete it."""
    fields = _kind_fields(file, f"{place}.loader", given, known, problems)
    if fields is None:
        return None
    fields = {**_KIND, **fields}
    if not problems.check_keys(file, f"{place}.loader", given, fields):
        return None
    loader = complete(fields, given)
    before = len(problems)
    for key in sorted(PATH_FIELDS & loader.keys()):
        if re.search(r"[\x00-\x1f]", loader[key] or ""):
            problems.add(
                file,
                f"{place}.loader.{key}",
                "holds a control character: in double quotes, a backslash with the "
                "letter after it is one; write the path in single quotes",
            )
    return loader if len(problems) == before else None


def read_method(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    more: Mapping[str, Field],
    problems: Problems,
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Check a method's table; return (its parameters, all values)."""
    own = _kind_fields(file, place, given, known, problems)
    if own is None:
        return None
    fields = {**_KIND, **own, **more, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    values = complete(fields, given)
    params = {key: values[key] for key in own}
    check = known[given["kind"]].check
    fault = check(params) if check else None
    if fault:
        problems.add(file, place, fault)
        return None
    return params, values


def _kind_fields(
    file: Path,
    place: str,
    given: Mapping[str, Any],
    known: Mapping[str, Any],
    problems: Problems,
) -> Mapping[str, Field] | None:
    kind = given.get("kind")
    if kind is None:
        problems.add(
            file, place, f"the key 'kind' is missing; one of {', '.join(known)}"
        )
        return None
    if not isinstance(kind, str) or kind not in known:
        hint = nearest(str(kind), known) or f"; known kinds: {', '.join(known)}"
        problems.add(file, f"{place}.kind", f"unknown kind '{kind}'{hint}")
        return None
    fields: Mapping[str, Field] = known[kind].fields
    return fields
