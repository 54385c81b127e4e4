"""Warehouse rows of runs that were tracked elsewhere.

What has a name in the warehouse or in the catalog keeps its key, so that later ingests
agree with the import. Cells have keys of a kind of their own: nothing here knows all
that changed the result, so an imported cell is never taken for a computed one.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zsc_wh.errors import DataError
from zsc_wh.exchange.names import Collected, Names, name_fault
from zsc_wh.exchange.present import HOST, Present
from zsc_wh.identity import key_of
from zsc_wh.records import CELL_NAMES
from zsc_wh.sqlfiles import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zsc_wh.declare import Catalog
    from zsc_wh.exchange.mapping import ColumnMapping, Scored
    from zsc_wh.exchange.runs import TrackedRun

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When a run began, where the table does not say."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Source:
    """The table that rows come from: its file name and sha256, and the grid's name."""

    name: str
    sha256: str
    grid: str


class Assembler:
    """Collects the rows of runs, each thing once.

    Parameters
    ----------
    mapping : ColumnMapping
        What the columns mean.
    catalog : Catalog
        Names that are known.
    present : Present
        What the warehouse holds.
    sizes : mapping of str to dict
        What is known of each dataset, by name; see `dataset_facts`.
    source : Source
        Where the runs come from.

    Attributes
    ----------
    tables : dict
        Rows by table, of what the warehouse lacks.
    run_keys : set of str
        Runs met so far, those that the warehouse holds included.
    cells : Counter
        Runs by key of the cell.
    superseded : list of str
        Kind and version of each name, that of the grid included, that means something
        else from now on.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        catalog: Catalog,
        present: Present,
        sizes: Mapping[str, Row],
        source: Source,
    ) -> None:
        self._rows = Collected(present.keys)
        self._now = datetime.now(UTC)
        self._names = Names(mapping, catalog, present, sizes, self._rows, self._now)
        self.tables: Tables = self._rows.tables
        self.run_keys: set[str] = set()
        self.cells: Counter[str] = Counter()
        self.superseded: list[str] = self._names.superseded
        self._mapping = mapping
        self._catalog = catalog
        self._present = present
        self._source = source
        self._places: set[tuple[str, ...]] = set()
        self._scores: dict[Scored, None] = {}

    def add(self, run: TrackedRun) -> None:
        """Add a run and all that it names.

        Raises
        ------
        DataError
            When a name cannot be one or stands for other settings than in a line
            before, or a score needs labels that the dataset does not have; nothing is
            added then.
        """
        self._require_labels(run)
        self._names.check(run)
        names = self._names.meant(run)
        cell = self._cell(run, names)
        label = names["dataset"]["label_key"]
        scores = [self._score(run, scored, label) for scored in run.scores]
        facts = _run_facts(run)
        key = key_of(
            "imported run",
            cell=cell,
            facts=facts | {"started_at": facts["started_at"].isoformat()},
            scores=scores,
        )
        if key in self.run_keys:
            return
        self.run_keys.add(key)
        self.cells[cell] += 1
        if key in self._present.runs:
            return
        content = {"source": self._source.name, "sha256": self._source.sha256}
        row = {"run_key": key, "cell_key": cell, "host": HOST}
        self._rows.put("run", row | facts | {"versions": json.dumps(content)})
        for score in scores:
            self._rows.put("score", {"run_key": key, **score})

    def declare_grid(self) -> None:
        """Add the grid of all cells met, unless it is the newest one of its name.

        Raises
        ------
        DataError
            When the name cannot be one, or belongs to a grid that did not come from
            this file.
        """
        name = self._source.grid
        hint = "Give the imported runs another name with --grid."
        if fault := name_fault(name):
            what = f"the grid '{name}' {fault}"
            raise DataError(what=what, where=self._source.name, hint=hint)
        columns = ("cell_key", *CELL_NAMES, "level")
        content = {
            "grid_cell": [
                dict(zip(columns, place, strict=True)) for place in sorted(self._places)
            ],
            "grid_name": self._names.meanings(),
            "grid_score": [self._grid_score(scored) for scored in self._scores],
        }
        key = key_of("imported grid", name=name, **content)
        newest, source, version = self._present.grids.get(
            name, ("", self._source.name, 0)
        )
        if source != self._source.name:
            what = f"the warehouse has a grid '{name}' from {source}"
            raise DataError(what=what, where=self._source.name, hint=hint)
        if newest == key:
            return
        if newest:
            self.superseded.append(f"grid {name}@{version}")
        row = {
            "grid_key": key,
            "name": name,
            "toml": self._mapping.text,
            "source": self._source.name,
            "declared_at": self._now,
        }
        self._rows.put("grid", row)
        if key in self._present.keys:
            return
        for table, rows in content.items():
            for each in rows:
                self._rows.put(table, {"grid_key": key, **each})

    def _require_labels(self, run: TrackedRun) -> None:
        """Refuse scores against labels of a dataset that has none."""
        dataset = run.names["dataset"].text
        if self._names.level(dataset) is None and any(
            scored.space == "labels" for scored in run.scores
        ):
            raise DataError(
                what="scores against labels, and nothing says how many classes the "
                f"dataset '{dataset}' has"
            )

    def _cell(self, run: TrackedRun, names: Mapping[str, Row]) -> str:
        """Return the key of a run's cell, and add its rows when they are new."""
        keys = {kind: names[kind][f"{kind}_key"] for kind in CELL_NAMES}
        clusterer, dataset = names["clusterer"], names["dataset"]
        by_labels = clusterer["k_source"] == "labels"
        embedding = key_of(
            "imported embedding", encoder=keys["encoder"], dataset=keys["dataset"]
        )
        own = {
            "reducer_key": keys["reducer"],
            "clusterer_key": keys["clusterer"],
            "embedding_key": embedding,
            "k": dataset["n_classes"] if by_labels else clusterer["k"],
            "seed": run.facts["seed"],
            "dtype": self._mapping.dtype,
        }
        cell = key_of("imported", **own)
        reduction = key_of(
            "imported reduction",
            embedding=embedding,
            reducer=keys["reducer"],
            seed=run.facts["seed"],
        )
        row = {
            "cell_key": cell,
            "encoder_key": keys["encoder"],
            "dataset_key": keys["dataset"],
            "subset": "all",
            "reduction_key": reduction,
        }
        self._rows.put_thing("cell", row | own)
        called = (names[kind]["name"] for kind in CELL_NAMES)
        self._places.add((cell, *called, dataset["level"] or ""))
        return cell

    def _score(self, run: TrackedRun, scored: Scored, label: str | None) -> Row:
        self._scores.setdefault(scored)
        value, reason = run.scores[scored]
        return {
            "metric": scored.metric,
            "space": scored.space,
            "subset": scored.subset,
            "label_key": label if scored.space == "labels" else "",
            "value": value,
            "reason": reason,
        }

    def _grid_score(self, scored: Scored) -> Row:
        place = {
            "metric": scored.metric,
            "space": scored.space,
            "subset": scored.subset,
        }
        named = [
            name
            for name, score in self._catalog.scores.items()
            if {key: getattr(score, key) for key in place} == place
        ]
        return {"score": named[0] if named else "-".join(place.values()), **place}


def _run_facts(run: TrackedRun) -> Row:
    """Return the columns of a run that its line says, and a time in any case."""
    columns = tables()["run"].columns
    facts = {name: fact for name, fact in run.facts.items() if name in columns}
    known = {"status": run.status, "reason": run.reason, "started_at": UNKNOWN_TIME}
    return known | facts
