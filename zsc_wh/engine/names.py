"""What the names of grids mean: cells called so, twins, and rows that record it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import ConfigError
from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zsc_wh.declare import Entry
    from zsc_wh.engine.wanted import Wanted

_SEEN_BY_GRIDS = ("recipe", "slot", "train")
"""Attributes of entries that change no result and yet what a grid makes of a name."""


def named_entries(wanted: Wanted) -> Iterator[tuple[str, Entry, str, str]]:
    """Yield kind, entry, name of the dataset (of an encoder alone) and meaning."""
    declared, embedding = wanted.declared, wanted.embedding
    yield "encoder", declared.encoder, declared.dataset.name, embedding.meaning
    yield "dataset", declared.dataset, "", embedding.source.listing.meaning
    yield "reducer", declared.reducer, "", declared.reducer.meaning
    yield "clusterer", declared.clusterer, "", declared.clusterer.meaning


def check_twins(grids: Mapping[str, Sequence[Wanted]]) -> None:
    """Refuse two names of one thing in one grid.

    Names that differ in what only the grid sees (a declared title, recipe, slot or
    train set) are left: both appear, with the results that they share.

    Raises
    ------
    ConfigError
        Listing all of them, each with both places.
    """
    faults: dict[str, None] = {}
    for name, cells in grids.items():
        first: dict[tuple[object, ...], Entry] = {}
        for wanted in cells:
            for kind, entry, dataset, meaning in named_entries(wanted):
                key = (kind, dataset, meaning, *_seen_by_grids(entry))
                twin = first.setdefault(key, entry)
                if twin is not entry:
                    faults[
                        f"grid '{name}': {kind}.{twin.name} in {twin.source} and "
                        f"{kind}.{entry.name} in {entry.source}"
                    ] = None
    if faults:
        raise ConfigError(
            what="\n  ".join(["two names of one thing in a grid", *faults]),
            hint="\nDrop one of the names, or give one of them a title or a recipe of "
            "its own.",
        )


def _seen_by_grids(entry: Entry) -> tuple[object, ...]:
    """Return what is declared of an entry for the grid; by default it is the name."""
    values = [entry.title, *(getattr(entry, name, None) for name in _SEEN_BY_GRIDS)]
    return tuple(None if value == entry.name else value for value in values)


def called(wanted: Mapping[str, Sequence[Wanted]], text: str) -> set[str]:
    """Return the keys of the cells that are called so.

    Parameters
    ----------
    wanted : mapping of str to sequence of Wanted
        Cells by grid, under its names.
    text : str
        A key, the beginning of one, or ENCODER/DATASET/REDUCER/CLUSTERER, with /SEED
        for one of several.

    Raises
    ------
    ConfigError
        When there is none, with the nearest name.
    """
    names: dict[str, set[str]] = {}
    for one in (one for cells in wanted.values() for one in cells):
        path = "/".join(one.names[:4])
        for name in (path, f"{path}/{one.cell.seed}"):
            names.setdefault(name, set()).add(one.cell.key)
    if text in names:
        return names[text]
    keys = {key for keys in names.values() for key in keys if key.startswith(text)}
    if not keys:
        raise ConfigError(
            what=f"no cell of these grids is called '{text}'" + nearest(text, names),
            where="--cell",
            hint="`zscwh plan GRID --cells` lists them with their keys.",
        )
    return keys
