"""Vary the clusterer of a recipe: ``[study.vary]``, one line of a search.

A variant is named after what it does, whichever clusterer it was made from: encoders
whose recipes differ try the same variants under the same names.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.methods import (
    clusterer_fields,
    clusterer_values,
    declaration,
    read_clusterer,
    takes_k,
)
from zsc_wh.declare.tables import COMMON, KIND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.declare.entries import Clusterer
    from zsc_wh.declare.scope import Scope

_FIXED = {**KIND, **COMMON}
"""Keys of a clusterer that cannot vary."""


def combinations(scope: Scope, vary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every combination of the values in a ``vary``; none after a fault.

    Without a key there is one combination, which changes nothing.
    """
    before = len(scope.problems)
    for key, values in vary.items():
        if key in _FIXED:
            scope.fault(key, "cannot vary: declare another clusterer instead")
        elif values == []:
            scope.fault(key, "is empty: nothing would be run; give one or more values")
    if len(scope.problems) > before:
        return []
    axes = [given if isinstance(given, list) else [given] for given in vary.values()]
    return [dict(zip(vary, values, strict=True)) for values in itertools.product(*axes)]


def variant(
    scope: Scope, base: Clusterer, changes: Mapping[str, Any]
) -> Clusterer | None:
    """Return a clusterer with other values for some keys; None after a fault.

    A clusterer of the catalog that does the same stands for it. A variant that
    estimates K drops the K that `base` was given.
    """
    if not changes:
        return base
    fields, values = clusterer_fields(base.kind), clusterer_values(base)
    table = declaration(base.kind, fields, values) | dict(changes)
    if "k" not in changes and takes_k(table) is False:
        table.pop("k", None)
    made = read_clusterer(scope.place, table, scope.problems)
    if made is None:
        return None
    catalog = scope.catalog.clusterers
    known = [*catalog.values(), *scope.variants.values()]
    for clusterer in known:
        if (clusterer.meaning, clusterer.slot) == (made.meaning, made.slot):
            return clusterer
    made = _named(made, catalog.get(made.slot))
    if any(clusterer.name == made.name for clusterer in known):
        scope.fault("", f"needs the name '{made.name}', which another clusterer has")
        return None
    scope.variants[made.name] = made
    return made


def _named(made: Clusterer, usual: Clusterer | None) -> Clusterer:
    """Name a variant after what sets it apart from the usual clusterer of its slot."""
    pairs = list(_differences(made, usual))
    name = "+".join(f"{key}={value}" for key, value in pairs)
    title = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in pairs)
    return replace(
        made,
        name=re.sub(r"[@/\\\x00-\x1f\x7f]", "_", f"{made.slot}:{name}"),
        title=f"{usual.title if usual else made.slot}, {title}",
    )


def _differences(made: Clusterer, usual: Clusterer | None) -> Iterator[tuple[str, str]]:
    """Yield the keys whose values are not the usual ones, with the values.

    Where the slot has no clusterer of its name and kind, the defaults are usual.
    """
    usual_values = {k: f.default for k, f in clusterer_fields(made.kind).items()}
    usual_values["slot"] = made.slot
    if usual is not None and usual.kind == made.kind:
        usual_values = clusterer_values(usual)
    else:
        yield "kind", made.kind
    for key, value in clusterer_values(made).items():
        if value != usual_values[key]:
            yield key, _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "unset" if value is None else str(value).removesuffix(".0")
