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
from zsc_wh.exchange.present import Present, is_imported
from zsc_wh.exchange.runs import settings
from zsc_wh.fields import nearest
from zsc_wh.records import CELL_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zsc_wh.declare import Catalog
    from zsc_wh.exchange.labelled import Labelled
    from zsc_wh.exchange.runs import Name, TrackedRun
    from zsc_wh.exchange.values import Place

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

    def put_thing(self, table: str, *rows: Row) -> None:
        """Add the rows of one thing, whose key is their first column, once."""
        key = next(iter(rows[0].values()))
        if key not in self._known:
            self._known.add(key)
            for row in rows:
                self.put(table, row)


class Names:
    """What names mean, each decided once.

    Parameters
    ----------
    catalog : Catalog
        Names that are known.
    present : Present
        What the warehouse holds.
    datasets : mapping of str to Labelled
        What is known of each dataset, by name.
    said : mapping of str to mapping
        What the mapping says of each encoder, by name.
    rows : Collected
        Where the rows of what is new go.
    now : datetime
        When new declarations become that, with a zone.

    Attributes
    ----------
    superseded : list of str
        Kind and version of each name that means something else from now on.
    unknown : list of str
        Kind and name of each that neither warehouse nor catalog has, with the nearest.
    """

    def __init__(
        self,
        catalog: Catalog,
        present: Present,
        datasets: Mapping[str, Labelled],
        said: Mapping[str, Mapping[str, Any]],
        rows: Collected,
        now: datetime,
    ) -> None:
        self.superseded: list[str] = []
        self.unknown: list[str] = []
        self._catalog = catalog
        self._present = present
        self._datasets = datasets
        self._said = said
        self._rows = rows
        self._now = now
        self._declared: dict[tuple[str, str], Row] = {}
        self._meanings: dict[tuple[str, str, str], str] = {}
        self._settings: dict[tuple[str, str], tuple[str, Place]] = {}

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
            said = settings(name)
            before, place = self._settings.get((kind, name.text), (said, run.place))
            if before != said:
                raise DataError(
                    what=f"the {kind} '{name.text}' has other parameters than in line "
                    f"{place.number}; the mapping must give it another name"
                )
        for kind, name in run.names.items():
            self._settings.setdefault((kind, name.text), (settings(name), run.place))

    def meant(self, run: TrackedRun) -> dict[str, Row]:
        """Return the declarations by which the names of a run are meant, by kind.

        What the warehouse lacks of them is added to the rows.

        Returns
        -------
        dict
            For each of `CELL_NAMES` the columns of ``<kind>_name``; for the dataset
            also ``levels``, as in `Present`.
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
        entries = self._catalog.of(kind)
        if stored is None and name.text not in entries:
            near = nearest(name.text, [*entries])
            self.unknown.append(f"{kind} '{name.text}'{near}")
        say = self._from_mapping if stored else self._from_catalog
        said = say(kind, name)
        (row,) = said.pop(f"{kind}_name")
        for table, rows in said.items():
            # the levels of a labelling are one thing
            for thing in [rows] if table == "label_level" and rows else zip(rows):
                self._rows.put_thing(table, *thing)
        facts = row.keys() - {"declared_at"}
        if stored is None or any(stored[fact] != row[fact] for fact in facts):
            self._rows.put(f"{kind}_name", row)
        if stored is not None and stored["meaning"] != row["meaning"]:
            self.superseded.append(f"{kind} {name.text}@{stored['version']}")
        if kind == "dataset":
            pairs = zip(said["label"], said["label_level"], strict=True)
            row = row | {"levels": [label | place for label, place in pairs]}
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
            return named.dataset(self._datasets[name.text], self._now)
        if kind == "encoder":
            return named.encoder(name.text, self._encoder_facts(name.text), self._now)
        return named.method(kind, name, self._now)

    def _encoder_facts(self, name: str) -> Row:
        """Return what is known of an encoder, by the keys of `NAMED`.

        What the mapping says counts more than its base encoder, and that more than the
        entry of the catalog.
        """
        said = dict(self._said.get(name, {}))
        entry: Any = self._catalog.encoders.get(name)
        known = {key: getattr(entry, key) for key in _DESCRIBED} if entry else {}
        known["tags"] = list(known.get("tags", ()))
        base = said.pop("base", None)
        if base is None:
            return known | said
        others = [*self._said.keys() - {name}, *self._catalog.encoders]
        facts = self._present.stored("encoder", base)
        if facts is None and base not in others:
            what = f"the base '{base}' of the encoder '{name}' is not known"
            raise DataError(what=what + nearest(base, others))
        if facts is None and "base" in self._said.get(base, {}):
            what = f"the base '{base}' of the encoder '{name}' has a base itself"
            raise DataError(what=what)
        facts = facts or self._encoder_facts(base)
        shared = {key: facts[key] for key in _SHARED if facts.get(key) is not None}
        return known | shared | {"fine_tuned": True} | said


_SHARED = ("backbone", "family", "objective", "pretrained_on", "feature", "image_size")
"""What a fine-tuned encoder has from the one that it was made of."""

_DESCRIBED = (*_SHARED, "title", "doc", "tags", "fine_tuned", "licence")
"""What an entry of the catalog says of an encoder."""


def name_fault(name: str) -> str | None:
    """Return what is wrong with a name, None when it can be one."""
    if "@" in name:
        return "has an '@': NAME@1 stands for what a name meant before"
    return None
