"""Read catalogs: check every entry whole, fill its defaults in, refuse double names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zsc_wh.declare.entries import KINDS, Catalog, Entry
from zsc_wh.declare.found import Found
from zsc_wh.declare.images import read_dataset, read_encoder
from zsc_wh.declare.methods import read_clusterer, read_probe, read_reducer
from zsc_wh.declare.place import Place
from zsc_wh.declare.problems import Problems, must_quote
from zsc_wh.declare.recipes import read_recipe, step_faults
from zsc_wh.declare.references import part_faults, parts_of, train_set_faults
from zsc_wh.declare.scores import read_score, reducer_faults
from zsc_wh.fields import nearest
from zsc_wh.resources import data_folder

if TYPE_CHECKING:
    from pathlib import Path

NAME = r"[^@/\\\x00-\x1f\x7f]+"
"""Regular expression of a name."""
_TABLES = ("loader", "subset", "expected", "params", "encoder", "exception")
"""Keys of entries under which a table can stand."""


def shipped_files() -> list[Path]:
    """Return the catalog files that come with the package."""
    return sorted((data_folder("ingest") / "catalog").glob("*.toml"))


def read_catalog(files: Iterable[Path] = ()) -> Catalog:
    """Read the shipped catalog and the user's `files` into one `Catalog`.

    Raises
    ------
    ConfigError
        Listing every fault of every file: unknown tables, keys, kinds and names, wrong
        values, and a name that is declared twice.
    """
    problems = Problems()
    tables = [(file, problems.load(file)) for file in [*shipped_files(), *files]]
    found = merge_entries(tables, problems)
    problems.raise_if_any()
    return catalog_of(found)


def merge_entries(
    tables: Iterable[tuple[Path, Mapping[str, Any]]],
    problems: Problems,
) -> Found:
    """Check the entries of already parsed files and merge them."""
    found = Found()
    declared: list[tuple[Place, Mapping[str, Any]]] = []
    for file, content in tables:
        for kind, entries in content.items():
            place = Place(file) / kind
            if kind not in KINDS:
                hint = nearest(kind, KINDS) or f"; known: {', '.join(KINDS)}"
                problems.add(place, f"unknown table{hint}")
                _note_unknown(entries, found)
            elif not isinstance(entries, Mapping):
                problems.add(place, f"must be tables [{kind}.NAME]")
            else:
                declared += _add_entries(place, entries, found, problems)
    _drop_dangling(declared, found, problems)
    _put_together(found)
    return found


def catalog_of(found: Found) -> Catalog:
    """Return the sound entries."""
    return Catalog(**{f"{kind}s": entries for kind, entries in found.sound.items()})


def _note_unknown(entries: object, found: Found) -> None:
    """Remember the entries of an unknown table, which may be meant for any kind."""
    if isinstance(entries, Mapping):
        for kind, (name, given) in itertools.product(KINDS, entries.items()):
            found.note_fault(kind, name, given)


def _add_entries(
    table: Place,
    entries: Mapping[str, Any],
    found: Found,
    problems: Problems,
) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Read the entries of one kind, and yield those that can name others."""
    kind = str(table.keys[0])
    for name, given in entries.items():
        place = table / name
        taken = found.sound[kind].get(name)
        before = len(problems)
        if taken is not None:
            problems.add(
                place, f"the name is taken by {taken.source}; choose another name"
            )
        if not re.fullmatch(NAME, name):
            problems.add(
                place,
                "a name must not be empty or hold '@', a slash or a control character; "
                "NAME@1 stands for what a name meant before",
            )
        entry = None
        meant = _dotted(place, given) if isinstance(given, Mapping) else []
        for inner, _ in meant:
            problems.add(inner, must_quote(kind, _name(inner)))
        if not isinstance(given, Mapping):
            problems.add(place, f"must be a table [{kind}.{name}]")
        elif not meant:
            entry = _READERS[kind](place, given, problems)
            if kind in _REFERENCES:
                yield place, given
        if len(problems) == before and entry is not None:
            found.sound[kind][name] = entry
        elif taken is None:
            for inner, content in [(place, given), *meant]:
                found.note_fault(kind, _name(inner), content)


def _dotted(
    place: Place, given: Mapping[str, Any]
) -> list[tuple[Place, Mapping[str, Any]]]:
    """Return the tables that were meant, where dots stand in a name without quotes.

    ``[reducer.pca-0.5]`` is the table 5 in the table pca-0, of which no key is known.
    """
    nothing_else = all(isinstance(value, Mapping) for value in given.values())
    meant = []
    for key, value in given.items():
        if not isinstance(value, Mapping) or nearest(key, _TABLES):
            continue
        if nothing_else or key[:1].isdigit():
            meant += _dotted(place / key, value) or [(place / key, value)]
    return meant


def _name(place: Place) -> str:
    """Return the name of an entry, whose dots may have split it."""
    return ".".join(str(key) for key in place.keys[1:])


def _drop_dangling(
    declared: Iterable[tuple[Place, Mapping[str, Any]]],
    found: Found,
    problems: Problems,
) -> None:
    """Note and drop what names an entry that is in no file; files come in any order."""
    dangling = []
    for place, given in declared:
        kind, name = map(str, place.keys)
        faults = list(_REFERENCES[kind](place, given, found))
        for where, fault in faults:
            if fault:
                problems.add(where, fault)
        if faults and name in found.sound[kind]:
            dangling.append((kind, name))
    for kind, name in dangling:
        found.drop(kind, name)


def _put_together(found: Found) -> None:
    """Give the encoders that are made of others these as their parts."""
    encoders = found.sound["encoder"]
    for name, encoder in encoders.items():
        parts = tuple(encoders[part] for part in parts_of(encoder.loader))
        if parts:
            encoders[name] = replace(encoder, parts=parts)


_Reader = Callable[[Place, Mapping[str, Any], Problems], Entry | None]
_READERS: Mapping[str, _Reader] = {
    "encoder": read_encoder,
    "dataset": read_dataset,
    "reducer": read_reducer,
    "clusterer": read_clusterer,
    "score": read_score,
    "probe": read_probe,
    "recipe": read_recipe,
}
_Faults = Iterator[tuple[Place, str | None]]
_REFERENCES: Mapping[str, Callable[[Place, Mapping[str, Any], Found], _Faults]] = {
    "encoder": part_faults,
    "dataset": train_set_faults,
    "score": reducer_faults,
    "recipe": step_faults,
}
"""Faults of the names that an entry holds, which may have faults of its own, too."""
