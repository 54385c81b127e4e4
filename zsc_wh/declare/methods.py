"""Read the entries that name a method: reducers, clusterers and probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import clusterers, probes, reducers, scaling
from zsc_wh.declare.entries import Clusterer, Probe, Reducer
from zsc_wh.declare.tables import common, read_method
from zsc_wh.fields import LARGEST_INTEGER, Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zsc_wh.declare.problems import Problems

CLUSTERER: Mapping[str, Field] = {
    "standardise": Field(str, default="none", choices=scaling.KINDS),
    "dimension_correction": Field(bool, default=False),
    "slot": Field(
        str,
        default=None,
        doc="the place it takes in a recipe, such as spectral: clusterers of one slot "
        "are compared as one",
    ),
}
_K = Field(int, default=None, minimum=1, doc='number of clusters, or "labels"')


def read_reducer(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Reducer | None:
    """Read ``[reducer.NAME]``; None when a fault was noted."""
    read = read_method(file, f"reducer.{name}", given, reducers.METHODS, {}, problems)
    if read is None:
        return None
    params, values = read
    return Reducer(**common(file, name, values), kind=given["kind"], params=params)


def read_probe(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Probe | None:
    """Read ``[probe.NAME]``; None when a fault was noted."""
    read = read_method(file, f"probe.{name}", given, probes.METHODS, {}, problems)
    if read is None:
        return None
    params, values = read
    return Probe(**common(file, name, values), kind=given["kind"], params=params)


def read_clusterer(
    file: Path, name: str, given: Mapping[str, Any], problems: Problems
) -> Clusterer | None:
    """Read ``[clusterer.NAME]``; None when a fault was noted."""
    place = f"clusterer.{name}"
    rest = {key: value for key, value in given.items() if key != "k"}
    more = {**_k_field(given), **CLUSTERER}
    read = read_method(file, place, rest, clusterers.METHODS, more, problems)
    if read is None:
        return None
    params, values = read
    takes_k = clusterers.METHODS[given["kind"]].takes_k(params)
    k = given.get("k", "labels" if takes_k else None)
    if k is not None and not takes_k:
        problems.add(file, f"{place}.k", "this method finds K itself; drop the key")
        return None
    if k is not None and k != "labels" and (type(k) is not int or _K.problem(k)):
        fault = f'must be "labels" or a number from 1 to {LARGEST_INTEGER}'
        problems.add(file, f"{place}.k", fault)
        return None
    return Clusterer(
        **common(file, name, values),
        kind=given["kind"],
        params=params,
        k=k if isinstance(k, int) else None,
        k_source="estimated" if k is None else "labels" if k == "labels" else "given",
        standardise=values["standardise"],
        dimension_correction=values["dimension_correction"],
        slot=values["slot"] or name,
    )


def _k_field(given: Mapping[str, Any]) -> dict[str, Field]:
    """Return the field of K, for a method that takes it as `given` declares it."""
    kind = given.get("kind")
    method = clusterers.METHODS.get(kind) if isinstance(kind, str) else None
    if method is None:
        return {}
    params = {name: given.get(name, f.default) for name, f in method.fields.items()}
    return {"k": _K} if method.takes_k(params) else {}
