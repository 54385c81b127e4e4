"""Read the entries that name a method: reducers, clusterers and probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import clusterers, probes, reducers, scaling
from zsc_wh.declare.entries import Clusterer, Probe, Reducer
from zsc_wh.declare.tables import common, read_method
from zsc_wh.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems

CLUSTERER: Mapping[str, Field] = {
    "standardise": Field(
        str,
        default="none",
        choices=scaling.KINDS,
        doc="scaling of the features before clustering; normalise: rows of unit length",
    ),
    "dimension_correction": Field(
        bool,
        default=False,
        doc="whether features are scaled so that distances do not grow with their "
        "number",
    ),
    "slot": Field(
        str,
        default=None,
        doc="the place it takes in a recipe, such as spectral: clusterers of one slot "
        "are compared as one",
    ),
}
K = Field(
    int,
    default=None,
    minimum=1,
    words=("labels",),
    doc='number of clusters; "labels" or unset: the number of classes',
)
"""What a clusterer has for its key k, where the method takes the number of clusters."""


def read_reducer(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Reducer | None:
    """Read ``[reducer.NAME]``; None when a fault was noted."""
    before = len(problems)
    params, values = read_method(place, given, reducers.METHODS, {}, problems)
    if len(problems) > before:
        return None
    return Reducer(**common(place, values), kind=values["kind"], params=params)


def read_probe(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Probe | None:
    """Read ``[probe.NAME]``; None when a fault was noted."""
    before = len(problems)
    params, values = read_method(place, given, probes.METHODS, {}, problems)
    if len(problems) > before:
        return None
    return Probe(**common(place, values), kind=values["kind"], params=params)


def read_clusterer(
    place: Place, given: Mapping[str, Any], problems: Problems
) -> Clusterer | None:
    """Read ``[clusterer.NAME]``; None when a fault was noted."""
    before = len(problems)
    told_k = takes_k(given)
    more = CLUSTERER if told_k is False else {"k": K, **CLUSTERER}
    if told_k is False and "k" in given:
        problems.add(place / "k", "this method finds K itself; drop the key")
        given = {key: value for key, value in given.items() if key != "k"}
    params, values = read_method(place, given, clusterers.METHODS, more, problems)
    if len(problems) > before:
        return None
    k = (values["k"] or "labels") if told_k else None
    return Clusterer(
        **common(place, values),
        kind=values["kind"],
        params=params,
        k=k if isinstance(k, int) else None,
        k_source="estimated" if k is None else "labels" if k == "labels" else "given",
        standardise=values["standardise"],
        dimension_correction=values["dimension_correction"],
        slot=values["slot"] or str(place.keys[-1]),
    )


def clusterer_values(entry: Clusterer) -> dict[str, Any]:
    """Return the values of the keys of a clusterer, without its kind."""
    return {
        **entry.params,
        "k": entry.k,
        "standardise": entry.standardise,
        "dimension_correction": entry.dimension_correction,
        "slot": entry.slot,
    }


def declaration(
    kind: str, fields: Mapping[str, Field], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the table that declares a method, without the keys at their defaults."""
    usual = {key: field.default for key, field in fields.items()}
    told = {k: v for k, v in values.items() if v not in (None, usual.get(k))}
    return {"kind": kind, **told}


def clusterer_fields(kind: str) -> dict[str, Field]:
    """Return the keys of a kind of clusterer, with that of K whether it has one."""
    return {**clusterers.METHODS[kind].fields, "k": K, **CLUSTERER}


def can_take_k(method: clusterers.ClustererMethod[Any]) -> bool:
    """Whether a method is told K with some parameters: its defaults, or all set."""
    unset = {name: field.default for name, field in method.fields.items()}
    return method.takes_k(unset) or method.takes_k(dict.fromkeys(unset, "set"))


def takes_k(given: Mapping[str, Any]) -> bool | None:
    """Whether the method takes K as it is declared; None for an unknown kind."""
    kind = given.get("kind")
    method = clusterers.METHODS.get(kind) if isinstance(kind, str) else None
    if method is None:
        return None
    params = {name: given.get(name, f.default) for name, f in method.fields.items()}
    return method.takes_k(params)
