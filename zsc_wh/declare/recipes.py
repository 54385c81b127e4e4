"""Read recipes: tables of what a search selected for each encoder.

Encoders and datasets of a recipe need not be in the catalog: a published table is
shipped whole, and who declares the encoder later follows its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import Exchange, Recipe, Step
from zsc_wh.declare.problems import must_quote
from zsc_wh.declare.tables import COMMON, common
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems

RECIPE: Mapping[str, Field] = {
    "encoder": Field(
        dict,
        doc='[recipe.NAME.encoder.ENCODER]: SLOT = { reducer, clusterer }; "*" is '
        "every encoder without a table",
    ),
    "exception": Field(
        list,
        default=[],
        items=dict,
        doc="[[recipe.NAME.exception]]: other clusterers for some datasets",
    ),
}
STEP: Mapping[str, Field] = {
    "reducer": Field(str, doc="name of a reducer"),
    "clusterer": Field(str, doc="name of a clusterer of this slot"),
}
EXCEPTION: Mapping[str, Field] = {
    "datasets": Field(list, doc="names of datasets, in any spelling, or @tag"),
    "clusterers": Field(
        dict, doc='clusterers to replace, such as { hdbscan = "hdbscan-min2" }'
    ),
}
_LINE = '{ reducer = "NAME", clusterer = "NAME" }'


def read_recipe(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Recipe | None:
    """Read ``[recipe.NAME]``; None when a fault was noted."""
    before = len(problems)
    values = problems.read(place, given, {**RECIPE, **COMMON})
    rows = {
        encoder: _read_row(place / "encoder" / encoder, row, problems)
        for encoder, row in values.get("encoder", {}).items()
    }
    exceptions = [
        _read_exception(place / "exception" / index, exception, problems)
        for index, exception in enumerate(values.get("exception", []))
    ]
    if len(problems) > before:
        return None
    exchanges = tuple(
        Exchange(tuple(exception["datasets"]), exception["clusterers"])
        for exception in exceptions
    )
    return Recipe(**common(place, values), rows=rows, exchanges=exchanges)


def _read_row(place: Place, row: object, problems: Problems) -> dict[str, Step]:
    """Read the steps of one encoder, and note their faults."""
    if not isinstance(row, dict) or not row:
        problems.add(place, f"must hold lines SLOT = {_LINE}")
        return {}
    steps = {}
    for slot, step in row.items():
        if not isinstance(step, dict):
            problems.add(place / slot, f"must be {_LINE}")
        elif step and all(isinstance(value, dict) for value in step.values()):
            *table, encoder = map(str, place.keys)
            fault = must_quote(".".join(table), f"{encoder}.{slot}")
            problems.add(place / slot, fault)
        else:
            names = problems.read(place / slot, step, STEP)
            if len(names) == len(STEP):
                steps[slot] = Step(**names)
    return steps


def _read_exception(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> dict[str, Any]:
    """Read which clusterers are replaced for which datasets, and note the faults."""
    exception = problems.read(place, given, EXCEPTION)
    names = exception.get("clusterers", {})
    problems.read(place / "clusterers", names, dict.fromkeys(names, Field(str)))
    return exception


def step_faults(
    place: Place, given: Mapping[str, Any], found: Found
) -> Iterator[tuple[Place, str | None]]:
    """Yield where a recipe names what is not what it should be, and the fault.

    The fault is None where the named entry has one of its own, which was noted.
    """
    for encoder, row in _items(given.get("encoder"), dict):
        for slot, step in _items(row, dict):
            for key, name in _items(step, str):
                where = place / "encoder" / encoder / slot / key
                if key == "reducer":
                    yield from _missing(where, "reducer", name, found)
                elif key == "clusterer":
                    yield from _not_of_slot(where, name, slot, found)
    exceptions = given.get("exception")
    for index, exception in enumerate(
        exceptions if isinstance(exceptions, list) else []
    ):
        where = place / "exception" / index / "clusterers"
        names = exception.get("clusterers") if isinstance(exception, dict) else None
        for old, new in _items(names, str):
            faults = list(_missing(where / old, "clusterer", old, found))
            yield from faults
            if not faults:
                slot = found.sound["clusterer"][old].slot
                yield from _not_of_slot(where / old, new, slot, found)


def _missing(
    place: Place, kind: str, name: str, found: Found
) -> Iterator[tuple[Place, str | None]]:
    if name not in found.sound[kind]:
        yield place, found.missing(kind, name)


def _not_of_slot(
    place: Place, name: str, slot: str, found: Found
) -> Iterator[tuple[Place, str | None]]:
    """Yield the fault of a clusterer that takes another slot, or is none."""
    clusterers = found.sound["clusterer"]
    if name not in clusterers:
        yield from _missing(place, "clusterer", name, found)
    elif clusterers[name].slot != slot:
        fitting = [c.name for c in clusterers.values() if c.slot == slot]
        yield (
            place,
            f"'{name}' takes the slot '{clusterers[name].slot}', not '{slot}'; "
            + (f"of that: {', '.join(fitting)}" if fitting else "no clusterer does"),
        )


def _items(table: object, kind: type) -> list[tuple[str, Any]]:
    """Return the items of a table that have a type; of what is none there are none."""
    pairs = table.items() if isinstance(table, dict) else ()
    return [(key, value) for key, value in pairs if isinstance(value, kind)]
