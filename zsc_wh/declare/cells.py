"""Expand the tables of a grid into declared cells: cross products and studies."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.varying import combinations, variant
from zsc_wh.fields import Field, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zsc_wh.declare.entries import (
        Clusterer,
        Dataset,
        Encoder,
        Recipe,
        Reducer,
        Step,
    )
    from zsc_wh.declare.scope import Scope

_EITHER: Mapping[str, Field] = {
    "datasets": Field(list, single=True, doc="names of datasets, or @tag"),
    "encoders": Field(list, single=True, doc="names of encoders, or @tag"),
    "seeds": Field(
        list,
        default=None,
        items=int,
        minimum=0,
        doc="seeds of reducer and clusterer; unset: those of the grid",
    ),
    "level": Field(
        str,
        default=None,
        doc="label level that judges the clusterings; unset: the target level",
    ),
}
CROSS: Mapping[str, Field] = {
    **_EITHER,
    "reducers": Field(list, single=True, doc="names of reducers, or @tag"),
    "clusterers": Field(list, single=True, doc="names of clusterers, or @tag"),
}
STUDY: Mapping[str, Field] = {
    **_EITHER,
    "recipes": Field(
        list,
        single=True,
        doc="names of recipes; an encoder follows the first that has a row for it",
    ),
    "slots": Field(
        list,
        default=None,
        single=True,
        doc="slots to run, such as kmeans; unset: all slots of the row",
    ),
    "vary": Field(
        dict,
        default={},
        doc="[study.vary]: keys of the recipe's clusterer, each with the values to try "
        "in all combinations; its reducer stays",
    ),
}


MOST_CELLS = 200_000
"""Planning takes 3 kB and 0.3 ms a cell: 600 MB and a minute for this many."""


@dataclass(frozen=True)
class DeclaredCell:
    """One cell as declared, before its dataset was looked at."""

    dataset: Dataset
    encoder: Encoder
    reducer: Reducer
    clusterer: Clusterer
    seed: int
    level: str | None


def expand_cross(
    scope: Scope, given: Mapping[str, Any], seeds: list[int] | None
) -> Iterator[DeclaredCell]:
    """Yield every combination of a ``[[cross]]``.

    `seeds` are those of the grid, None where they have a fault.
    """
    axes = ("datasets", "encoders", "reducers", "clusterers")
    values = scope.problems.read(scope.place, given, CROSS)
    chosen = [scope.axis(axis, values[axis]) for axis in axes if axis in values]
    own = scope.seeds(values, seeds)
    if len(values) < len(CROSS) or own is None:
        return
    if _are_too_many(scope, *map(len, chosen), len(own)):
        return
    for dataset, encoder, reducer, clusterer, seed in itertools.product(*chosen, own):
        yield DeclaredCell(dataset, encoder, reducer, clusterer, seed, values["level"])


def expand_study(
    scope: Scope, given: Mapping[str, Any], seeds: list[int] | None
) -> Iterator[DeclaredCell]:
    """Yield for every dataset and encoder of a ``[[study]]`` what its recipe says.

    `seeds` are those of the grid, None where they have a fault.
    """
    axes = ("datasets", "encoders", "recipes")
    values = scope.problems.read(scope.place, given, STUDY)
    chosen = {axis: scope.axis(axis, values[axis]) for axis in axes if axis in values}
    if values.get("slots") == []:
        scope.fault("slots", "must name a slot; leave the key out for all of the row")
    own = scope.seeds(values, seeds)
    inner = replace(scope, place=scope.place / "vary")
    changes = combinations(inner, values.get("vary", {}))
    if not {"encoders", "recipes", "slots"} <= values.keys():
        return
    if any(name in scope.faulty["recipe"] for name in values["recipes"]):
        return  # what such a recipe has for an encoder is not known
    recipes, slots = chosen["recipes"], values["slots"]
    steps = list(_steps(scope, chosen["encoders"], recipes, slots))
    if len(values) < len(STUDY) or own is None:
        return
    varied = [len(changes)] if values["vary"] else []
    if _are_too_many(scope, len(chosen["datasets"]), len(steps), *varied, len(own)):
        return
    catalog = scope.catalog
    made: dict[tuple[Clusterer, int], Clusterer | None] = {}
    for dataset, (encoder, recipe, step), (number, change) in itertools.product(
        chosen["datasets"], steps, enumerate(changes)
    ):
        reducer = catalog.reducers[step.reducer]
        base = catalog.clusterers[recipe.clusterer(step, dataset)]
        if (base, number) not in made:
            made[base, number] = variant(inner, base, change)
        clusterer = made[base, number]
        if clusterer is None:
            continue
        for seed in own:
            yield DeclaredCell(
                dataset, encoder, reducer, clusterer, seed, values["level"]
            )


def _are_too_many(scope: Scope, *counts: int) -> bool:
    """Note a fault, before any is made, where more cells are declared than can be."""
    n = math.prod(counts)
    if n > MOST_CELLS:
        product = " x ".join(f"{count:,}" for count in counts)
        scope.fault(
            "",
            f"declares {product} = {n:,} cells; a grid can hold {MOST_CELLS:,}: split "
            "it into several grids",
        )
    return n > MOST_CELLS


def _steps(
    scope: Scope,
    encoders: Sequence[Encoder],
    recipes: Sequence[Recipe],
    slots: Sequence[str] | None,
) -> Iterator[tuple[Encoder, Recipe, Step]]:
    """Yield the steps of every encoder, and note which encoder or slot has none."""
    for encoder in encoders:
        found = next(((one, row) for one in recipes if (row := one.row(encoder))), None)
        if found is None:
            _no_row(scope, encoder, recipes)
            continue
        recipe, row = found
        for slot in row if slots is None else slots:
            if slot in row:
                yield encoder, recipe, row[slot]
            else:
                hint = nearest(slot, row) or f"; it has {', '.join(row)}"
                place = f"the row of '{encoder.name}' in the recipe '{recipe.name}'"
                scope.fault("slots", f"{place} has no slot '{slot}'{hint}")


def _no_row(scope: Scope, encoder: Encoder, recipes: Sequence[Recipe]) -> None:
    if not recipes:  # that is a fault already
        return
    names = " or ".join(f"'{recipe.name}'" for recipe in recipes)
    rows = {row: None for recipe in recipes for row in recipe.rows}
    hint = nearest(encoder.recipe, rows)
    scope.fault(
        "encoders",
        f"the encoder '{encoder.name}' follows the row '{encoder.recipe}', which the "
        f"recipe {names} lacks{f'{hint} Or declare' if hint else '; declare'} recipe = "
        '"ROW" on the encoder, or add "default" to recipes, which is for any encoder',
    )
