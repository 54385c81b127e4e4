"""Read catalogs: check every entry whole, fill its defaults in, refuse double names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zsc_wh.declare.entries import KINDS, Catalog, Entry
from zsc_wh.declare.found import Found
from zsc_wh.declare.images import dataset_faults, read_dataset, read_encoder
from zsc_wh.declare.methods import read_clusterer, read_probe, read_reducer
from zsc_wh.declare.problems import Problems, must_quote, read_toml
from zsc_wh.declare.recipes import read_recipe, recipe_faults
from zsc_wh.declare.scores import read_score, score_faults
from zsc_wh.fields import nearest
from zsc_wh.resources import data_folder

_NAME = re.compile(r"[^@/\\\x00-\x1f\x7f]+")
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
    tables = [(file, read_toml(file)) for file in [*shipped_files(), *files]]
    found = merge_entries(tables, problems)
    problems.raise_if_any()
    return catalog_of(found)


def merge_entries(
    tables: Iterable[tuple[Path, Mapping[str, Any]]],
    problems: Problems,
) -> Found:
    """Check the entries of already parsed files and merge them."""
    found = Found()
    for file, content in tables:
        for kind, entries in content.items():
            if kind not in KINDS:
                hint = nearest(kind, KINDS) or f"; known: {', '.join(KINDS)}"
                problems.add(file, kind, f"unknown table{hint}")
                _note_unknown(entries, found)
            elif not isinstance(entries, Mapping):
                problems.add(file, kind, f"must be tables [{kind}.NAME]")
            else:
                _add_entries(file, kind, entries, found, problems)
    _drop_dangling(found, problems)
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
    file: Path,
    kind: str,
    entries: Mapping[str, Any],
    found: Found,
    problems: Problems,
) -> None:
    for name, given in entries.items():
        if name in found.sound[kind]:
            problems.add(
                file,
                f"{kind}.{name}",
                f"the name is taken by {found.sound[kind][name].source}; choose "
                "another name",
            )
            continue
        entry = _read_entry(file, kind, name, given, problems)
        if entry is not None:
            found.sound[kind][name] = entry
            continue
        meant = _dotted(name, given) if isinstance(given, Mapping) else {}
        for faulty, table in {name: given, **meant}.items():
            found.note_fault(kind, faulty, table)


def _read_entry(
    file: Path, kind: str, name: str, given: object, problems: Problems
) -> Entry | None:
    """Read the table of an entry; None when a fault was noted."""
    place = f"{kind}.{name}"
    if not _NAME.fullmatch(name):
        problems.add(
            file,
            place,
            "a name must not be empty or hold '@', a slash or a control character; "
            "NAME@1 stands for what a name meant before",
        )
        return None
    if not isinstance(given, Mapping):
        problems.add(file, place, f"must be a table [{kind}.{name}]")
        return None
    dotted = _dotted(name, given)
    for meant in dotted:
        problems.add(file, f"{kind}.{meant}", must_quote(kind, meant))
    return None if dotted else _READERS[kind](file, name, given, problems)


def _dotted(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables by the names that were meant, where dots stand without quotes.

    ``[reducer.pca-0.5]`` is the table 5 in the table pca-0, of which no key is known.
    """
    nothing_else = all(isinstance(value, Mapping) for value in given.values())
    meant: dict[str, Any] = {}
    for key, value in given.items():
        if not isinstance(value, Mapping) or nearest(key, _TABLES):
            continue
        if nothing_else or key[:1].isdigit():
            inner = f"{name}.{key}"
            meant.update(_dotted(inner, value) or {inner: value})
    return meant


def _drop_dangling(found: Found, problems: Problems) -> None:
    """Note and drop what names an entry that is in no file; files come in any order."""
    dangling = []
    for kind, faults_of in _REFERENCES.items():
        for name, entry in found.sound[kind].items():
            faults = list(faults_of(entry, found))
            for key, fault in faults:
                if fault:
                    problems.add(entry.source, f"{kind}.{name}.{key}", fault)
            if faults:
                dangling.append((kind, name))
    for kind, name in dangling:
        found.drop(kind, name)


_Reader = Callable[[Path, str, Mapping[str, Any], Problems], Entry | None]
_READERS: Mapping[str, _Reader] = {
    "encoder": read_encoder,
    "dataset": read_dataset,
    "reducer": read_reducer,
    "clusterer": read_clusterer,
    "score": read_score,
    "probe": read_probe,
    "recipe": read_recipe,
}
_REFERENCES: Mapping[str, Callable[[Any, Found], Iterator[tuple[str, str | None]]]] = {
    "dataset": dataset_faults,
    "score": score_faults,
    "recipe": recipe_faults,
}
