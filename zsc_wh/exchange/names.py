"""Decide what the names of a foreign table mean, and collect the rows of that.

What a name means in the warehouse counts, then what the catalog says; what neither
knows is known by its name and by what the mapping says of it. A name that only imports
brought follows the newest one: what it meant before stays as a version of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zsc_wh import declared, encoders
from zsc_wh.errors import DataError
from zsc_wh.exchange import named
from zsc_wh.exchange.present import TARGET, Present, is_imported
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zsc_wh.declare import Catalog
    from zsc_wh.exchange.mapping import ColumnMapping
    from zsc_wh.exchange.runs import Name, TrackedRun

Row = dict[str, Any]
Tables = dict[str, list[Row]]


class Collected:
    """Rows by table; a thing that is `known` by its key, or was put, is left out."""

    def __init__(self, known: frozenset[str]) -> None:
        self.tables: Tables = {}
        self._known = {*known}

    def put(self, table: str, row: Row) -> None:
        """Add a row."""
        self.tables.setdefault(table, []).append(row)

    def put_thing(self, table: str, row: Row) -> None:
        """Add a row whose first column is its key, once."""
        key = next(iter(row.values()))
        if key not in self._known:
            self._known.add(key)
            self.put(table, row)


class Names:
    """What names mean, each decided once.

    Parameters
    ----------
    mapping : ColumnMapping
        What the columns mean, and facts of encoders and datasets.
    catalog : Catalog
        Names that are known.
    present : Present
        What the warehouse holds.
    sizes : mapping of str to dict
        What is known of each dataset, by name; see `dataset_facts`.
    rows : Collected
        Where the rows of what is new go.
    now : datetime
        When new declarations become that, with a zone.

    Attributes
    ----------
    superseded : list of str
        Kind and version of each name that means something else from now on.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        catalog: Catalog,
        present: Present,
        sizes: Mapping[str, Row],
        rows: Collected,
        now: datetime,
    ) -> None:
        self.superseded: list[str] = []
        self._mapping = mapping
        self._catalog = catalog
        self._present = present
        self._sizes = sizes
        self._rows = rows
        self._now = now
        self._declared: dict[tuple[str, str], Row] = {}
        self._meanings: dict[tuple[str, str, str], str] = {}
        self._settings: dict[tuple[str, str], tuple[Row, int]] = {}

    def check(self, run: TrackedRun) -> None:
        """Refuse names that cannot be, or that mean two things in one table.

        Raises
        ------
        DataError
            When a name holds an ``@``, or stands for other settings than in a line
            before.
        """
        for kind, name in run.names.items():
            if fault := name_fault(name.text):
                raise DataError(
                    what=f"the {kind} '{name.text}' {fault}; the mapping must give it "
                    "another name"
                )
            said = _settings(name)
            before, line = self._settings.get((kind, name.text), (said, run.line))
            if before != said:
                raise DataError(
                    what=f"the {kind} '{name.text}' has other parameters than in line "
                    f"{line}; the mapping must give it another name"
                )
        for kind, name in run.names.items():
            self._settings.setdefault((kind, name.text), (_settings(name), run.line))

    def level(self, dataset: str) -> str | None:
        """Return the label level that judges runs on a dataset; None without labels."""
        stored = self._present.stored("dataset", dataset)
        # labels of images that were seen are not for an import to add
        if stored and (stored["level"] or not is_imported("dataset", stored)):
            level: str | None = stored["level"]
            return level
        return self._mapping.level if self._sizes[dataset]["n_classes"] else None

    def meant(self, run: TrackedRun) -> dict[str, Row]:
        """Return the declarations by which the names of a run are meant, by kind.

        What the warehouse lacks of them is added to the rows.

        Returns
        -------
        dict
            For each of `CELL_NAMES` the columns of ``<kind>_name``; for the dataset
            also those of `TARGET`.
        """
        return {kind: self._meant(kind, run) for kind in CELL_NAMES}

    def meanings(self) -> list[Row]:
        """Return all names so far with their meanings, as rows of ``grid_name``."""
        columns = ("kind", "name", "dataset", "meaning")
        return [
            dict(zip(columns, (*place, meaning), strict=True))
            for place, meaning in sorted(self._meanings.items())
        ]

    def _meant(self, kind: str, run: TrackedRun) -> Row:
        name = run.names[kind]
        dataset = run.names["dataset"].text if kind == "encoder" else ""
        row = self._present.stored(kind, name.text, dataset)
        if row is None or is_imported(kind, row):
            row = self._declare(kind, name, row)
        self._meanings[kind, name.text, dataset] = row["meaning"]
        return row

    def _declare(self, kind: str, name: Name, stored: Row | None) -> Row:
        """Declare a name once; add rows as far as the warehouse does not say the same.

        `stored` is what an import has declared before.
        """
        if (kind, name.text) in self._declared:
            return self._declared[kind, name.text]
        say = self._from_mapping if stored else self._from_catalog
        said = say(kind, name)
        (row,) = said.pop(f"{kind}_name")
        for table, things in said.items():
            for thing in things:
                self._rows.put_thing(table, thing)
        facts = row.keys() - {"declared_at"}
        if stored is None or any(stored[fact] != row[fact] for fact in facts):
            self._rows.put(f"{kind}_name", row)
        if stored is not None and stored["meaning"] != row["meaning"]:
            self.superseded.append(f"{kind} {name.text}@{stored['version']}")
        labels = [*said.get("label", ()), *said.get("label_level", ())]
        target = {column: each[column] for each in labels for column in each}
        row = row | {column: target.get(column) for column in TARGET}
        return self._declared.setdefault((kind, name.text), row)

    def _from_catalog(self, kind: str, name: Name) -> Tables:
        """Return the rows of a catalog entry, or what the mapping says without one."""
        # the catalog does not know the samples, which are the identity of a dataset
        entries: Mapping[str, Any] = {} if kind == "dataset" else self._catalog.of(kind)
        entry = entries.get(name.text)
        if entry is None:
            return self._from_mapping(kind, name)
        if kind == "reducer":
            return declared.reducer_rows(entry, self._now)
        if kind == "clusterer":
            return declared.clusterer_rows(entry, self._now)
        # nor stored features, nor weights that only their owner has
        needs_images = encoders.LOADERS[entry.loader["kind"]].needs_images
        if not needs_images or encoders.is_unpinned(entry.loader):
            return self._from_mapping(kind, name)
        return declared.encoder_rows(entry, entry.key, entry.key, self._now)

    def _from_mapping(self, kind: str, name: Name) -> Tables:
        if kind == "dataset":
            sizes, level = self._sizes[name.text], self.level(name.text)
            return named.dataset(name.text, sizes, level, self._now)
        if kind == "encoder":
            facts = self._mapping.facts["encoder"].get(name.text, {})
            return named.encoder(name.text, facts, self._now)
        return named.method(kind, name, self._now)


def name_fault(name: str) -> str | None:
    """Return what is wrong with a name, None when it can be one."""
    if "@" in name:
        return "has an '@': NAME@1 stands for what a name meant before"
    return None


def _settings(name: Name) -> Row:
    return {**name.rule.more, **name.params}
