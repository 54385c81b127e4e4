"""Read recipes: tables of what a search selected for each encoder.

Encoders and datasets of a recipe need not be in the catalog: a published table is
shipped whole, and who declares the encoder later follows its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import Exchange, Recipe, Step
from zsc_wh.declare.problems import must_quote
from zsc_wh.declare.tables import COMMON, common
from zsc_wh.fields import Field, complete

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zsc_wh.declare.found import Found
    from zsc_wh.declare.problems import Problems

RECIPE: Mapping[str, Field] = {
    "encoder": Field(
        dict, doc='[recipe.NAME.encoder.ENCODER]; "*" is every encoder without a table'
    ),
    "exception": Field(
        list,
        default=[],
        items=dict,
        doc="[[recipe.NAME.exception]]: other clusterers for some datasets",
    ),
}
STEP: Mapping[str, Field] = {
    "reducer": Field(str, doc="name"),
    "clusterer": Field(str, doc="name of one of this slot"),
}
EXCEPTION: Mapping[str, Field] = {
    "datasets": Field(list, doc="names, however spelt, or @tag"),
    "clusterers": Field(dict, doc='such as { hdbscan = "hdbscan-min2" }'),
}
_LINE = '{ reducer = "NAME", clusterer = "NAME" }'


def read_recipe(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Recipe | None:
    """Read ``[recipe.NAME]``; None when a fault was noted."""
    place = f"recipe.{name}"
    fields = {**RECIPE, **COMMON}
    if not problems.check_keys(file, place, given, fields):
        return None
    values = complete(fields, given)
    before = len(problems)
    rows = {
        encoder: _read_row(file, f"{place}.encoder", encoder, row, problems)
        for encoder, row in values["encoder"].items()
    }
    for index, exception in enumerate(values["exception"]):
        where = f"{place}.exception[{index}]"
        if problems.check_keys(file, where, exception, EXCEPTION):
            _check_texts(file, f"{where}.clusterers", exception["clusterers"], problems)
    if len(problems) > before:
        return None
    exchanges = tuple(
        Exchange(tuple(exception["datasets"]), exception["clusterers"])
        for exception in values["exception"]
    )
    return Recipe(**common(file, name, values), rows=rows, exchanges=exchanges)


def _read_row(
    file: Path, table: str, encoder: str, row: object, problems: Problems
) -> dict[str, Step]:
    """Read the sound steps of one encoder and note the faults of the others."""
    place = f"{table}.{encoder}"
    if not isinstance(row, dict) or not row:
        problems.add(file, place, f"must hold lines SLOT = {_LINE}")
        return {}
    steps = {}
    for slot, step in row.items():
        if not isinstance(step, dict):
            problems.add(file, f"{place}.{slot}", f"must be {_LINE}")
        elif step and all(isinstance(value, dict) for value in step.values()):
            fault = must_quote(table, f"{encoder}.{slot}")
            problems.add(file, f"{place}.{slot}", fault)
        elif problems.check_keys(file, f"{place}.{slot}", step, STEP):
            steps[slot] = Step(**step)
    return steps


def _check_texts(
    file: Path, place: str, table: Mapping[str, Any], problems: Problems
) -> None:
    field = Field(str)
    for key, value in table.items():
        fault = field.problem(value)
        if fault:
            problems.add(file, f"{place}.{key}", fault)


def recipe_faults(recipe: Recipe, found: Found) -> Iterator[tuple[str, str | None]]:
    """Yield (key, fault) for each name in a recipe that is not what it should be.

    The fault is None where the named entry has one of its own, which was noted.
    """
    for encoder, row in recipe.rows.items():
        for slot, step in row.items():
            place = f"encoder.{encoder}.{slot}"
            yield from _missing(f"{place}.reducer", "reducer", step.reducer, found)
            yield from _not_of_slot(f"{place}.clusterer", step.clusterer, slot, found)
    for index, exchange in enumerate(recipe.exchanges):
        for old, new in exchange.clusterers.items():
            place = f"exception[{index}].clusterers.{old}"
            faults = list(_missing(place, "clusterer", old, found))
            yield from faults
            if not faults:
                slot = found.sound["clusterer"][old].slot
                yield from _not_of_slot(place, new, slot, found)


def _missing(
    place: str, kind: str, name: str, found: Found
) -> Iterator[tuple[str, str | None]]:
    if name not in found.sound[kind]:
        yield place, found.missing(kind, name)


def _not_of_slot(
    place: str, name: str, slot: str, found: Found
) -> Iterator[tuple[str, str | None]]:
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
