"""Resolve what a table of a grid file names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zsc_wh.fields import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zsc_wh.declare.entries import Catalog, Clusterer
    from zsc_wh.declare.place import Place
    from zsc_wh.declare.problems import Problems


@dataclass(frozen=True)
class Scope:
    """A table of a grid file, with the catalog that its names come from.

    Parameters
    ----------
    place : Place
        The table, such as ``cross[0]``, or the grid itself.
    catalog : Catalog
        All that can be named.
    faulty : mapping of str to mapping
        The tags of each entry with a fault by its name, for each kind: what names it is
        no fault of its own.
    problems : Problems
        Where faults go.
    variants : dict of str to Clusterer
        What the tables of all grids made of clusterers of recipes, by name.
    """

    place: Place
    catalog: Catalog
    faulty: Mapping[str, Mapping[str, frozenset[str]]]
    problems: Problems
    variants: dict[str, Clusterer] = field(default_factory=dict)

    def fault(self, key: str, text: str) -> None:
        """Note a fault of a key of this table, or of the whole where there is none."""
        self.problems.add(self.place / key if key else self.place, text)

    def select(self, key: str, names: list[str], kind: str) -> list[Any]:
        """Resolve names and tags to entries, each once, in the order given."""
        faulty = self.faulty[kind]
        chosen, faults = select(self.catalog, names, kind)
        for name, fault in faults.items():
            tagged = name.startswith("@") and any(
                name[1:] in tags for tags in faulty.values()
            )
            if not tagged and name not in faulty:
                self.fault(key, fault)
        return list(chosen.values())

    def axis(self, key: str, names: list[str]) -> list[Any]:
        """Resolve what is crossed, of which there must be something."""
        kind = key.removesuffix("s")
        if not names:
            self.fault(key, f"is empty: nothing would be run; name one or more {key}")
        return self.select(key, names, kind)

    def seeds(
        self, values: Mapping[str, Any], inherited: list[int] | None = None
    ) -> list[int] | None:
        """Return the seeds of this table, else those of the grid.

        None where a fault was noted.
        """
        own: list[int] | None = values.get("seeds", [])
        if own == [] and "seeds" in values:
            self.fault("seeds", "is empty: nothing would be run; name one or more")
        return (inherited if own is None else own) or None


def select(
    catalog: Catalog, names: Iterable[str], kind: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what names and tags mean: entries by name, each once, in the order given.

    Parameters
    ----------
    catalog : Catalog
        What can be named.
    names : iterable of str
        Names, or ``@tag``.
    kind : str
        In the singular.

    Returns
    -------
    tuple of dict
        The entries, and what is wrong with names that mean none.
    """
    entries = catalog.of(kind)
    chosen: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in names:
        if name.startswith("@"):
            tagged = {e.name: e for e in entries.values() if name[1:] in e.tags}
            if not tagged:
                tags = sorted({tag for e in entries.values() for tag in e.tags})
                hint = nearest(name[1:], tags)
                faults[name] = f"no {kind} has the tag '{name}'{hint}"
            chosen.update(tagged)
        elif name in entries:
            chosen[name] = entries[name]
        else:
            faults[name] = f"no {kind} '{name}'{_advice(kind, name, entries)}"
    return chosen, faults


def _advice(kind: str, name: str, entries: Mapping[str, Any]) -> str:
    """Say what could be written for a name that means nothing."""
    base, colon, _ = name.partition(":")
    if colon and base in entries:
        return f": declare [{kind}.NAME] with these settings, and name that"
    return nearest(name, entries) or f"; `zscwh catalog {kind}s` lists what there is"
