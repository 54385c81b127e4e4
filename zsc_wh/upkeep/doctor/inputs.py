"""Data and weights that the catalog names: what is here, and what is missing where."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zsc_wh import datasets, encoders
from zsc_wh.errors import ZscError
from zsc_wh.upkeep.doctor.finding import Finding, State
from zsc_wh.words import counted, format_bytes, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zsc_wh.declare import Catalog, Dataset, Encoder

_CHECK = "`zscwh catalog encoders --check`"

BUDGET_S = 15.0
"""Datasets are listed until this many seconds have passed; the rest are only named."""


def look(catalog: Catalog) -> Iterator[Finding]:
    """Yield the folder of data, each dataset and each encoder with weights."""
    yield from _folders()
    yield from _weights_folders()
    until = time.monotonic() + BUDGET_S
    yield from _together(_dataset(each, until) for each in catalog.datasets.values())
    yield from _together(
        finding for each in catalog.encoders.values() for finding in _weights(each)
    )


def _together(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is missing for one reason as one finding, where its first one was.

    A variable that is not set, or a package that is not here, costs all of a catalog.
    """
    alike: dict[Finding, list[str]] = {}
    for finding in found:
        is_note = finding.state is State.NOTE
        cause = finding._replace(what="" if is_note else finding.what)
        alike.setdefault(cause, []).append(finding.what)
    for cause, names in alike.items():
        yield cause._replace(what=some(names))


def _folders() -> Iterator[Finding]:
    """Yield each folder of data that is named."""
    hint = f"export {datasets.DATA}=/folder"
    roots = datasets.data_roots()
    if not roots:
        yield Finding("data", datasets.DATA, State.NOTE, "not set", hint)
    for named in roots:
        if Path(named).is_dir():
            yield Finding("data", datasets.DATA, State.OK, named)
        else:
            fault = f"no folder {named}"
            yield Finding("data", datasets.DATA, State.PROBLEM, fault, hint)


def _weights_folders() -> Iterator[Finding]:
    """Yield each folder of weights that is named."""
    variable = encoders.VARIABLE
    for named in filter(None, os.environ.get(variable, "").split(os.pathsep)):
        if Path(named).expanduser().is_dir():
            yield Finding("weights", variable, State.OK, named)
        else:
            hint = f"export {variable}=/folder"
            yield Finding(
                "weights", variable, State.PROBLEM, f"no folder {named}", hint
            )


def _dataset(dataset: Dataset, until: float) -> Finding:
    if time.monotonic() > until:
        detail = f"not looked at: the others took {BUDGET_S:g} s"
        return Finding("data", dataset.name, State.NOTE, detail)
    try:
        base = dataset.source.parent
        known = datasets.Digests()
        listing = datasets.list_all(dataset.loader, base, dataset.subset, known)
    except ZscError as error:
        return _missing("data", dataset.name, error)
    detail = counted(len(listing), "sample")
    if listing.n_classes is not None:
        detail += f", {counted(listing.n_classes, 'class', 'classes')}"
    return Finding("data", dataset.name, State.OK, detail)


def _weights(encoder: Encoder) -> Iterator[Finding]:
    try:
        base = encoder.source.parent
        given = None
        if encoders.takes_file(encoder.loader):
            given = encoders.in_folders(encoder.name)
        found = encoders.weights_status(encoder.loader, base, given)
    except ZscError as error:
        yield _missing("weights", encoder.name, error)
        return
    if found is None:
        return
    if found.found:
        size = "" if found.bytes is None else f", {format_bytes(found.bytes)}"
        yield Finding("weights", encoder.name, State.OK, f"{found.path}{size}")
    elif found.url is None:
        fault = encoders.absence(found, encoder.name)
        yield _missing("weights", encoder.name, fault)
    else:  # in the same words for all of them, so that they are told together
        hint = f"An ingest downloads what it needs; {_CHECK} says how large it is."
        yield Finding("weights", encoder.name, State.NOTE, "not downloaded yet", hint)


def _missing(area: str, name: str, error: ZscError) -> Finding:
    """Say what is not here; a catalog names more than anybody has."""
    # where a path starts at a variable that is not set, the variable is all to know
    where = None if not error.where or "${" in error.where else error.where
    detail = f"{where}: {error.what}" if where else error.what
    return Finding(area, name, State.NOTE, detail, error.hint or None)
