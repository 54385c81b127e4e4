"""Read catalogs: check every entry whole, fill its defaults in, refuse double names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zsc_wh.declare.entries import KINDS, Catalog, Entry
from zsc_wh.declare.images import dataset_faults, read_dataset, read_encoder
from zsc_wh.declare.methods import read_clusterer, read_probe, read_reducer
from zsc_wh.declare.problems import Problems, read_toml
from zsc_wh.declare.recipes import read_recipe, recipe_faults
from zsc_wh.declare.scores import read_score, score_faults
from zsc_wh.fields import nearest
from zsc_wh.resources import data_folder

_NAME = re.compile(r"[^@/\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_Found = dict[str, dict[str, Any]]


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
    catalog = merge_entries(tables, problems)
    problems.raise_if_any()
    return catalog


def merge_entries(
    tables: Iterable[tuple[Path, Mapping[str, Any]]],
    problems: Problems,
) -> Catalog:
    """Check the entries of already parsed files and merge the sound ones."""
    found: _Found = {kind: {} for kind in KINDS}
    for file, content in tables:
        for kind, entries in content.items():
            if kind not in KINDS:
                hint = nearest(kind, KINDS) or f"; known: {', '.join(KINDS)}"
                problems.add(file, kind, f"unknown table{hint}")
            elif not isinstance(entries, Mapping):
                problems.add(file, kind, f"must be tables [{kind}.NAME]")
            else:
                _add_entries(file, kind, entries, found[kind], problems)
    _drop_dangling(found, problems)
    return Catalog(**{f"{kind}s": entries for kind, entries in found.items()})


def _add_entries(
    file: Path,
    kind: str,
    entries: Mapping[str, Any],
    found: dict[str, Any],
    problems: Problems,
) -> None:
    for name, given in entries.items():
        place = f"{kind}.{name}"
        if not _NAME.fullmatch(name):
            problems.add(
                file,
                place,
                "a name must not be empty, start with '@' or hold a slash or a "
                "control character",
            )
        elif name in found:
            problems.add(
                file,
                place,
                f"the name is taken by {found[name].source}; choose another name",
            )
        elif not isinstance(given, Mapping):
            problems.add(file, place, f"must be a table [{kind}.{name}]")
        else:
            entry = _READERS[kind](file, name, given, problems)
            if entry is not None:
                found[name] = entry


def _drop_dangling(found: _Found, problems: Problems) -> None:
    """Note and drop what names an entry that is in no file; files come in any order."""
    dangling = []
    for kind, faults_of in _REFERENCES.items():
        for name, entry in found[kind].items():
            faults = list(faults_of(entry, found))
            for key, fault in faults:
                problems.add(entry.source, f"{kind}.{name}.{key}", fault)
            if faults:
                dangling.append((kind, name))
    for kind, name in dangling:
        del found[kind][name]


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
_REFERENCES: Mapping[str, Callable[[Any, _Found], Iterator[tuple[str, str]]]] = {
    "dataset": dataset_faults,
    "score": score_faults,
    "recipe": recipe_faults,
}
